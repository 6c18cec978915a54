use entity::post::{Column, Entity, PostKind, PostStatus, Visibility};
use entity::{Timestamp, category, post_author, post_category, post_tag, publication, revision, series, tag, user};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Func, IntoColumnRef, Query, SelectStatement};

use super::order::{PostField, PostOrder};
use super::visible::{Reach, editable, for_members, visible};
use crate::domain::Viewer;
use crate::domain::category::below;
use crate::domain::publication::id_by_slug;
use crate::store::changes::Topic;
use crate::store::sql::{constant, contains};

/// Which posts are wanted; all conditions hold at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PostFilter {
    /// The slug of their publication.
    pub publication: Option<String>,
    /// Articles or pages.
    pub kind: Option<PostKind>,
    /// The slug of a tag that they carry.
    pub tag: Option<String>,
    /// The slug of a category that they stand in, or below.
    pub category: Option<String>,
    /// Directly in a category, not below it.
    pub direct_only: bool,
    /// The username of one of their authors.
    pub author: Option<String>,
    /// The slug of their series.
    pub series: Option<String>,
    /// A part of the title, in any case of letters.
    pub title: Option<String>,
    /// Published at this time or later.
    pub published_from: Option<Timestamp>,
    /// Published before this time.
    pub published_before: Option<Timestamp>,
    /// Pinned by the editors, or not.
    pub featured: Option<bool>,
    /// Where they stand, or their working copies; what is published when none is named.
    pub statuses: Vec<PostStatus>,
    /// Visibilities; when empty, PUBLIC for published posts and all for others.
    pub visibilities: Vec<Visibility>,
    /// Whether they have a working copy.
    pub has_draft: Option<bool>,
}

impl PostFilter {
    /// Whether it selects only what anonymous viewers see in lists.
    pub fn is_public(&self) -> bool {
        let is_public = |visibility: &Visibility| *visibility == Visibility::Public;
        !self.is_of_desk() && self.visibilities.iter().all(is_public)
    }

    /// What it names of what is not published.
    fn unpublished(&self) -> impl Iterator<Item = PostStatus> {
        let statuses = self.statuses.iter().copied();
        statuses.filter(|status| *status != PostStatus::Published)
    }

    /// Whether it asks for more than what is published: for what stands on the desk, or is worked on.
    pub fn is_of_desk(&self) -> bool {
        self.unpublished().next().is_some() || self.has_draft.is_some()
    }

    /// Whether all of them have been, or will be, published at some time.
    pub fn is_dated(&self) -> bool {
        use PostStatus::{Archived, Published, Scheduled};
        self.statuses
            .iter()
            .all(|status| matches!(status, Archived | Published | Scheduled))
    }

    /// What decides which posts a list with this filter holds, and in which order, beside the posts below its parent.
    pub fn shows(&self, order: PostOrder) -> impl Iterator<Item = Topic> {
        // Words and dates change more often than what is listed.
        let by_words = self.title.is_some() || matches!(order.field, PostField::Title | PostField::UpdatedAt);
        let named = [
            (self.publication.is_some(), Topic::any(publication::Entity)),
            (self.tag.is_some(), Topic::any(tag::Entity)),
            (self.category.is_some(), Topic::any(category::Entity)),
            (
                self.series.is_some() || order.field == PostField::SeriesPosition,
                Topic::any(series::Entity),
            ),
            (self.author.is_some(), Topic::any(user::Entity)),
            (by_words, Topic::any(revision::Entity)),
        ];
        named
            .into_iter()
            .filter_map(|(is_asked, topic)| is_asked.then_some(topic))
    }

    /// What a list with this filter shows to `viewer`, but for [`PostFilter::condition`]. Who may not write on a post does not
    /// learn by a list whether it has a working copy.
    pub fn visible(&self, viewer: Viewer) -> Condition {
        let Some(has_draft) = self.has_draft else {
            return self.standing(viewer);
        };
        let exists = Expr::exists(copies());
        let wanted = if has_draft { exists } else { exists.not() };
        self.standing(viewer).add(editable(viewer)).add(wanted)
    }

    /// Posts, and working copies, where they are asked for. What is published is asked for as everybody sees it, unless the
    /// filter names other visibilities: who lists posts for readers gives nothing away by naming a status.
    ///
    /// Only what can hold is written, for the sake of the indexes.
    fn standing(&self, viewer: Viewer) -> Condition {
        let is_published = self.statuses.is_empty() || self.statuses.contains(&PostStatus::Published);
        let is_plain = self
            .visibilities
            .iter()
            .all(|visibility| *visibility == Visibility::Public);
        if is_plain && self.unpublished().next().is_none() {
            return Condition::all().add(visible(viewer, Reach::Listed));
        }
        let among = |visibilities: &[Visibility]| {
            column(Column::Visibility).is_in(visibilities.iter().map(|visibility| constant(*visibility)))
        };
        let (mut seen, mut worked_on) = (Condition::any(), Condition::any());
        if is_published {
            if is_plain || self.visibilities.contains(&Visibility::Public) {
                seen = seen.add(visible(Viewer::Anonymous, Reach::Listed));
            }
            if self.visibilities.contains(&Visibility::Members) {
                seen = seen.add(for_members(viewer));
            }
            let mut hidden = self.visibilities.clone();
            hidden.retain(|visibility| matches!(visibility, Visibility::Unlisted | Visibility::Private));
            if !hidden.is_empty() {
                let published = column(Column::Status).eq(constant(PostStatus::Published));
                worked_on = worked_on.add(Condition::all().add(published).add(among(&hidden)));
            }
        }
        let unpublished: Vec<_> = self.unpublished().map(constant).collect();
        if !unpublished.is_empty() {
            let stands = column(Column::Status).is_in(unpublished.clone());
            let by_copy = posts_with_copy(copy(Column::Status).is_in(unpublished));
            let named = (!self.visibilities.is_empty()).then(|| among(&self.visibilities));
            let at_work = Condition::any().add(stands).add(by_copy);
            worked_on = worked_on.add(Condition::all().add(at_work).add_option(named));
        }
        if !worked_on.is_empty() {
            seen = seen.add(Condition::all().add(editable(viewer)).add(worked_on));
        }
        Condition::all().add(seen)
    }

    /// The ids of the posts in the categories for which this holds, and below them where the filter says nothing else.
    pub(super) fn in_categories(&self, condition: Expr) -> SelectStatement {
        let roots = Query::select()
            .column((category::Entity, category::Column::Id))
            .from(category::Entity)
            .and_where(condition)
            .take();
        let categories = if self.direct_only { roots } else { below(roots) };
        Query::select()
            .column(post_category::Column::PostId)
            .from(post_category::Entity)
            .and_where(post_category::Column::CategoryId.into_expr().in_subquery(categories))
            .take()
    }

    /// The filter as a condition on the table of posts, but for [`PostFilter::visible`].
    pub fn condition(&self) -> Condition {
        let post_id = || column(Column::Id);
        let mut all = Condition::all()
            .add_option(self.kind.map(|kind| column(Column::Kind).eq(constant(kind))))
            .add_option(self.published_from.map(|time| column(Column::PublishedAt).gte(time)))
            .add_option(self.published_before.map(|time| column(Column::PublishedAt).lt(time)))
            .add_option(self.featured.map(|featured| column(Column::IsFeatured).eq(featured)));
        if let Some(slug) = &self.publication {
            all = all.add(column(Column::PublicationId).eq(id_by_slug(Some(slug))));
        }
        if let Some(slug) = &self.series {
            let ids = Query::select()
                .column(series::Column::Id)
                .from(series::Entity)
                .and_where(series::Column::Slug.eq(slug))
                .take();
            all = all.add(column(Column::SeriesId).in_subquery(ids));
        }
        if let Some(slug) = &self.tag {
            all = all.add(Expr::exists(
                Query::select()
                    .expr(Expr::val(1))
                    .from(post_tag::Entity)
                    .inner_join(
                        tag::Entity,
                        tag::Column::Id.into_expr().eq(post_tag::Column::TagId.into_expr()),
                    )
                    .and_where(post_tag::Column::PostId.into_expr().eq(post_id()))
                    .and_where(tag::Column::Slug.eq(slug))
                    .take(),
            ));
        }
        if let Some(slug) = &self.category {
            let named = self.in_categories(category::Column::Slug.eq(slug));
            all = all.add(post_id().in_subquery(named));
        }
        if let Some(username) = &self.author {
            all = all.add(Expr::exists(
                Query::select()
                    .expr(Expr::val(1))
                    .from(post_author::Entity)
                    .inner_join(
                        user::Entity,
                        user::Column::Id.into_expr().eq(post_author::Column::UserId.into_expr()),
                    )
                    .and_where(post_author::Column::PostId.into_expr().eq(post_id()))
                    .and_where(user::Column::Username.eq(username))
                    .take(),
            ));
        }
        if let Some(part) = &self.title {
            all = all.add(Expr::expr(Func::lower(column(Column::Title))).like(contains(part)));
        }
        all
    }
}

/// The working copy of the post at hand.
fn copies() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, Alias::new(COPY))
        .and_where(copy(Column::DraftOf).eq(column(Column::Id)))
        .take()
}

/// Whether the post has a working copy for which this holds. Few posts have one, so those are searched first.
pub(super) fn posts_with_copy(condition: Expr) -> Expr {
    let copies = Query::select()
        .expr(copy(Column::DraftOf))
        .from_as(Entity, Alias::new(COPY))
        .and_where(copy(Column::DraftOf).is_not_null())
        .and_where(condition)
        .take();
    column(Column::Id).in_subquery(copies)
}

/// What the working copy is called beside its post.
const COPY: &str = "copy";

pub(super) fn copy(column: Column) -> Expr {
    Expr::col((Alias::new(COPY), column))
}

/// A column of the table of posts.
pub(super) fn column(column: Column) -> Expr {
    Expr::col((Entity, column).into_column_ref())
}
