use entity::post::{Column, Entity, PostKind, PostStatus, Visibility};
use entity::{Timestamp, category, post_category, publication, revision, series, tag, user};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Func, IntoColumnRef, Query, SelectStatement};
use sea_orm::{ColumnTrait, Iterable};

use super::access::Access;
use super::order::{PostField, PostOrder};
use crate::domain::category::below;
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

    /// The posts that a list holds, but for [`PostFilter::condition`] and what the filter names by slugs: disjoint sets, each of
    /// which an index has in the order of the list. There is none where the viewer may see nothing of what is asked for.
    ///
    /// What is published is asked for as everybody sees it, unless the filter names other visibilities: who lists posts for
    /// readers gives nothing away by naming a status. Who may not write on a post does not learn by a list whether it has a
    /// working copy.
    pub(super) fn sets(&self, access: &Access) -> Vec<Condition> {
        let editable = access.editable();
        if self.has_draft.is_some() && editable.is_none() {
            return Vec::new();
        }
        let (mut sets, mut present) = (Vec::new(), Condition::any());
        if self.statuses.is_empty() || self.statuses.contains(&PostStatus::Published) {
            for visibility in self.published() {
                let seen = match visibility {
                    Visibility::Public => Some(Condition::all()),
                    Visibility::Members => access.as_member(),
                    Visibility::Unlisted | Visibility::Private => editable.clone(),
                };
                let published = Condition::all()
                    .add(column(Column::Status).eq(constant(PostStatus::Published)))
                    .add(column(Column::Visibility).eq(constant(visibility)));
                if let Some(seen) = seen {
                    present = present.add(published.clone());
                    sets.push(published.add(seen));
                }
            }
        }
        let unpublished: Vec<_> = PostStatus::iter()
            .filter(|status| *status != PostStatus::Published && self.statuses.contains(status))
            .collect();
        if let Some(editable) = editable.as_ref().filter(|_| !unpublished.is_empty()) {
            let named = || {
                let named = self.published().into_iter().map(constant);
                (!self.visibilities.is_empty()).then(|| column(Column::Visibility).is_in(named))
            };
            for status in &unpublished {
                let status = column(Column::Status).eq(constant(*status));
                present = present.add(status.clone());
                // As the index of these posts says it. For `draft_of IS NULL`, SQLite would search another one.
                let at_work = Condition::all()
                    .add(column(Column::DraftOf).is_not_null().not())
                    .add(column(Column::Status).ne(constant(PostStatus::Published)))
                    .add(status);
                sets.push(at_work.add_option(named()).add(editable.clone()));
            }
            for status in &unpublished {
                let by_draft = Condition::all()
                    .add(column(Column::DraftStatus).eq(constant(*status)))
                    .add(present.clone().not());
                sets.push(by_draft.add_option(named()).add(editable.clone()));
            }
        }
        let Some(has_draft) = self.has_draft else { return sets };
        let draft = column(Column::DraftStatus);
        let is_wanted = if has_draft {
            draft.is_not_null()
        } else {
            draft.is_null()
        };
        let narrow = |set: Condition| set.add(is_wanted.clone()).add_option(editable.clone());
        sets.into_iter().map(narrow).collect()
    }

    /// The visibilities of published posts that it asks for, always in the same order: equal statements are planned once.
    fn published(&self) -> Vec<Visibility> {
        if self.visibilities.is_empty() {
            return vec![Visibility::Public];
        }
        Visibility::iter()
            .filter(|visibility| self.visibilities.contains(visibility))
            .collect()
    }

    /// Whether nothing of a list is left out but by where it hangs, so that its length is stored.
    pub(super) fn is_whole(&self) -> bool {
        self.is_public()
            && self.title.is_none()
            && self.published_from.is_none()
            && self.published_before.is_none()
            && self.featured.is_none()
    }

    /// The ids of the posts in a category, and below it where the filter says nothing else.
    pub(super) fn in_category(&self, category: Expr) -> SelectStatement {
        let roots = Query::select()
            .column((category::Entity, category::Column::Id))
            .from(category::Entity)
            .and_where(category::Column::Id.into_expr().eq(category))
            .take();
        let categories = if self.direct_only { roots } else { below(roots) };
        Query::select()
            .column(post_category::Column::PostId)
            .from(post_category::Entity)
            .and_where(post_category::Column::CategoryId.into_expr().in_subquery(categories))
            .take()
    }

    /// What the filter says of kinds, dates and pins; `published_at` is the column that has the date.
    pub(super) fn condition(&self, published_at: &Expr) -> Condition {
        Condition::all()
            .add_option(self.published_from.map(|time| published_at.clone().gte(time)))
            .add_option(self.published_before.map(|time| published_at.clone().lt(time)))
            .add_option(self.featured.map(|featured| column(Column::IsFeatured).eq(featured)))
    }

    /// What it says of titles: as an index finds it, or for one post after the other.
    pub(super) fn titled(&self, is_indexed: bool) -> Option<Expr> {
        let part = self.title.as_deref()?;
        let title = Expr::from(Func::lower(column(Column::Title)));
        let title = if is_indexed {
            title
        } else {
            // Otherwise PostgreSQL reads its whole index for parts of one or two letters.
            Func::coalesce([title, Expr::val("")]).into()
        };
        Some(title.like(contains(part)))
    }
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
pub(super) const COPY: &str = "copy";

pub(super) fn copy(column: Column) -> Expr {
    Expr::col((Alias::new(COPY), column))
}

/// A column of the table of posts.
pub(super) fn column(column: Column) -> Expr {
    Expr::col((Entity, column).into_column_ref())
}
