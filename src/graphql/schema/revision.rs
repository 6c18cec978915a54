//! Revisions of posts, and what changed between them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Enum, ID, InputObject};
use entity::RevisionId;
use sea_orm::DbErr;
use uuid::Uuid;

use super::content::SourceFormat;
use super::json::JsonValue;
use super::node;
use super::user::Byline;
use crate::domain::page::{Page, PageRequest, Position, SortKind};
use crate::domain::revision::{self, Change, DiffText, RevisionRow, RevisionText};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::cost::{COMPARISON, LONG_TEXT};
use crate::graphql::engine::error::{Fault, Result};
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::loader::{Relation, Source, by_id};
use crate::graphql::engine::{Fields, Leaf, Listed, Object, One, Shared};

/// Content of a post or page after a save.
#[derive(Clone)]
pub struct Revision(pub Arc<RevisionRow>);

impl From<RevisionRow> for Revision {
    fn from(row: RevisionRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Object for Revision {
    const DESCRIPTION: &'static str = "Content of a post or page after a save.";

    fn type_name() -> Cow<'static, str> {
        "Revision".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        let id = |revision: &Self| Some(revision.0.id);
        node::id(fields, NodeType::Revision, |revision| revision.0.id);
        fields.value(
            "version",
            "Version after the save. Of consecutive saves by one editor within five minutes, \
             `revisions` lists the last; the others are found by id for a day.",
            |revision| revision.0.version,
        );
        fields.related(
            "editor",
            "User who saved it; null for an import, and if the account was deleted.",
            Byline,
            |revision| revision.0.editor_id,
        );
        fields.value(
            "createdAt",
            "Time of the first of the consecutive saves that it stands for.",
            |revision| revision.0.created_at,
        );
        fields.text("title", "Title at that time.", |revision| &revision.0.title);
        fields.derived(
            "excerpt",
            "Excerpt at that time, if there was one.",
            Words,
            id,
            |_, text: Option<Arc<RevisionText>>, _| Ok(Leaf(loaded(text)?.excerpt.clone())),
        );
        fields
            .derived(
                "bodySource",
                "Source of the body as it was written, in `sourceFormat`.",
                Words,
                id,
                |_, text: Option<Arc<RevisionText>>, _| {
                    Ok(Shared::<String, _>::new(loaded(text)?, |text, json| {
                        json.value(&text.source)
                    }))
                },
            )
            .costs(LONG_TEXT);
        fields.value("sourceFormat", "Format of `bodySource`.", |revision| {
            SourceFormat::from(revision.0.source_format)
        });
        fields.derived(
            "customFields",
            "Custom fields at that time: an object.",
            Words,
            id,
            |_, text: Option<Arc<RevisionText>>, _| {
                Ok(Shared::<JsonValue, _>::new(loaded(text)?, |text, json| {
                    json.value(&text.custom_fields)
                }))
            },
        );
        fields
            .resolve(
                "diff",
                "Changes since another revision of the same post or page. Returns BAD_REQUEST if both together have more than \
                 1,000,000 bytes.",
                |one| Box::pin(diff(one)),
            )
            .costs(COMPARISON);
    }
}

/// The text of a revision that has been loaded.
fn loaded(text: Option<Arc<RevisionText>>) -> Result<Arc<RevisionText>> {
    // Gone between two statements, if there is none.
    text.ok_or(Fault::Unavailable)
}

impl Listed for Revision {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("v-", SortKind::Number)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

by_id! {
    /// Revisions by id, of posts that the viewer may edit.
    RevisionById: RevisionId => Revision, |source, ids| revision::by_ids(&source.database, source.viewer, ids)
}

by_id! {
    /// Texts of revisions.
    Words: RevisionId => Arc<RevisionText>, |source, ids| revision::texts(&source.database, ids)
}

/// Revisions of posts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RevisionList(pub PageRequest);

impl Relation for RevisionList {
    type Parent = Uuid;
    type Child = Arc<Page<Revision>>;

    async fn load(
        &self,
        source: &Source,
        posts: &[Uuid],
    ) -> std::result::Result<HashMap<Uuid, Arc<Page<Revision>>>, DbErr> {
        let pages = revision::list_of(&source.database, source.viewer, posts, &self.0).await?;
        let page = |(post, page): (Uuid, Page<RevisionRow>)| (post, Arc::new(page.map(Revision::from)));
        Ok(pages.into_iter().map(page).collect())
    }
}

/// Number of revisions of posts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RevisionCount;

impl Relation for RevisionCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, posts: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        revision::count_of(&source.database, source.viewer, posts).await
    }
}

/// Arguments of `diff`.
#[derive(InputObject)]
struct DiffArguments {
    /// Older revision, default: the preceding one. The first revision is compared with an empty text.
    since: Option<ID>,
}

async fn diff(one: One<'_, Revision, DiffArguments>) -> Result<RevisionDiff> {
    let (request, revision) = (one.request, one.item);
    let since = match &one.arguments.since {
        Some(id) => Some(other_revision(request, revision, id).await?),
        None => revision::before(request.database(), &revision.0).await?,
    };
    let new = loaded(request.reader.child(Words, revision.0.id).await?)?;
    let old = match since {
        Some(id) => request.reader.child(Words, id).await?,
        None => None,
    };
    // One after the other, so that one request does not take all places in the queue.
    let _turn = request.comparing.lock().await;
    let diff = revision::compare(old, new).await?;
    // Over its budget, the request ends at the checkpoint.
    let _ = request.budget.load(diff.size());
    request.budget.checkpoint().await;
    Ok(RevisionDiff(diff))
}

/// The revision with a global id, which must be of the same post.
async fn other_revision(request: &RequestContext, revision: &Revision, id: &ID) -> Result<RevisionId> {
    let other = node::by_id(request, NodeType::Revision, RevisionById, id).await?;
    let other = other.filter(|other| other.0.post_id == revision.0.post_id);
    Ok(other.ok_or(Fault::NotFound("revision"))?.0.id)
}

/// What changed between two revisions.
#[derive(Clone)]
struct RevisionDiff(revision::RevisionDiff);

impl Object for RevisionDiff {
    const DESCRIPTION: &'static str = "Word-by-word changes between two revisions. All parts except REMOVED give the \
                                       newer text, all except ADDED the older.";

    fn type_name() -> Cow<'static, str> {
        "RevisionDiff".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.embedded("title", "Changes to the title.", |diff| DiffPart::all(&diff.0.title));
        fields.embedded("excerpt", "Changes to the excerpt.", |diff| {
            DiffPart::all(&diff.0.excerpt)
        });
        fields.embedded("bodySource", "Changes to the source of the body.", |diff| {
            DiffPart::all(&diff.0.source)
        });
    }
}

/// What happened to a part of a text.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "Change")]
pub enum DiffChange {
    /// In both texts.
    Kept,
    /// Only in the newer text.
    Added,
    /// Only in the older text.
    Removed,
}

/// A part of two texts.
#[derive(Clone)]
struct DiffPart {
    diff: Arc<DiffText>,
    position: usize,
}

impl DiffPart {
    /// The parts of two texts.
    fn all(diff: &Arc<DiffText>) -> Vec<Self> {
        let part = |position| Self {
            diff: Arc::clone(diff),
            position,
        };
        diff.positions().map(part).collect()
    }

    fn part(&self) -> revision::DiffPart<'_> {
        self.diff.part(self.position)
    }
}

impl Object for DiffPart {
    const DESCRIPTION: &'static str = "A run of words that is in both texts, or in one of them.";

    fn type_name() -> Cow<'static, str> {
        "DiffPart".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.value("change", "Whether it was kept, added or removed.", |part| {
            DiffChange::from(part.part().change)
        });
        fields.text("text", "Words, with the white space between them.", |part| {
            part.part().text
        });
    }
}
