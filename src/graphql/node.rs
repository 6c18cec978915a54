//! Objects by their global ids.

use async_graphql::{Context, ID, Interface, Object};
use futures_util::future::try_join_all;

use super::api_key::{ApiKey, ApiKeyById};
use super::audit_event::{AuditEvent, AuditEventById};
use super::category::{Category, CategoryById};
use super::comment::{Comment, CommentById};
use super::context::RequestContext;
use super::error::{Fault, Result};
use super::id::{NodeType, decode};
use super::identity::{Identity, IdentityById};
use super::invitation::{Invitation, InvitationById};
use super::job::{Job, JobById};
use super::media::{Media, MediaById};
use super::oauth_client::{OauthClient, OauthClientById};
use super::page_tree::{Page, PageById};
use super::post::{Post, PostById};
use super::publication::{Publication, PublicationById};
use super::revision::{Revision, RevisionById};
use super::series::{Series, SeriesById};
use super::session::{Session, SessionById};
use super::tag::{Tag, TagById};
use super::trusted_document::{TrustedDocument, TrustedDocumentById};
use super::user::{User, UserById};
use crate::domain::page::MOST_ITEMS;

/// An object with a global id.
#[derive(Clone, Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "The global id: opaque, and the same for as long as the object is."
))]
pub enum Node {
    /// A publication.
    Publication(Publication),
    /// A user.
    User(User),
    /// A post.
    Post(Post),
    /// A page.
    Page(Page),
    /// A tag.
    Tag(Tag),
    /// A category.
    Category(Category),
    /// A series.
    Series(Series),
    /// A media item.
    Media(Media),
    /// A comment.
    Comment(Comment),
    /// A session.
    Session(Session),
    /// An API key.
    ApiKey(ApiKey),
    /// An identity at an outside provider.
    Identity(Identity),
    /// An OAuth client.
    OauthClient(OauthClient),
    /// An invitation.
    Invitation(Invitation),
    /// An event of the audit.
    AuditEvent(AuditEvent),
    /// A revision of a post.
    Revision(Revision),
    /// A job.
    Job(Job),
    /// A trusted document.
    TrustedDocument(TrustedDocument),
}

/// Objects by id, of the query.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this global id, if the viewer may see it.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A global id, as some object's `id` gave it.")] id: ID,
    ) -> Result<Option<Node>> {
        find(RequestContext::of(context)?, &id).await
    }

    /// The objects with these global ids, in their order; none stands for one that the viewer may not see.
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Global ids, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MOST_ITEMS as usize {
            return Err(Fault::BadRequest(format!(
                "`ids` has {} entries; allowed are {MOST_ITEMS}.",
                ids.len()
            )));
        }
        let request = RequestContext::of(context)?;
        try_join_all(ids.iter().map(|id| find(request, id))).await
    }
}

async fn find(request: &RequestContext, id: &ID) -> Result<Option<Node>> {
    let Some((node_type, id)) = decode(id) else {
        return Ok(None);
    };
    let reader = &request.reader;
    Ok(match node_type {
        NodeType::Publication => reader.child(PublicationById, id.into()).await?.map(Node::Publication),
        NodeType::User => reader.child(UserById, id.into()).await?.map(Node::User),
        NodeType::Post => reader.child(PostById, id.into()).await?.map(Node::Post),
        NodeType::Page => reader.child(PageById, id.into()).await?.map(Node::Page),
        NodeType::Tag => reader.child(TagById, id.into()).await?.map(Node::Tag),
        NodeType::Category => reader.child(CategoryById, id.into()).await?.map(Node::Category),
        NodeType::Series => reader.child(SeriesById, id.into()).await?.map(Node::Series),
        NodeType::Media => reader.child(MediaById, id.into()).await?.map(Node::Media),
        NodeType::Comment => reader.child(CommentById, id.into()).await?.map(Node::Comment),
        NodeType::Session => reader.child(SessionById, id.into()).await?.map(Node::Session),
        NodeType::ApiKey => reader.child(ApiKeyById, id.into()).await?.map(Node::ApiKey),
        NodeType::Identity => reader.child(IdentityById, id.into()).await?.map(Node::Identity),
        NodeType::OauthClient => reader.child(OauthClientById, id.into()).await?.map(Node::OauthClient),
        NodeType::Invitation => reader.child(InvitationById, id.into()).await?.map(Node::Invitation),
        NodeType::AuditEvent => reader.child(AuditEventById, id.into()).await?.map(Node::AuditEvent),
        NodeType::Revision => reader.child(RevisionById, id.into()).await?.map(Node::Revision),
        NodeType::Job => reader.child(JobById, id.into()).await?.map(Node::Job),
        NodeType::TrustedDocument => reader
            .child(TrustedDocumentById, id.into())
            .await?
            .map(Node::TrustedDocument),
        // A redirect is met by its path, a preview by its post.
        NodeType::Redirect | NodeType::PreviewToken => None,
    })
}
