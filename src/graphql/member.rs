//! Members of publications.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::membership::Role as Stored;
use entity::{PublicationId, UserId};
use sea_orm::DbErr;
use uuid::Uuid;

use super::context::RequestContext;
use super::error::{Fault, Result};
use super::guarded::guarded_list;
use super::id::{NodeType, given};
use super::loader::{Relation, Source};
use super::page::Listed;
use super::payload::payload;
use super::plan::{Plan, Step};
use super::publication::{Publication, PublicationById};
use super::user::{Byline, User};
use crate::domain::member::{self, MemberRow};
use crate::domain::page::{Position, SortKind};
use crate::domain::policy::{Person, Standing};
use crate::domain::refusal::Refusal;

/// What a member of a publication may do, the mightiest first.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "Stored")]
pub enum Role {
    /// Everything, and giving it away.
    Owner,
    /// Settings and members.
    Admin,
    /// Everybody's posts.
    Editor,
    /// Their own posts, published by themselves.
    Author,
    /// Their own drafts, published by an editor.
    Contributor,
}

/// Somebody's membership of a publication.
#[derive(Clone)]
pub struct Member(pub(super) Arc<MemberRow>);

impl From<MemberRow> for Member {
    fn from(row: MemberRow) -> Self {
        Self(Arc::new(row))
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

impl Plan for Member {
    fn plan(step: &mut Step<'_, Self>) {
        match step.selected().name() {
            "user" => step.follow(Byline, |member| Some(member.0.user_id)),
            "publication" => step.follow(PublicationById, |member| Some(member.0.publication_id)),
            _ => {}
        }
    }
}

/// Somebody's membership of a publication.
#[Object]
impl Member {
    /// Who it is.
    async fn user(&self, context: &Context<'_>) -> Result<User> {
        let user = RequestContext::of(context)?
            .reader
            .child(Byline, self.0.user_id)
            .await?;
        user.ok_or(Fault::Unavailable)
    }

    /// The publication.
    async fn publication(&self, context: &Context<'_>) -> Result<Publication> {
        let publication = RequestContext::of(context)?
            .reader
            .child(PublicationById, self.0.publication_id)
            .await?;
        publication.ok_or(Fault::Unavailable)
    }

    /// What they may do.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// When they joined.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

guarded_list! {
    /// The members of publications.
    MemberList, MemberCount, plan_members: Member, member::members_of, member::member_counts
}

/// What the viewer is to publications.
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

/// The role of the viewer in a publication, if they are a member and may see so.
pub async fn viewer_role(request: &RequestContext, publication: Uuid) -> Result<Option<Role>> {
    let standing = request.reader.child(StandingTo, publication).await?;
    Ok(standing
        .filter(|who| member::policy::may_see(*who).is_ok())
        .and_then(|who| match who.person {
            Person::Member(role) => Some(role.into()),
            _ => None,
        }))
}

/// The new role of a member.
#[derive(InputObject)]
pub struct MemberChangeRoleInput {
    /// The global id of the publication.
    publication_id: ID,
    /// The global id of the member's user.
    user_id: ID,
    /// What they may do from now on.
    role: Role,
}

/// Which member to remove.
#[derive(InputObject)]
pub struct MemberRemoveInput {
    /// The global id of the publication.
    publication_id: ID,
    /// The global id of the member's user.
    user_id: ID,
}

/// Which publication to leave.
#[derive(InputObject)]
pub struct PublicationLeaveInput {
    /// The global id of the publication.
    publication_id: ID,
}

payload! {
    /// What `memberChangeRole` did.
    MemberChangeRolePayload {
        /// The member, as they are now.
        member: Option<Member>,
    }
}

payload! {
    /// What `memberRemove` did.
    MemberRemovePayload {
        /// The publication, without the member.
        publication: Option<Publication>,
    }
}

payload! {
    /// What `publicationLeave` did.
    PublicationLeavePayload {
        /// The publication, without the viewer.
        publication: Option<Publication>,
    }
}

/// What a mutation of a publication's members answers: the publication.
pub async fn of_publication(
    request: &RequestContext,
    outcome: std::result::Result<PublicationId, Refusal>,
) -> Result<std::result::Result<(Option<Publication>,), Refusal>> {
    match outcome {
        Ok(id) => Ok(Ok((request.reader.child(PublicationById, id).await?,))),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Members, of the mutation.
#[derive(Default)]
pub struct MemberMutation;

#[Object]
impl MemberMutation {
    /// Gives a member another role. For ADMINs and OWNERs, as far as the roles are below ADMIN, else for OWNERs; with the
    /// scope `publication`. The last owner stays one.
    async fn member_change_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose, and which.")] input: MemberChangeRoleInput,
    ) -> Result<Option<MemberChangeRolePayload>> {
        let request = RequestContext::of(context)?;
        let publication: PublicationId = given(NodeType::Publication, &input.publication_id);
        let user: UserId = given(NodeType::User, &input.user_id);
        let (viewer, role) = (request.viewer(), input.role.into());
        let outcome = member::change_role(&request.accounts, viewer, publication, user, role).await;
        let outcome = match outcome {
            Ok(()) => Ok((member::member(request.database(), publication, user)
                .await?
                .map(Member::from),)),
            Err(refusal) => Err(refusal),
        };
        MemberChangeRolePayload::told(request, outcome).map(Some)
    }

    /// Removes a member: for whoever may give their role. The last owner stays.
    async fn member_remove(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom.")] input: MemberRemoveInput,
    ) -> Result<Option<MemberRemovePayload>> {
        let request = RequestContext::of(context)?;
        let publication: PublicationId = given(NodeType::Publication, &input.publication_id);
        let user: UserId = given(NodeType::User, &input.user_id);
        let outcome = member::remove(&request.accounts, request.viewer(), publication, user).await;
        let outcome = of_publication(request, outcome.map(|()| publication)).await?;
        MemberRemovePayload::told(request, outcome).map(Some)
    }

    /// Ends the viewer's own membership. The last owner cannot leave. Takes the scope `publication`.
    async fn publication_leave(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which publication.")] input: PublicationLeaveInput,
    ) -> Result<Option<PublicationLeavePayload>> {
        let request = RequestContext::of(context)?;
        let publication: PublicationId = given(NodeType::Publication, &input.publication_id);
        let outcome = member::leave(&request.accounts, request.viewer(), publication).await;
        let outcome = of_publication(request, outcome.map(|()| publication)).await?;
        PublicationLeavePayload::told(request, outcome).map(Some)
    }
}
