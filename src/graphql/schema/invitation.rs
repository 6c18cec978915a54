//! Invitations to become a member of a publication.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{ID, InputObject};
use entity::{InvitationId, PublicationId, UserId};

use super::guarded::guarded_list;
use super::member::Role;
use super::publication::{Publication, PublicationById};
use super::user::{Byline, User};
use super::{Mutation, node};
use crate::domain::account;
use crate::domain::member::{self, InvitationRow, InviteInput};
use crate::domain::page::{Position, SortKind};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::loader::by_id;
use crate::graphql::engine::{Fields, Listed, LookAhead, Object, PageArguments, Payload, returns};
use crate::token::Secret;

/// An invitation that has not been accepted yet.
#[derive(Clone)]
pub struct Invitation(pub Arc<InvitationRow>);

impl From<InvitationRow> for Invitation {
    fn from(row: InvitationRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Object for Invitation {
    const DESCRIPTION: &'static str = "A pending invitation to become a member of a publication.";

    fn type_name() -> Cow<'static, str> {
        "Invitation".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Invitation, |invitation| invitation.0.id);
        fields.text(
            "email",
            "Email address that the invitation was sent to.",
            |invitation| &invitation.0.email,
        );
        fields.value("role", "Role that accepting the invitation gives.", |invitation| {
            Role::from(invitation.0.role)
        });
        fields.related(
            "invitedBy",
            "User who sent the invitation; null if the account was deleted or the invitation was sent from the command \
             line.",
            Byline,
            |invitation| invitation.0.invited_by_id,
        );
        fields.required(
            "publication",
            "Publication that the invitation is for.",
            PublicationById,
            |invitation| invitation.0.publication_id,
        );
        fields.value("createdAt", "Time when the invitation was sent.", |invitation| {
            invitation.0.created_at
        });
        fields.value("expiresAt", "Time when the invitation expires.", |invitation| {
            invitation.0.expires_at
        });
    }
}

impl Listed for Invitation {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("e", SortKind::Text)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

guarded_list! {
    /// Pending invitations of publications.
    InvitationList, InvitationCount: Invitation, member::invitations_of, member::invitation_counts
}

by_id! {
    /// Pending invitations by id, those of them that the viewer may see.
    InvitationById: InvitationId => Invitation, |source, ids| {
        member::invitations_by_ids(&source.database, source.viewer, ids)
    }
}

/// The list of invitations that the arguments ask for.
pub(super) fn list(page: &PageArguments, look_ahead: &LookAhead) -> Result<InvitationList> {
    page.request::<Invitation>((), look_ahead).map(InvitationList)
}

/// The mutations of invitations.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "memberInvite",
        "Invites a person by email. Inviting an email address again sends a new link, and the old one stops working. \
         Requires the ADMIN role if the role of the invitation is below ADMIN, otherwise the OWNER role, and the \
         `publication` scope.",
        returns("invitation", "The invitation."),
        |request, input| Box::pin(invite(request, input)),
    );
    fields.mutation(
        "invitationAccept",
        "Accepts an invitation with the token of its link, which makes the viewer a member. Requires the `account` \
         scope and a session.",
        returns("publication", "The publication, with the viewer as a member."),
        |request, input| Box::pin(accept(request, input)),
    );
    fields.mutation(
        "invitationRevoke",
        "Revokes an invitation. Requires the ADMIN role if the role of the invitation is below ADMIN, otherwise the \
         OWNER role, and the `publication` scope.",
        returns("invitation", "The revoked invitation."),
        |request, input| Box::pin(revoke(request, input)),
    );
    fields.mutation(
        "authorSendClaim",
        "Sends an imported author a link to claim the account. Requires the ADMIN role and the `publication` scope.",
        returns("author", "The author, whose account can now be claimed."),
        |request, input| Box::pin(send_claim(request, input)),
    );
}

#[derive(InputObject)]
struct MemberInviteInput {
    /// Global id of the publication.
    publication_id: ID,
    /// Email address to which the link is sent.
    email: String,
    /// Role that accepting the invitation gives.
    role: Role,
}

async fn invite(request: &RequestContext, input: MemberInviteInput) -> Result<Payload<Invitation>> {
    let publication = given(NodeType::Publication, &input.publication_id);
    let invite = InviteInput {
        email: input.email,
        role: input.role.into(),
    };
    let invited = member::invite(&request.accounts, request.viewer(), publication, invite).await;
    Payload::of(request, invited.map(Invitation::from))
}

#[derive(InputObject)]
struct InvitationAcceptInput {
    /// Token of the link in the email.
    token: String,
}

async fn accept(request: &RequestContext, input: InvitationAcceptInput) -> Result<Payload<Publication>> {
    let token = Secret::given(input.token);
    let accepted = member::accept(&request.accounts, request.viewer(), &token).await;
    Payload::reload(request, PublicationById, accepted).await
}

#[derive(InputObject)]
struct InvitationRevokeInput {
    /// Global id of the invitation.
    id: ID,
}

async fn revoke(request: &RequestContext, input: InvitationRevokeInput) -> Result<Payload<Invitation>> {
    let id = given(NodeType::Invitation, &input.id);
    let revoked = member::revoke_invitation(&request.accounts, request.viewer(), id).await;
    Payload::of(request, revoked.map(Invitation::from))
}

#[derive(InputObject)]
struct AuthorSendClaimInput {
    /// Global id of the publication.
    publication_id: ID,
    /// Global id of the author's user.
    author_id: ID,
    /// Email address to which the link is sent, and which becomes the author's; default: the imported email address.
    email: Option<String>,
}

async fn send_claim(request: &RequestContext, input: AuthorSendClaimInput) -> Result<Payload<User>> {
    let publication: PublicationId = given(NodeType::Publication, &input.publication_id);
    let author: UserId = given(NodeType::User, &input.author_id);
    let (viewer, email) = (request.viewer(), input.email.as_deref());
    let sent = account::send_claim(&request.accounts, viewer, publication, author, email).await;
    Payload::reload(request, Byline, sent.map(|()| author)).await
}
