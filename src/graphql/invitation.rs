//! Invitations to become a member of a publication.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::{InvitationId, PublicationId, UserId};

use super::context::RequestContext;
use super::error::{Fault, Result};
use super::guarded::guarded_list;
use super::id::{NodeType, encode, given};
use super::loader::by_id;
use super::member::{Role, of_publication};
use super::page::Listed;
use super::payload::payload;
use super::plan::{Plan, Step};
use super::publication::{Publication, PublicationById};
use super::user::{Byline, User};
use crate::domain::account;
use crate::domain::member::{self, InvitationRow, InviteInput};
use crate::domain::page::{Position, SortKind};
use crate::token::Secret;

/// An invitation that nobody has accepted yet.
#[derive(Clone)]
pub struct Invitation(pub(super) Arc<InvitationRow>);

impl From<InvitationRow> for Invitation {
    fn from(row: InvitationRow) -> Self {
        Self(Arc::new(row))
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

impl Plan for Invitation {
    fn plan(step: &mut Step<'_, Self>) {
        match step.selected().name() {
            "invitedBy" => step.follow(Byline, |invitation| invitation.0.invited_by_id),
            "publication" => step.follow(PublicationById, |invitation| Some(invitation.0.publication_id)),
            _ => {}
        }
    }
}

/// An invitation that nobody has accepted yet.
#[Object]
impl Invitation {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::Invitation, self.0.id)
    }

    /// Whom it was sent to.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// What they are to be.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// Who invited; none when the account is gone, or it was done on the machine.
    async fn invited_by(&self, context: &Context<'_>) -> Result<Option<User>> {
        match self.0.invited_by_id {
            Some(id) => RequestContext::of(context)?.reader.child(Byline, id).await,
            None => Ok(None),
        }
    }

    /// The publication.
    async fn publication(&self, context: &Context<'_>) -> Result<Publication> {
        let publication = RequestContext::of(context)?
            .reader
            .child(PublicationById, self.0.publication_id)
            .await?;
        publication.ok_or(Fault::Unavailable)
    }

    /// When it was sent.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Until when it can be accepted.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }
}

guarded_list! {
    /// The open invitations of publications.
    InvitationList, InvitationCount, plan_invitations: Invitation, member::invitations_of, member::invitation_counts
}

by_id! {
    /// Invitations by id, of those that the viewer may see.
    InvitationById: InvitationId => Invitation, |source, ids| {
        member::invitations_by_ids(&source.database, source.viewer, ids)
    }
}

/// Whom to invite.
#[derive(InputObject)]
pub struct MemberInviteInput {
    /// The global id of the publication.
    publication_id: ID,
    /// Their address, to which a link is sent.
    email: String,
    /// What they are to be.
    role: Role,
}

/// The invitation to accept.
#[derive(InputObject)]
pub struct InvitationAcceptInput {
    /// The token of the link in the letter.
    token: String,
}

/// Which invitation to take back.
#[derive(InputObject)]
pub struct InvitationRevokeInput {
    /// The invitation's global id.
    id: ID,
}

/// Whom to send a claim.
#[derive(InputObject)]
pub struct AuthorSendClaimInput {
    /// The global id of the publication.
    publication_id: ID,
    /// The global id of the author's user.
    author_id: ID,
    /// The address to send it to, which becomes the author's; the one that the import brought along when left out.
    email: Option<String>,
}

payload! {
    /// What `memberInvite` did.
    MemberInvitePayload {
        /// The invitation.
        invitation: Option<Invitation>,
    }
}

payload! {
    /// What `invitationAccept` did.
    InvitationAcceptPayload {
        /// The publication, which the viewer is a member of.
        publication: Option<Publication>,
    }
}

payload! {
    /// What `invitationRevoke` did.
    InvitationRevokePayload {
        /// The invitation, as it was.
        invitation: Option<Invitation>,
    }
}

payload! {
    /// What `authorSendClaim` did.
    AuthorSendClaimPayload {
        /// The author, whose account waits to be claimed.
        author: Option<User>,
    }
}

/// Invitations, of the mutation.
#[derive(Default)]
pub struct InvitationMutation;

#[Object]
impl InvitationMutation {
    /// Invites somebody by mail; inviting an address again sends a new link, and the old one works no longer. For ADMINs
    /// and OWNERs, as far as the role is below ADMIN, else for OWNERs; with the scope `publication`.
    async fn member_invite(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom, and as what.")] input: MemberInviteInput,
    ) -> Result<Option<MemberInvitePayload>> {
        let request = RequestContext::of(context)?;
        let publication: PublicationId = given(NodeType::Publication, &input.publication_id);
        let invite = InviteInput {
            email: input.email,
            role: input.role.into(),
        };
        let outcome = member::invite(&request.accounts, request.viewer(), publication, invite).await;
        MemberInvitePayload::told(request, outcome.map(|row| (Some(row.into()),))).map(Some)
    }

    /// Makes the viewer a member by the link that was sent. Takes the scope `account` and a sign-in.
    async fn invitation_accept(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: InvitationAcceptInput,
    ) -> Result<Option<InvitationAcceptPayload>> {
        let request = RequestContext::of(context)?;
        let token = Secret::given(input.token);
        let outcome = member::accept(&request.accounts, request.viewer(), &token).await;
        InvitationAcceptPayload::told(request, of_publication(request, outcome).await?).map(Some)
    }

    /// Takes an invitation back: for whoever may give its role.
    async fn invitation_revoke(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: InvitationRevokeInput,
    ) -> Result<Option<InvitationRevokePayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::Invitation, &input.id);
        let outcome = member::revoke_invitation(&request.accounts, request.viewer(), id).await;
        InvitationRevokePayload::told(request, outcome.map(|row| (Some(row.into()),))).map(Some)
    }

    /// Sends an imported author a link to claim the account. For ADMINs and OWNERs, with the scope `publication`.
    async fn author_send_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom, and where to.")] input: AuthorSendClaimInput,
    ) -> Result<Option<AuthorSendClaimPayload>> {
        let request = RequestContext::of(context)?;
        let publication: PublicationId = given(NodeType::Publication, &input.publication_id);
        let author: UserId = given(NodeType::User, &input.author_id);
        let (viewer, email) = (request.viewer(), input.email.as_deref());
        let outcome = match account::send_claim(&request.accounts, viewer, publication, author, email).await {
            Ok(()) => Ok((request.reader.child(Byline, author).await?,)),
            Err(refusal) => Err(refusal),
        };
        AuthorSendClaimPayload::told(request, outcome).map(Some)
    }
}
