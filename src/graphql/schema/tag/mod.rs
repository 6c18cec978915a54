//! Tags: a publication's keywords.

mod mutation;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Enum, ID, InputObject, OneofObject};
use entity::TagId;
use sea_orm::DbErr;
use uuid::Uuid;

pub(super) use mutation::mutation;

use super::Query;
use super::node;
use super::post_list::PostListArguments;
use super::publication::{self, PublicationById};
use crate::domain::page::{Page, PageRequest, Position, SortKind};
use crate::domain::post::PostParent;
use crate::domain::redirect::Target;
use crate::domain::tag::{self, TagOrder as Order, TagRow};
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::loader::{Relation, Source, by_id};
use crate::graphql::engine::{Connection, Fields, List, Listed, LookAhead, Object, One, PageArguments};

/// An order of tags.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "Order")]
pub enum TagOrder {
    /// By name, in the collation of the database.
    #[default]
    Name,
    /// By number of posts, largest first.
    PostCount,
}

/// A tag.
#[derive(Clone)]
pub struct Tag(pub Arc<TagRow>);

impl From<TagRow> for Tag {
    fn from(row: TagRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Tag {
    /// Path on the front end.
    pub fn path(&self) -> String {
        Target::Tag(self.0.id).path(&self.0.slug)
    }
}

impl Object for Tag {
    const DESCRIPTION: &'static str = "A keyword of a publication.";

    fn type_name() -> Cow<'static, str> {
        "Tag".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Tag, |tag| tag.0.id);
        fields.text("slug", "Slug, unique within the publication.", |tag| &tag.0.slug);
        fields.value(
            "path",
            "Path on the front end, as `resolvePath` accepts it.",
            Self::path,
        );
        fields.text("name", "Display name.", |tag| &tag.0.name);
        fields.text("description", "Description; may be empty.", |tag| &tag.0.description);
        fields.value(
            "postCount",
            "Number of published, public articles with this tag.",
            |tag| tag.0.post_count,
        );
        fields.value("createdAt", "Creation time.", |tag| tag.0.created_at);
        fields.required("publication", "Publication it belongs to.", PublicationById, |tag| {
            tag.0.publication_id
        });
        fields.counted_connection(
            "posts",
            "Posts with this tag, newest first by default.",
            PostListArguments::list(PostParent::Tag),
            |tag| tag.0.id.0,
            |tag, list, request| list.stored_count(tag.0.post_count, request),
        );
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

by_id! {
    /// Tags by id.
    TagById: TagId => Tag, |source, ids| tag::by_ids(&source.database, ids)
}

/// A list of tags of publications.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TagList {
    order: Order,
    page: PageRequest,
}

impl Relation for TagList {
    type Parent = Uuid;
    type Child = Arc<Page<Tag>>;

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

/// Number of tags of publications.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TagCount;

impl Relation for TagCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        tag::count_of(&source.database, parents).await
    }
}

impl List for TagList {
    type Node = Tag;
    type Count = TagCount;

    fn order(&self) -> Order {
        self.order
    }

    fn count(&self) -> TagCount {
        TagCount
    }
}

/// Identifies a tag.
#[derive(OneofObject)]
enum TagBy {
    /// Global id.
    Id(ID),
    /// Slug.
    Slug(String),
}

/// Arguments of `tag`.
#[derive(InputObject)]
struct TagArguments {
    /// Tag to find.
    by: TagBy,
    /// Slug of its publication, where `by` has a slug; default: the default publication.
    publication: Option<String>,
}

/// Arguments of `tags` below a publication.
#[derive(InputObject)]
pub(super) struct TagListArguments {
    #[graphql(flatten)]
    page: PageArguments,
    /// Order of the list.
    #[graphql(default)]
    order_by: TagOrder,
}

impl TagListArguments {
    /// The list that they ask for.
    pub(super) fn list(&self, look_ahead: &LookAhead) -> Result<TagList> {
        let order = self.order_by.into();
        Ok(TagList {
            order,
            page: self.page.request::<Tag>(order, look_ahead)?,
        })
    }
}

/// Arguments of `tags`.
#[derive(InputObject)]
struct AllTagsArguments {
    /// Slug of the publication; default: the default publication.
    publication: Option<String>,
    #[graphql(flatten)]
    list: TagListArguments,
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve("tag", "A tag by id or slug.", |one| Box::pin(find(one)));
    fields.resolve("tags", "Tags of a publication, by name by default.", |one| {
        Box::pin(all(one))
    });
}

async fn find(one: One<'_, Query, TagArguments>) -> Result<Option<Tag>> {
    let request = one.request;
    match &one.arguments.by {
        TagBy::Id(id) => node::by_id(request, NodeType::Tag, TagById, id).await,
        TagBy::Slug(slug) => match publication::find(request, one.arguments.publication.as_deref()).await? {
            Some(publication) => Ok(tag::by_slug(request.database(), publication, slug)
                .await?
                .map(Tag::from)),
            None => Ok(None),
        },
    }
}

async fn all(one: One<'_, Query, AllTagsArguments>) -> Result<Connection<Tag>> {
    let list = one.arguments.list.list(one.look_ahead)?;
    match publication::find(one.request, one.arguments.publication.as_deref()).await? {
        Some(publication) => Connection::load(one.request, list, publication.0, one.look_ahead).await,
        None => Ok(Connection::empty(list.order)),
    }
}
