//! Members of publications, and the roles of viewers.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Enum, ID, InputObject};
use entity::membership::Role as Stored;
use entity::{PublicationId, UserId};
use sea_orm::DbErr;
use uuid::Uuid;

use super::Mutation;
use super::guarded::guarded_list;
use super::publication::{Publication, PublicationById};
use super::user::Byline;
use crate::domain::member::{self, MemberRow, policy};
use crate::domain::page::{Position, SortKind};
use crate::domain::policy::{Person, Standing};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::loader::{Relation, Source};
use crate::graphql::engine::{Fields, Listed, LookAhead, Object, PageArguments, Payload, returns};

/// Role of a member of a publication.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "Stored")]
pub enum Role {
    /// Everything, including handing the publication over.
    Owner,
    /// Settings and members.
    Admin,
    /// Posts of all authors.
    Editor,
    /// Own posts, which the author publishes.
    Author,
    /// Own drafts, which an editor publishes.
    Contributor,
}

/// A membership.
#[derive(Clone)]
pub struct Member(pub Arc<MemberRow>);

impl From<MemberRow> for Member {
    fn from(row: MemberRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Object for Member {
    const DESCRIPTION: &'static str = "Membership of a user in a publication.";

    fn type_name() -> Cow<'static, str> {
        "Member".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.required("user", "User who is the member.", Byline, |member| member.0.user_id);
        fields.required(
            "publication",
            "Publication of the membership.",
            PublicationById,
            |member| member.0.publication_id,
        );
        fields.value("role", "Role in the publication.", |member| Role::from(member.0.role));
        fields.value("createdAt", "Time when the user joined.", |member| member.0.created_at);
    }
}

impl Listed for Member {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("c", SortKind::Time)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

guarded_list! {
    /// Members of publications.
    MemberList, MemberCount: Member, member::members_of, member::member_counts
}

/// The list of members that the arguments ask for.
pub(super) fn list(page: &PageArguments, look_ahead: &LookAhead) -> Result<MemberList> {
    page.request::<Member>((), look_ahead).map(MemberList)
}

/// Standing of the viewer in publications.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StandingTo;

impl Relation for StandingTo {
    type Parent = Uuid;
    type Child = Option<Standing>;

    async fn load(
        &self,
        source: &Source,
        parents: &[Uuid],
    ) -> std::result::Result<HashMap<Uuid, Option<Standing>>, DbErr> {
        let standings = member::standings(&source.database, source.viewer, parents).await?;
        Ok(standings.into_iter().map(|(id, who)| (id, Some(who))).collect())
    }
}

/// Role of the viewer with this standing, if they may see it.
pub(super) fn role_of(who: Standing) -> Option<Role> {
    match who.person {
        Person::Member(role) if policy::may_see(who).is_ok() => Some(role.into()),
        _ => None,
    }
}

/// The mutations of members.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "memberChangeRole",
        "Changes the role of a member. The last owner cannot change theirs. Requires the ADMIN role if the old and the \
         new role are below ADMIN, otherwise the OWNER role, and the `publication` scope.",
        returns("member", "The member after the change."),
        |request, input| Box::pin(change_role(request, input)),
    );
    fields.mutation(
        "memberRemove",
        "Removes a member. The last owner cannot be removed. Requires the ADMIN role if the role of the member is \
         below ADMIN, otherwise the OWNER role, and the `publication` scope.",
        returns("publication", "The publication, without the member."),
        |request, input| Box::pin(remove(request, input)),
    );
    fields.mutation(
        "publicationLeave",
        "Ends the viewer's own membership. The last owner cannot leave. Requires the `publication` scope.",
        returns("publication", "The publication, without the viewer."),
        |request, input| Box::pin(leave(request, input)),
    );
}

#[derive(InputObject)]
struct MemberChangeRoleInput {
    /// Global id of the publication.
    publication_id: ID,
    /// Global id of the member's user.
    user_id: ID,
    /// New role.
    role: Role,
}

async fn change_role(request: &RequestContext, input: MemberChangeRoleInput) -> Result<Payload<Option<Member>>> {
    let publication: PublicationId = given(NodeType::Publication, &input.publication_id);
    let user: UserId = given(NodeType::User, &input.user_id);
    let (viewer, role) = (request.viewer(), input.role.into());
    let changed = member::change_role(&request.accounts, viewer, publication, user, role).await;
    let payload = Payload::of(request, changed)?;
    let member = match payload.done() {
        Some(()) => member::member(request.database(), publication, user).await?,
        None => None,
    };
    Ok(payload.map(|()| member.map(Member::from)))
}

#[derive(InputObject)]
struct MemberRemoveInput {
    /// Global id of the publication.
    publication_id: ID,
    /// Global id of the member's user.
    user_id: ID,
}

async fn remove(request: &RequestContext, input: MemberRemoveInput) -> Result<Payload<Publication>> {
    let publication: PublicationId = given(NodeType::Publication, &input.publication_id);
    let user: UserId = given(NodeType::User, &input.user_id);
    let removed = member::remove(&request.accounts, request.viewer(), publication, user).await;
    Payload::reload(request, PublicationById, removed.map(|()| publication)).await
}

#[derive(InputObject)]
struct PublicationLeaveInput {
    /// Global id of the publication.
    publication_id: ID,
}

async fn leave(request: &RequestContext, input: PublicationLeaveInput) -> Result<Payload<Publication>> {
    let publication: PublicationId = given(NodeType::Publication, &input.publication_id);
    let left = member::leave(&request.accounts, request.viewer(), publication).await;
    Payload::reload(request, PublicationById, left.map(|()| publication)).await
}
