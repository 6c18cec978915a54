//! Invitations to become a member of a publication.

use std::borrow::Cow;

use super::guarded::GuardedList;
use super::node;
use crate::domain::page::{Position, SortKind};
use crate::graphql::engine::{Fields, Listed, LookAhead, Object, PageArguments};
use crate::graphql::error::Result;
use crate::graphql::id::NodeType;
use crate::graphql::invitation::{Invitation, InvitationCount, InvitationList};
use crate::graphql::member::Role;
use crate::graphql::publication::PublicationById;
use crate::graphql::user::Byline;

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
            "User who sent the invitation; null if the account was deleted or the invitation was sent from the command line.",
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

impl GuardedList for InvitationList {
    type Node = Invitation;
    type Count = InvitationCount;

    fn order(&self) {}

    fn count(&self) -> InvitationCount {
        InvitationCount
    }
}

/// The list of invitations that the arguments ask for.
pub(super) fn list(page: &PageArguments, look_ahead: &LookAhead) -> Result<InvitationList> {
    page.request::<Invitation>((), look_ahead).map(InvitationList)
}
