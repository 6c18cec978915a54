//! Tags: a publication's keywords.

mod change;

pub use change::TagMutation;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, OneofObject};
use chrono::{DateTime, Utc};
use entity::TagId;
use futures_util::try_join;
use sea_orm::DbErr;
use uuid::Uuid;

use super::context::RequestContext;
use super::error::{Fault, Result};
use super::id::{NodeType, decode_as, encode};
use super::loader::{Relation, Source, by_id};
use super::page::{Connection, Listed, PageArguments, Total, write_page};
use super::plan::{Plan, Selected, Step};
use super::post::Post;
use super::posts::{PostList, PostOrder, PostWhere, plan_posts, write_posts};
use super::publication::{self, Publication, PublicationById};
use super::written::{Write, WriteField, Written, one, scalar, text};
use crate::domain::page::{Page, PageRequest, Position, SortKind};
use crate::domain::post::PostParent;
use crate::domain::redirect::Target;
use crate::domain::tag::{self, TagOrder as Order, TagRow};

/// An order of tags.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "Order")]
pub enum TagOrder {
    /// By name, in the database's collation.
    #[default]
    Name,
    /// The most used first.
    PostCount,
}

/// A keyword of a publication.
#[derive(Clone)]
pub struct Tag(pub(super) Arc<TagRow>);

impl From<TagRow> for Tag {
    fn from(row: TagRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Tag {
    /// Its path below the front end's address.
    pub(super) fn path_of(&self) -> String {
        Target::Tag(self.0.id).path(&self.0.slug)
    }
}

impl Listed for Tag {
    type Order = Order;

    fn order_key(order: Order) -> (&'static str, SortKind) {
        match order {
            Order::Name => ("n", SortKind::Text),
            Order::PostCount => ("c-", SortKind::Number),
        }
    }

    fn position(&self, order: Order) -> Position {
        order.position(&self.0)
    }
}

impl Plan for Tag {
    fn plan(step: &mut Step<'_, Self>) {
        match step.selected().name() {
            "posts" => plan_posts(step, PostParent::Tag, |tag| tag.0.id.0),
            "publication" => step.follow(PublicationById, |tag| Some(tag.0.publication_id)),
            _ => {}
        }
    }
}

impl Write for Tag {
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>> {
        match selected.name() {
            "id" => scalar(|tag: &Self| encode(NodeType::Tag, tag.0.id)),
            "slug" => text(|tag: &Self| tag.0.slug.as_str()),
            "path" => scalar(Self::path_of),
            "name" => text(|tag: &Self| tag.0.name.as_str()),
            "description" => text(|tag: &Self| tag.0.description.as_str()),
            "postCount" => scalar(|tag: &Self| tag.0.post_count),
            "createdAt" => scalar(|tag: &Self| tag.0.created_at),
            "publication" => one(selected, PublicationById, |tag: &Self| tag.0.publication_id),
            "posts" => write_posts(selected, PostParent::Tag, |tag: &Self| {
                (tag.0.id.0, Some(tag.0.post_count))
            }),
            _ => None,
        }
    }
}

/// A keyword of a publication.
#[Object(serial)]
impl Tag {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::Tag, self.0.id)
    }

    /// Its name in addresses; unique in its publication.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its path below the front end's address, as `resolvePath` takes it.
    async fn path(&self) -> String {
        self.path_of()
    }

    /// Its name as readers see it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is about; may be empty.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// How many listed articles carry it.
    async fn post_count(&self) -> i32 {
        self.0.post_count
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Whose it is.
    async fn publication(&self, context: &Context<'_>) -> Result<Publication> {
        let publication = RequestContext::of(context)?
            .reader
            .child(PublicationById, self.0.publication_id)
            .await?;
        publication.ok_or(Fault::Unavailable)
    }

    /// Its posts, newest first unless ordered otherwise.
    #[allow(clippy::too_many_arguments)] // They are the field's arguments.
    async fn posts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which of them.")] filter: Option<PostWhere>,
        #[graphql(desc = "In which order.")] order_by: Option<PostOrder>,
    ) -> Result<Connection<Post>> {
        let page = PageArguments::given(context, first, after, last, before);
        let list = PostList::new(PostParent::Tag, filter, order_by, &page)?;
        list.connection(RequestContext::of(context)?, self.0.id.0, Some(self.0.post_count))
            .await
    }
}

by_id! {
    /// Tags by id.
    TagById: TagId => Tag, |source, ids| tag::by_ids(&source.database, ids)
}

/// A list of a publication's tags.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TagList {
    pub(super) order: Order,
    pub(super) page: PageRequest,
}

impl TagList {
    /// The list that the arguments ask for.
    pub fn new(order: TagOrder, page: &PageArguments) -> Result<Self> {
        let order = order.into();
        Ok(Self {
            order,
            page: page.request::<Tag>(order)?,
        })
    }

    fn shown(&self, request: &RequestContext, page: Arc<Page<Tag>>, publication: Uuid) -> Connection<Tag> {
        Connection::new(page, self.order, Total::by(request, TagCount, publication))
    }

    /// Its page in the publication with this id.
    pub async fn connection(self, request: &RequestContext, publication: Uuid) -> Result<Connection<Tag>> {
        let page = request.reader.child(self.clone(), publication).await?;
        Ok(self.shown(request, page, publication))
    }
}

impl Relation for TagList {
    type Parent = Uuid;
    type Child = Arc<Page<Tag>>;

    fn richer(&self) -> Option<Self> {
        let page = self.page.peeking()?;
        Some(Self { page, ..self.clone() })
    }

    async fn load(
        &self,
        source: &Source,
        parents: &[Uuid],
    ) -> std::result::Result<HashMap<Uuid, Arc<Page<Tag>>>, DbErr> {
        let pages = tag::list_of(&source.database, parents, self.order, &self.page).await?;
        Ok(pages
            .into_iter()
            .map(|(parent, page)| (parent, Arc::new(page.map(Tag::from))))
            .collect())
    }
}

/// How many tags a publication has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TagCount;

impl Relation for TagCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        tag::count_of(&source.database, parents).await
    }
}

/// Plans for the field `tags` of publications.
pub fn plan_tags<T: Plan>(step: &mut Step<'_, T>, id: impl Fn(&T) -> Uuid) {
    let selected = step.selected();
    let list = TagList::new(selected.argument("orderBy"), &PageArguments::of(selected));
    if selected.has("totalCount") {
        step.load(TagCount, |item| Some(id(item)));
    }
    // Unreadable arguments are reported by the resolver.
    if let Ok(list) = list {
        step.follow(list, |item| Some(id(item)));
    }
}

/// Writes the field `tags` of publications.
pub fn write_tags<T>(
    selected: &Selected<'_>,
    id: impl Fn(&T) -> Uuid + Send + Sync + 'static,
) -> Option<WriteField<T>> {
    let order = selected.read("orderBy", TagOrder::default())?;
    let list = TagList::new(order, &PageArguments::read(selected)?).ok()?;
    write_page(selected, list, id, TagList::shown)
}

/// Names a tag: give exactly one.
#[derive(OneofObject)]
pub enum TagBy {
    /// The global id.
    Id(ID),
    /// The slug.
    Slug(String),
}

/// Tags, of the query.
#[derive(Default)]
pub struct TagQuery;

#[Object]
impl TagQuery {
    /// A tag.
    async fn tag(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] by: TagBy,
        #[graphql(desc = "Slug of its publication, where `by` has a slug; the default publication when left out.")]
        publication: Option<String>,
    ) -> Result<Option<Written<Tag>>> {
        let request = RequestContext::of(context)?;
        let tag = match by {
            TagBy::Id(id) => match decode_as(NodeType::Tag, &id) {
                Some(id) => request.reader.child(TagById, id).await?,
                None => None,
            },
            TagBy::Slug(slug) => match publication::find(request, publication.as_deref()).await? {
                Some(publication) => tag::by_slug(request.database(), publication, &slug)
                    .await?
                    .map(Tag::from),
                None => None,
            },
        };
        Ok(request.planned(context, tag).await?.map(Written))
    }

    /// The tags of one publication, by name unless ordered otherwise; none when there is no such publication.
    #[allow(clippy::too_many_arguments)] // They are the field's arguments.
    async fn tags(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Slug of the publication; the default publication when left out.")] publication: Option<
            String,
        >,
        #[graphql(desc = "In which order.", default)] order_by: TagOrder,
    ) -> Result<Written<Connection<Tag>>> {
        let request = RequestContext::of(context)?;
        let list = TagList::new(order_by, &PageArguments::given(context, first, after, last, before))?;
        let Some(publication) = publication::find(request, publication.as_deref()).await? else {
            return Ok(Written(Connection::new(Arc::default(), list.order, Total::Known(0))));
        };
        let order = list.order;
        let (page, total) = try_join!(
            request.reader.child(list, publication.0),
            Total::selected(context, request.reader.child(TagCount, publication.0))
        )?;
        request.plan(context, &page).await?;
        Ok(Written(Connection::new(page, order, total)))
    }
}
