//! What applies at once and is no part of a working copy: a post's slug, its byline, its date, whether it is pinned, and its
//! place in a series or in the tree of pages.

use std::collections::HashMap;

use entity::post::{ActiveModel, Column, Entity, Model, PostKind, PostStatus};
use entity::{PostId, SeriesId, Timestamp, UserId, post_author};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::byline::{byline_of, check_authors, link_authors};
use super::desk::Desk;
use super::policy;
use super::slug::place;
use super::state::Act;
use crate::domain::redirect::{self, Target};
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::{listing, own_slug, series, term};
use crate::store::dialect::any_of;
use crate::store::row::fetch_cell;

/// The deepest that a page can stand below others.
const DEEPEST: usize = 10;
/// The farthest place among the pages of one parent.
const LAST_POSITION: i32 = 1_000_000;

/// What of a post's place is to change; the rest stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Arrangement {
    /// Its slug, in any script.
    pub slug: Option<String>,
    /// Its authors in byline order.
    pub authors: Option<Vec<UserId>>,
    /// Whether it is pinned.
    pub is_featured: Option<bool>,
    /// The series that it is a part of, or none any more.
    pub series: Option<Option<SeriesId>>,
    /// Its place among the listed posts of the series, from 1.
    pub series_position: Option<i32>,
    /// The page above it, or none any more.
    pub parent: Option<Option<PostId>>,
    /// Its place among the pages of one parent.
    pub position: Option<i32>,
    /// When it went public.
    pub published_at: Option<Timestamp>,
}

/// What a save changes of a post's place.
#[derive(Default)]
pub(super) struct Placement {
    pub(super) slug: Option<String>,
    pub(super) authors: Option<Vec<UserId>>,
    is_featured: Option<bool>,
    series: Option<InSeries>,
    #[allow(clippy::option_option)] // None at the top.
    parent: Option<Option<PostId>>,
    position: Option<i32>,
    published_at: Option<Timestamp>,
}

/// The series that a post becomes a part of, if it does, and its place among the listed posts there; the last if none is given.
#[derive(Clone, Copy)]
struct InSeries {
    id: Option<SeriesId>,
    place: Option<i32>,
}

impl Arrangement {
    /// Whether any of it hangs on, or changes, the order of the publication.
    pub(super) fn takes_order(&self) -> bool {
        self.slug.is_some()
            || self.authors.is_some()
            || self.series.is_some()
            || self.series_position.is_some()
            || self.parent.is_some()
            || self.published_at.is_some()
    }

    /// What of it differs from the place that the post on the desk has; `byline` is that of one that is begun.
    ///
    /// # Errors
    /// A viewer who may not, or a state in which that cannot be done; the database. Problems are noted.
    pub(super) async fn against(
        self,
        desk: &Desk<'_>,
        byline: &[UserId],
        problems: &mut Problems,
    ) -> Result<Placement, Refusal> {
        let post = &desk.post;
        let series = self.in_series(desk, problems).await?;
        let slug = self
            .slug
            .filter(|slug| slug.trim() != post.slug || slug.trim().is_empty());
        let slug = slug.and_then(|slug| problems.check(own_slug::given(&slug)));
        let mut placement = Placement {
            slug: None,
            authors: desk.other_authors(self.authors, byline).await?,
            is_featured: self.is_featured.filter(|is_featured| *is_featured != post.is_featured),
            series,
            parent: self.parent.filter(|parent| *parent != post.parent_id),
            position: self.position.filter(|position| *position != post.position),
            published_at: self.published_at.map(entity::to_stored).filter(|time| {
                let shown = [Some(post), desk.copy.as_ref()].into_iter().flatten();
                !shown.filter_map(|row| row.published_at).any(|shown| shown == *time)
            }),
        };
        let slug = slug.filter(|slug| slug.as_str() != post.slug);
        placement.permit(desk, slug.is_some())?;
        placement.check(desk, problems).await?;
        if let Some(slug) = slug {
            let free = place(post.publication_id, post.kind).free(desk.transaction, slug).await;
            placement.slug = problems.gather(free)?;
        }
        Ok(placement)
    }

    /// The place in a series that is given, where it is another one than the post has.
    async fn in_series(&self, desk: &Desk<'_>, problems: &mut Problems) -> Result<Option<InSeries>, Refusal> {
        let (current, place) = (desk.post.series_id, self.series_position);
        let id = self.series.unwrap_or(current);
        if let Some(place) = place.filter(|place| *place < 1 || id.is_none()) {
            let message = match id {
                Some(_) => format!("This is {place}; the first is 1."),
                None => "It is a part of no series.".to_owned(),
            };
            problems.add(Problem::new(ProblemCode::Invalid, "seriesPosition", message));
            return Ok(None);
        }
        let is_there = match (id, place) {
            _ if id != current => false,
            (Some(id), Some(place)) => series::is_at(desk.transaction, id, &desk.post, place).await?,
            _ => true,
        };
        Ok((!is_there).then_some(InSeries { id, place }))
    }
}

impl Placement {
    /// Whether anything changes.
    pub(super) fn is_some(&self) -> bool {
        self.slug.is_some() || self.is_arranged() || self.published_at.is_some()
    }

    fn is_arranged(&self) -> bool {
        self.authors.is_some()
            || self.is_featured.is_some()
            || self.series.is_some()
            || self.parent.is_some()
            || self.position.is_some()
    }

    /// Refuses who may not change that.
    fn permit(&self, desk: &Desk<'_>, renames: bool) -> Result<(), Refusal> {
        if renames || self.is_arranged() {
            desk.decide(Act::Arrange)?;
        }
        if self.authors.is_some() {
            policy::may_name_authors(desk.who)?;
        }
        if self.is_featured.is_some() || self.parent.is_some() || self.position.is_some() {
            policy::may_review(desk.who)?;
        }
        if self.series.is_some() {
            series::policy::may_manage(desk.who)?;
        }
        if self.published_at.is_some() {
            policy::may(desk.who, Act::Publish, desk.state())?;
        }
        Ok(())
    }

    async fn check(&self, desk: &Desk<'_>, problems: &mut Problems) -> Result<(), Refusal> {
        let (transaction, post) = (desk.transaction, &desk.post);
        if let Some(authors) = &self.authors {
            problems.gather(check_authors(transaction, post.publication_id, authors).await)?;
        }
        if let Some(time) = self.published_at {
            problems.check(check_date(post, time));
        }
        if let Some(position) = self.position.filter(|position| !(0..=LAST_POSITION).contains(position)) {
            let message = format!("This is {position}; allowed is 0 to {LAST_POSITION}.");
            problems.add(Problem::new(ProblemCode::Invalid, "position", message));
        }
        if post.kind != PostKind::Page && (self.parent.is_some() || self.position.is_some()) {
            let message = "Only pages stand below others.";
            problems.add(Problem::whole(ProblemCode::NotAllowed, message));
        } else if let Some(parent) = self.parent {
            problems.gather(check_parent(desk, parent).await)?;
        }
        if post.kind == PostKind::Page && (self.series.is_some() || self.is_featured.is_some()) {
            let message = "Pages are neither pinned nor parts of series.";
            problems.add(Problem::whole(ProblemCode::NotAllowed, message));
        } else if let Some(id) = self.series.and_then(|series| series.id) {
            problems.gather(series::check_for_post(transaction, post.publication_id, id, post.id).await)?;
        }
        Ok(())
    }

    /// Puts it into the row of the post; makes room for that in its series.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn put(&self, desk: &Desk<'_>, row: &mut ActiveModel) -> Result<(), DbErr> {
        if let Some(slug) = &self.slug {
            row.slug.set_if_not_equals(slug.clone());
        }
        if let Some(is_featured) = self.is_featured {
            row.is_featured.set_if_not_equals(is_featured);
        }
        if let Some(parent) = self.parent {
            row.parent_id.set_if_not_equals(parent);
        }
        if let Some(position) = self.position {
            row.position.set_if_not_equals(position);
        }
        if let Some(time) = self.published_at {
            row.published_at.set_if_not_equals(Some(time));
        }
        if let Some(InSeries { id, place }) = self.series {
            let number = match id {
                Some(id) => series::make_room(desk.transaction, id, desk.post.id, place).await?,
                None => 0,
            };
            row.series_id.set_if_not_equals(id);
            row.series_position.set_if_not_equals(number);
        }
        if self.is_some() {
            row.updated_at = ActiveValue::Set(entity::now());
        }
        Ok(())
    }

    /// Writes what does not stand in the row of the post, which is written.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn write(&self, desk: &Desk<'_>, after: &Model) -> Result<(), Refusal> {
        let (transaction, post) = (desk.transaction, &desk.post);
        if let Some(slug) = self.slug.as_deref().filter(|_| post.published_at.is_some()) {
            let slugs = (post.slug.as_str(), slug);
            redirect::renamed(transaction, post.publication_id, slugs, Target::Post(post.id)).await?;
        }
        if let Some(authors) = &self.authors {
            let delete = post_author::Entity::delete_many().filter(post_author::Column::PostId.eq(post.id));
            delete.exec(transaction).await?;
            link_authors(transaction, post.id, authors.clone()).await?;
        }
        if self.series.is_some() {
            for id in [post.series_id, after.series_id].into_iter().flatten() {
                transaction.changed(term::shown(entity::series::Entity, post.publication_id, id));
            }
        }
        let is_listed_elsewhere = self.authors.is_some() || self.series.is_some() || self.published_at.is_some();
        if is_listed_elsewhere && post.status == PostStatus::Published {
            listing::renew(transaction, &[post.id]).await?;
        }
        Ok(())
    }
}

impl Desk<'_> {
    /// The authors that are given, where they are others than the post has, or than `byline` where it is begun.
    async fn other_authors(
        &self,
        given: Option<Vec<UserId>>,
        byline: &[UserId],
    ) -> Result<Option<Vec<UserId>>, Refusal> {
        let Some(given) = given else { return Ok(None) };
        let current = match byline {
            [] => byline_of(self.transaction, self.post.id).await?,
            byline => byline.to_vec(),
        };
        Ok(Some(given).filter(|given| *given != current))
    }
}

fn check_date(post: &Model, time: Timestamp) -> Result<(), Problem> {
    if post.status != PostStatus::Published {
        let message = "Only the date of what is published can be corrected; publishing and scheduling set it.";
        return Err(Problem::new(ProblemCode::NotAllowed, "publishedAt", message));
    }
    if time > entity::now() {
        let message = "This is in the future: unpublish it, and schedule it instead.";
        return Err(Problem::new(ProblemCode::Invalid, "publishedAt", message));
    }
    Ok(())
}

/// Checks that the page on the desk can stand below another. No page comes to stand below itself, since moves in one
/// publication do not overlap.
async fn check_parent(desk: &Desk<'_>, parent: Option<PostId>) -> Result<(), Refusal> {
    let invalid = |message: String| Problem::new(ProblemCode::Invalid, "parentId", message);
    let mut above = parent;
    for depth in 0.. {
        let Some(page) = above else { break };
        if page == desk.post.id {
            return Err(invalid("This page stands below the one that is to be moved.".to_owned()).into());
        }
        if depth >= DEEPEST {
            return Err(invalid(format!("Pages stand at most {DEEPEST} deep.")).into());
        }
        let statement = Query::select()
            .column(Column::ParentId)
            .from(Entity)
            .and_where(Column::Id.eq(page))
            .and_where(Column::PublicationId.eq(desk.post.publication_id))
            .and_where(Column::Kind.eq(PostKind::Page))
            .and_where(Column::DraftOf.is_null())
            .take();
        let found: Option<Option<PostId>> = fetch_cell(desk.transaction, &statement).await?;
        above = found.ok_or_else(|| invalid("There is no such page in the publication.".to_owned()))?;
    }
    Ok(())
}

/// Ids of one statement.
const CHUNK: usize = 1000;

/// Puts pages below others, or at the top; those that stand there already are not touched. The caller sees to it that
/// no page comes to stand below itself.
pub async fn place_pages(transaction: &impl ConnectionTrait, pages: &[(PostId, Option<PostId>)]) -> Result<(), DbErr> {
    for pages in pages.chunks(CHUNK) {
        let ids: Vec<PostId> = pages.iter().map(|(page, _)| *page).collect();
        let present: Vec<(PostId, Option<PostId>)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::ParentId])
            .filter(any_of(transaction, Column::Id.into_expr(), &ids))
            .into_tuple()
            .all(transaction)
            .await?;
        let present: HashMap<PostId, Option<PostId>> = present.into_iter().collect();
        for (page, parent) in pages {
            if present.get(page).is_some_and(|present| present != parent) {
                let row = ActiveModel {
                    id: ActiveValue::Unchanged(*page),
                    parent_id: ActiveValue::Set(*parent),
                    ..Default::default()
                };
                Entity::update(row).exec_without_returning(transaction).await?;
            }
        }
    }
    Ok(())
}
