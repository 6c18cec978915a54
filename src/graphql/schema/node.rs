//! Objects by their global ids.

use std::collections::HashMap;

use async_graphql::{ID, InputObject};
use futures_util::future::try_join_all;
use uuid::Uuid;

use super::Query;
use super::api_key::{ApiKey, ApiKeyById};
use super::audit_event::{AuditEvent, AuditEventById};
use super::category::{Category, CategoryById};
use super::comment::{Comment, CommentById};
use super::content::{Content, ContentById, ContentObject};
use super::identity::{Identity, IdentityById};
use super::invitation::{Invitation, InvitationById};
use super::job::{Job, JobById};
use super::media::{Media, MediaById};
use super::oauth_client::{OauthClient, OauthClientById};
use super::page::Page;
use super::post::Post;
use super::preview::{PreviewToken, PreviewTokenById};
use super::publication::{Publication, PublicationById};
use super::revision::{Revision, RevisionById};
use super::series::{Series, SeriesById};
use super::session::{Session, SessionById};
use super::tag::{Tag, TagById};
use super::trusted_document::{TrustedDocument, TrustedDocumentById};
use super::user::{User, UserById};
use crate::domain::page::MOST_ITEMS;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::{Fault, Result};
use crate::graphql::engine::id::{NodeType, decode, decode_as, encode};
use crate::graphql::engine::loader::Relation;
use crate::graphql::engine::{Fields, LookAhead, Object, One, abstract_type};

abstract_type! {
    /// An object with a global id.
    Node ["id"] {
        Publication,
        User,
        Post,
        Page,
        Tag,
        Category,
        Series,
        Media,
        Comment,
        Session,
        ApiKey,
        Identity,
        OauthClient,
        Invitation,
        AuditEvent,
        Revision,
        PreviewToken,
        Job,
        TrustedDocument,
    }
}

impl From<Content> for Node {
    fn from(content: Content) -> Self {
        match content {
            Content::Post(post) => Self::Post(post),
            Content::Page(page) => Self::Page(page),
        }
    }
}

/// Describes the field `id` of a node, and declares that it is one.
pub(super) fn id<T: Object, I: Into<Uuid>>(
    fields: &mut Fields<T>,
    node_type: NodeType,
    get: impl Fn(&T) -> I + Clone + Send + Sync + 'static,
) {
    fields.implements::<Node>();
    fields.value(
        "id",
        "Global id: opaque, and the same for as long as the object exists.",
        move |item| encode(node_type, get(item)),
    );
}

/// The object with a global id, if it is one of a `node_type`.
pub(super) async fn by_id<T, R: Relation<Parent: From<Uuid>, Child = Option<T>>>(
    request: &RequestContext,
    node_type: NodeType,
    relation: R,
    id: &ID,
) -> Result<Option<T>> {
    match decode_as(node_type, id) {
        Some(id) => request.reader.child(relation, id).await,
        None => Ok(None),
    }
}

/// Arguments of `node`.
#[derive(InputObject)]
struct NodeArguments {
    /// Global id of the object.
    id: ID,
}

/// Arguments of `nodes`.
#[derive(InputObject)]
struct NodesArguments {
    /// Global ids, at most 100.
    ids: Vec<ID>,
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "node",
        "An object by global id; null if it does not exist or the viewer may not see it.",
        |one| Box::pin(node(one)),
    );
    fields.resolve(
        "nodes",
        "Objects by global id, in the order of `ids`; null for those that do not exist or that the viewer may not see.",
        |one| Box::pin(nodes(one)),
    );
}

async fn node(one: One<'_, Query, NodeArguments>) -> Result<Option<Node>> {
    let ids = std::slice::from_ref(&one.arguments.id);
    let found = by_ids(one.request, ids, one.look_ahead).await?;
    Ok(found.into_iter().next().flatten())
}

async fn nodes(one: One<'_, Query, NodesArguments>) -> Result<Vec<Option<Node>>> {
    let ids = &one.arguments.ids;
    if ids.len() > MOST_ITEMS as usize {
        return Err(Fault::BadRequest(format!(
            "`ids` has {} entries; allowed are {MOST_ITEMS}.",
            ids.len()
        )));
    }
    by_ids(one.request, ids, one.look_ahead).await
}

/// The objects with these ids, in their order: those of each type loaded together.
async fn by_ids(request: &RequestContext, ids: &[ID], look_ahead: &LookAhead) -> Result<Vec<Option<Node>>> {
    let keys: Vec<Option<(NodeType, Uuid)>> = ids.iter().map(|id| decode(id)).collect();
    let mut of_types: HashMap<NodeType, Vec<Uuid>> = HashMap::new();
    for (node_type, id) in keys.iter().flatten() {
        of_types.entry(*node_type).or_default().push(*id);
    }
    let fields = look_ahead.item_fields();
    let loads = of_types
        .iter()
        .map(|(node_type, ids)| of_type(request, *node_type, ids, &fields));
    let loaded = try_join_all(loads).await?;
    let mut found: HashMap<(NodeType, Uuid), Node> = HashMap::new();
    for ((node_type, ids), nodes) in of_types.iter().zip(loaded) {
        let nodes = ids.iter().zip(nodes);
        found.extend(nodes.filter_map(|(id, node)| Some(((*node_type, *id), node?))));
    }
    let node = |key: &Option<(NodeType, Uuid)>| found.get(key.as_ref()?).cloned();
    Ok(keys.iter().map(node).collect())
}

/// The objects of one type with these ids, in their order.
async fn of_type(
    request: &RequestContext,
    node_type: NodeType,
    ids: &[Uuid],
    fields: &[&str],
) -> Result<Vec<Option<Node>>> {
    let batch = Batch { request, ids, fields };
    match node_type {
        NodeType::Publication => batch.load(PublicationById, Node::Publication).await,
        NodeType::User => batch.load(UserById, Node::User).await,
        NodeType::Post => batch.content(Node::Post).await,
        NodeType::Page => batch.content(Node::Page).await,
        NodeType::Tag => batch.load(TagById, Node::Tag).await,
        NodeType::Category => batch.load(CategoryById, Node::Category).await,
        NodeType::Series => batch.load(SeriesById, Node::Series).await,
        NodeType::Media => batch.load(MediaById, Node::Media).await,
        NodeType::Comment => batch.load(CommentById, Node::Comment).await,
        NodeType::Session => batch.load(SessionById, Node::Session).await,
        NodeType::ApiKey => batch.load(ApiKeyById, Node::ApiKey).await,
        NodeType::Identity => batch.load(IdentityById, Node::Identity).await,
        NodeType::OauthClient => batch.load(OauthClientById, Node::OauthClient).await,
        NodeType::Invitation => batch.load(InvitationById, Node::Invitation).await,
        NodeType::AuditEvent => batch.load(AuditEventById, Node::AuditEvent).await,
        NodeType::Revision => batch.load(RevisionById, Node::Revision).await,
        NodeType::PreviewToken => batch.load(PreviewTokenById, Node::PreviewToken).await,
        NodeType::Job => batch.load(JobById, Node::Job).await,
        NodeType::TrustedDocument => batch.load(TrustedDocumentById, Node::TrustedDocument).await,
    }
}

/// Ids of objects of one type, and the fields selected on them.
struct Batch<'a> {
    request: &'a RequestContext,
    ids: &'a [Uuid],
    fields: &'a [&'a str],
}

impl Batch<'_> {
    async fn load<T, R: Relation<Parent: From<Uuid>, Child = Option<T>>>(
        &self,
        relation: R,
        node: fn(T) -> Node,
    ) -> Result<Vec<Option<Node>>> {
        let found = self.children(relation).await?;
        Ok(found.into_iter().map(|object| object.map(node)).collect())
    }

    /// Those that are of type `T`.
    async fn content<T: ContentObject>(&self, node: fn(T) -> Node) -> Result<Vec<Option<Node>>> {
        let found = self.children(ContentById).await?;
        let node = |row: Option<_>| row.and_then(T::of).map(node);
        Ok(found.into_iter().map(node).collect())
    }

    async fn children<R: Relation<Parent: From<Uuid>>>(&self, relation: R) -> Result<Vec<R::Child>> {
        let ids: Vec<R::Parent> = self.ids.iter().map(|id| (*id).into()).collect();
        self.request.reader.children(&relation, &ids, self.fields).await
    }
}
