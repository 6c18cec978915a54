//! What is done to a post as a whole: from draft to review, to the public, and away.

use chrono::TimeDelta;
use entity::post::{ActiveModel, Column, Entity, Model, PostStatus};
use entity::{PostId, Timestamp};
use sea_orm::sea_query::{self, Query};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr, IntoActiveModel};
use uuid::Uuid;

use super::content::{note_uses, put_content};
use super::desk::{Desk, PostRef};
use super::policy;
use super::row::PostRow;
use super::shown::{Face, tell};
use super::state::{Act, Outcome, State};
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::job::{self, NewJob, PUBLISH_POST, Task};
use crate::domain::listing;
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::revision;
use crate::domain::text::lines;
use crate::store::Transaction;
use crate::store::changes::Topic;
use crate::store::read::Reads;

/// The longest note to authors, in characters.
const MOST_NOTE: usize = 2_000;
/// How far ahead a post can be scheduled.
const FARTHEST: TimeDelta = TimeDelta::days(3_660);
/// How many scheduled posts are looked at together.
const SCHEDULED_AT_ONCE: u64 = 100;

/// What is asked of a post.
#[derive(Clone, Debug)]
pub enum Order {
    /// It is handed to the editors.
    Submit,
    /// It is handed back to its authors, with a note for them.
    RequestChanges(String),
    /// It goes public; with a date of the past, if it is to bear one. The date of a post that is public can be corrected so.
    Publish(Option<Timestamp>),
    /// It goes public at this time.
    Schedule(Timestamp),
    /// It does not.
    Unschedule,
    /// It is a draft again.
    Unpublish,
    /// It is taken down, and kept.
    Archive,
    /// Its working copy is dropped; the words stay in its revisions.
    Discard,
    /// It goes to the trash.
    Delete,
    /// It comes back from there, as a draft.
    Restore,
    /// It is gone, with its revisions and comments.
    Erase,
}

impl Order {
    fn act(&self) -> Act {
        match self {
            Self::Submit => Act::Submit,
            Self::RequestChanges(_) => Act::RequestChanges,
            Self::Publish(_) => Act::Publish,
            Self::Schedule(_) => Act::Schedule,
            Self::Unschedule => Act::Unschedule,
            Self::Unpublish => Act::Unpublish,
            Self::Archive => Act::Archive,
            Self::Discard => Act::Discard,
            Self::Delete => Act::Delete,
            Self::Restore => Act::Restore,
            Self::Erase => Act::Erase,
        }
    }

    /// How the audit knows it, if it is for the audit.
    fn event(&self) -> Option<EventKind> {
        match self {
            Self::Publish(_) => Some(EventKind::PostPublished),
            Self::Schedule(_) => Some(EventKind::PostScheduled),
            Self::Unpublish => Some(EventKind::PostUnpublished),
            Self::Archive => Some(EventKind::PostArchived),
            Self::Delete => Some(EventKind::PostDeleted),
            Self::Restore => Some(EventKind::PostRestored),
            Self::Erase => Some(EventKind::PostErased),
            Self::Submit | Self::RequestChanges(_) | Self::Unschedule | Self::Discard => None,
        }
    }

    /// The same, with what it says checked and cleaned.
    fn checked(self) -> Result<Self, Refusal> {
        let now = entity::now();
        match self {
            Self::RequestChanges(note) => Ok(Self::RequestChanges(lines("note", &note, MOST_NOTE)?)),
            Self::Publish(Some(time)) if time > now => {
                let message = "This is in the future: schedule the post instead.";
                Err(Problem::new(ProblemCode::Invalid, "publishedAt", message).into())
            }
            Self::Schedule(time) if time <= now || time > now + FARTHEST => {
                let message = format!(
                    "Give a time between now and ten years from now, {} to {}.",
                    now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                    (now + FARTHEST).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
                );
                Err(Problem::new(ProblemCode::Invalid, "publishAt", message).into())
            }
            other => Ok(other),
        }
    }
}

/// Does to a post what is asked; gives it back as it is then, or nothing of what was erased.
///
/// # Errors
/// A problem with what was given, or a state in which that cannot be done; a conflict with what somebody else saved; not
/// found; a viewer who may not.
pub async fn perform(
    accounts: &Accounts,
    viewer: Viewer,
    which: impl Into<PostRef>,
    expected: Option<i32>,
    order: Order,
) -> Result<Option<PostRow>, Refusal> {
    policy::may_write(viewer)?;
    let order = order.checked()?;
    let transaction = accounts.store.write().await?;
    let desk = Desk::open_alone(&transaction, viewer, which).await?;
    let id = desk.post.id;
    let outcome = match order {
        Order::Publish(Some(_)) if desk.state() == State::PUBLISHED => {
            policy::may(desk.who, Act::Publish, desk.state())?;
            Outcome::Stands(State::PUBLISHED)
        }
        _ => desk.decide(order.act())?,
    };
    desk.expect(expected).await?;
    let post = carry_out(&desk, outcome, &order).await?;
    if let Some(post) = &post {
        let most = accounts.settings.desk.revisions;
        revision::prune(&transaction, id, post.version, post.version, most).await?;
    }
    // The job comes last: whoever does it takes the post first, too.
    if let Order::Schedule(time) = order {
        schedule(&transaction, id, time).await?;
    } else if desk.working().status == PostStatus::Scheduled {
        job::cancel(&transaction, &schedule_key(id)).await?;
    }
    accounts.commit(transaction).await?;
    Ok(post)
}

/// Asks for the job that makes a scheduled post public, in place of an earlier one.
///
/// # Errors
/// When the database fails.
pub(super) async fn schedule(transaction: &impl ConnectionTrait, post: PostId, time: Timestamp) -> Result<(), DbErr> {
    let new = NewJob::new(Task::PublishPost(post)).at(time).unique(schedule_key(post));
    job::enqueue(transaction, new).await
}

/// Asks for the jobs of all scheduled posts: for rows that were brought from elsewhere without them.
///
/// # Errors
/// When the database fails.
pub async fn schedule_all(transaction: &impl ConnectionTrait) -> Result<(), DbErr> {
    let mut last = PostId(Uuid::nil());
    loop {
        let batch = Query::select()
            .columns([Column::Id, Column::DraftOf, Column::PublishedAt])
            .from(Entity)
            .and_where(Column::Status.eq(PostStatus::Scheduled))
            .and_where(Column::Id.gt(last))
            .order_by(Column::Id, sea_query::Order::Asc)
            .limit(SCHEDULED_AT_ONCE)
            .take();
        let before = last;
        for cells in transaction.rows(&batch).await?.each() {
            last = cells.get(0)?;
            let published: Option<PostId> = cells.get(1)?;
            if let Some(time) = cells.get::<Option<Timestamp>>(2)? {
                schedule(transaction, published.unwrap_or(last), time).await?;
            }
        }
        if last == before {
            return Ok(());
        }
    }
}

fn schedule_key(post: PostId) -> String {
    format!("{PUBLISH_POST}:{post}")
}

/// Makes a scheduled post public, if its time has come: what the job of its schedule does. Whatever happened to the post
/// meanwhile goes before: one that is no longer scheduled, or for later, stays as it is.
///
/// # Errors
/// When the database fails.
pub async fn publish_due(transaction: &Transaction, post: PostId) -> Result<(), Refusal> {
    let desk = match Desk::open_alone(transaction, Viewer::Operator, post).await {
        Ok(desk) => desk,
        Err(Refusal::NotFound(_)) => return Ok(()),
        Err(other) => return Err(other),
    };
    let working = desk.working();
    let is_due = working.published_at.is_some_and(|time| time <= entity::now());
    if working.status != PostStatus::Scheduled || !is_due {
        return Ok(());
    }
    // A post that is public keeps the date that readers know.
    let is_first = desk.post.status != PostStatus::Published;
    let order = Order::Publish(working.published_at.filter(|_| is_first));
    let outcome = desk.decide(order.act())?;
    carry_out(&desk, outcome, &order).await.map(drop)
}

async fn carry_out(desk: &Desk<'_>, outcome: Outcome, order: &Order) -> Result<Option<PostRow>, Refusal> {
    let (transaction, id) = (desk.transaction, desk.post.id);
    let known = Face::of(transaction, &desk.post).await?;
    let after = match outcome {
        Outcome::Gone => None,
        Outcome::Stands(next) => Some(settle(desk, next, order).await?),
    };
    tell(transaction, known, after.as_ref()).await?;
    listing::renew(transaction, &[id]).await?;
    if after.is_none() {
        desk.remove(id).await?;
        // It was not published any more, but what led to it, such as an item of a menu, leads nowhere now.
        transaction.changed([Topic::thing(id)]);
    }
    if let Some(kind) = order.event() {
        let event = Event::new(kind)
            .publication(desk.post.publication_id)
            .detail("post", id.to_string())
            .detail("title", desk.post.title.clone());
        audit::record(transaction, desk.viewer, event).await?;
    }
    Ok(after.map(PostRow::from))
}

/// Brings the post and its working copy to where they are to stand.
async fn settle(desk: &Desk<'_>, next: State, order: &Order) -> Result<Model, Refusal> {
    let (transaction, id) = (desk.transaction, desk.post.id);
    let mut row = desk.post.clone().into_active_model();
    match (&desk.copy, next.copy) {
        (Some(copy), None) if matches!(order, Order::Discard) => desk.remove(copy.id).await?,
        (Some(copy), None) => {
            put_content(&mut row, copy);
            row.version = ActiveValue::Set(copy.version);
            note_uses(transaction, Some(&desk.post), copy, id).await?;
            desk.take_links(copy.id).await?;
            desk.remove(copy.id).await?;
        }
        (Some(copy), Some(status)) => {
            let mut copy = copy.clone().into_active_model();
            copy.status.set_if_not_equals(status);
            annotate(&mut copy, order);
            if copy.is_changed() {
                desk.write(copy).await?;
            }
        }
        (None, _) => annotate(&mut row, order),
    }
    if desk.state().copy != next.copy {
        desk.note_draft(next.copy).await?;
    }
    row.status.set_if_not_equals(next.post);
    match order {
        Order::Publish(time) => {
            let earlier = desk.post.published_at.filter(|time| *time <= entity::now());
            let first = time.or(earlier).map_or_else(entity::now, entity::to_stored);
            row.published_at.set_if_not_equals(Some(first));
        }
        Order::Unpublish | Order::Delete | Order::Discard => return start_version(desk, row, order).await,
        _ => {}
    }
    if !row.is_changed() {
        return Ok(desk.post.clone());
    }
    row.updated_at = ActiveValue::Set(entity::now());
    Ok(desk.write(row).await?)
}

/// Gives the text as it is now a version of its own: the next save must not supersede the revision that readers knew, and
/// the versions of a discarded copy must not be given again.
async fn start_version(desk: &Desk<'_>, mut row: ActiveModel, order: &Order) -> Result<Model, Refusal> {
    row.version = ActiveValue::Set(desk.next_version());
    if !matches!(order, Order::Discard) {
        row.updated_at = ActiveValue::Set(entity::now());
    }
    let post = desk.write(row).await?;
    let editor = desk.viewer.actor().map(|actor| actor.user);
    revision::record(desk.transaction, editor, None, &post).await?;
    Ok(post)
}

/// Notes on what is being worked on what an order says beside where it is to stand.
fn annotate(row: &mut ActiveModel, order: &Order) {
    match order {
        Order::RequestChanges(note) => row.review_note.set_if_not_equals(Some(note.clone())),
        Order::Submit | Order::Publish(_) => row.review_note.set_if_not_equals(None),
        Order::Schedule(time) => row.published_at.set_if_not_equals(Some(entity::to_stored(*time))),
        Order::Unschedule => row.published_at.set_if_not_equals(None),
        _ => {}
    }
}
