//! Revisions of posts.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Json, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::RevisionId;
use sea_orm::DbErr;
use uuid::Uuid;

use super::context::RequestContext;
use super::cost::{COMPARISON, LONG_TEXT, cost};
use super::error::{Fault, Result};
use super::id::{NodeType, decode_as, encode};
use super::loader::{Relation, Source, by_id};
use super::page::{Connection, Listed, PageArguments, Total};
use super::plan::{Plan, Step};
use super::post::SourceFormat;
use super::user::{Byline, User};
use crate::domain::page::{Page, PageRequest, Position, SortKind};
use crate::domain::revision::{self, Change, RevisionRow, RevisionText};

/// Text of a post after a save.
#[derive(Clone)]
pub struct Revision(pub(super) Arc<RevisionRow>);

impl From<RevisionRow> for Revision {
    fn from(row: RevisionRow) -> Self {
        Self(Arc::new(row))
    }
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
    /// Revisions by id, of posts that the viewer may write on.
    RevisionById: RevisionId => Revision, |source, ids| revision::by_ids(&source.database, source.viewer, ids)
}

by_id! {
    /// The words of revisions.
    Words: RevisionId => Arc<RevisionText>, |source, ids| revision::texts(&source.database, ids)
}

/// The fields that need the words of a revision.
const WORDS_FIELDS: [&str; 3] = ["excerpt", "bodySource", "customFields"];

impl Plan for Revision {
    fn plan(step: &mut Step<'_, Self>) {
        match step.selected().name() {
            "editor" => step.follow(Byline, |revision| revision.0.editor_id),
            field if WORDS_FIELDS.contains(&field) => step.load(Words, |revision| Some(revision.0.id)),
            _ => {}
        }
    }
}

impl Revision {
    async fn words(&self, context: &Context<'_>) -> Result<Arc<RevisionText>> {
        let words = RequestContext::of(context)?.reader.child(Words, self.0.id).await?;
        // Gone between two statements.
        words.ok_or(Fault::Unavailable)
    }
}

/// What became of a part of a text.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "Change")]
pub enum DiffChange {
    /// It stands in both texts.
    Kept,
    /// It stands in the newer text only.
    Added,
    /// It stood in the older text only.
    Removed,
}

impl From<revision::RevisionDiff> for RevisionDiff {
    fn from(diff: revision::RevisionDiff) -> Self {
        let part = |part: revision::DiffPart| DiffPart {
            change: part.change.into(),
            text: part.text,
        };
        let parts = |parts: Vec<_>| parts.into_iter().map(part).collect();
        Self {
            title: parts(diff.title),
            excerpt: parts(diff.excerpt),
            body_source: parts(diff.source),
        }
    }
}

/// A part of two texts.
#[derive(SimpleObject)]
pub struct DiffPart {
    /// What became of it.
    change: DiffChange,
    /// The words, with the white space between them.
    text: String,
}

/// What changed between two revisions, word by word. All parts but the removed ones give the newer text, all but the added
/// ones the older.
#[derive(SimpleObject)]
pub struct RevisionDiff {
    /// The title.
    title: Vec<DiffPart>,
    /// The excerpt.
    excerpt: Vec<DiffPart>,
    /// The source of the text.
    body_source: Vec<DiffPart>,
}

/// Text of a post after a save.
#[Object]
impl Revision {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::Revision, self.0.id)
    }

    /// Version of the post after this save. Of consecutive saves by one editor within five minutes, `Post.revisions` lists the last;
    /// the others are available by id for a day.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Who saved; none for an import, or when their account is gone.
    async fn editor(&self, context: &Context<'_>) -> Result<Option<User>> {
        match self.0.editor_id {
            Some(id) => RequestContext::of(context)?.reader.child(Byline, id).await,
            None => Ok(None),
        }
    }

    /// Time of the first of the consecutive saves that it stands for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The title then.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The excerpt then, if there was one.
    async fn excerpt(&self, context: &Context<'_>) -> Result<Option<String>> {
        Ok(self.words(context).await?.excerpt.clone())
    }

    /// The text exactly as it was written, in `sourceFormat`.
    #[graphql(directive = cost::apply(LONG_TEXT.to_owned()))]
    async fn body_source(&self, context: &Context<'_>) -> Result<String> {
        Ok(self.words(context).await?.source.clone())
    }

    /// What `bodySource` is written in.
    async fn source_format(&self) -> SourceFormat {
        self.0.source_format.into()
    }

    /// The fields beyond these then: an object.
    async fn custom_fields(&self, context: &Context<'_>) -> Result<Json<serde_json::Value>> {
        Ok(Json(self.words(context).await?.custom_fields.clone()))
    }

    /// What changed since another revision of the same post; `BAD_REQUEST` when both have more than 1,000,000 bytes together.
    #[graphql(directive = cost::apply(COMPARISON.to_owned()))]
    async fn diff(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The older revision; the one before this when it is left out. The first is compared with nothing."
        )]
        since: Option<ID>,
    ) -> Result<RevisionDiff> {
        let request = RequestContext::of(context)?;
        let since: Option<RevisionId> = match since {
            Some(id) => {
                let id = decode_as(NodeType::Revision, &id);
                let found = match id {
                    Some(id) => request.reader.child(RevisionById, id).await?,
                    None => None,
                };
                let found = found.filter(|other| other.0.post_id == self.0.post_id);
                Some(found.ok_or(Fault::NotFound("revision"))?.0.id)
            }
            None => revision::before(request.database(), &self.0).await?,
        };
        let new = self.words(context).await?;
        let old = match since {
            Some(id) => request.reader.child(Words, id).await?,
            None => None,
        };
        // One after the other, so that one request does not take all places in the queue.
        let _turn = request.comparing.lock().await;
        Ok(revision::compare(old, new).await?.into())
    }
}

/// The revisions of posts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RevisionList(pub(super) PageRequest);

impl RevisionList {
    /// The list that the arguments ask for.
    pub fn new(page: &PageArguments) -> Result<Self> {
        Ok(Self(page.request::<Revision>(())?))
    }

    /// Its page for the post with this id.
    pub async fn connection(self, request: &RequestContext, post: Uuid) -> Result<Connection<Revision>> {
        let page = request.reader.child(self, post).await?;
        Ok(Connection::new(page, (), Total::by(request, RevisionCount, post)))
    }
}

impl Relation for RevisionList {
    type Parent = Uuid;
    type Child = Arc<Page<Revision>>;

    fn richer(&self) -> Option<Self> {
        self.0.peeking().map(Self)
    }

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

/// How many revisions posts have.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct RevisionCount;

impl Relation for RevisionCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, posts: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        revision::count_of(&source.database, source.viewer, posts).await
    }
}

/// Plans for the field `revisions` of posts.
pub fn plan_revisions<T: Plan>(step: &mut Step<'_, T>, id: impl Fn(&T) -> Uuid) {
    // Unreadable arguments are reported by the resolver.
    if let Ok(list) = RevisionList::new(&PageArguments::of(step.selected())) {
        step.follow(list, |item| Some(id(item)));
    }
}
