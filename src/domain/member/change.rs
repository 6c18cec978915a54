use entity::membership::{Column, Entity, Role};
use entity::{PublicationId, UserId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::{list, memberships, policy, put, role_of, standing};
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::refusal::{Denied, Problem, ProblemCode, Refusal};
use crate::store::Transaction;
use crate::store::dialect::take_turns;

/// Gives a member another role.
///
/// # Errors
/// Not found when they are no member, or the viewer is none; a problem for the last owner; a viewer who may not.
pub async fn change_role(
    accounts: &Accounts,
    viewer: Viewer,
    publication: PublicationId,
    user: UserId,
    role: Role,
) -> Result<(), Refusal> {
    let (transaction, had) = begin(accounts, viewer, publication, user).await?;
    let who = standing(&transaction, viewer, publication).await?;
    policy::may_take(who, had)?;
    policy::may_give(who, role)?;
    if had == role {
        return Ok(());
    }
    if had == Role::Owner {
        check_not_last(&transaction, user, publication).await?;
    }
    put(&transaction, publication, user, role).await?;
    let event = Event::new(EventKind::RoleChanged)
        .user(user)
        .publication(publication)
        .detail("from", name(had))
        .detail("to", name(role));
    audit::record(&transaction, viewer, event).await?;
    Ok(transaction.commit().await?)
}

/// Removes a member.
///
/// # Errors
/// As [`change_role`].
pub async fn remove(
    accounts: &Accounts,
    viewer: Viewer,
    publication: PublicationId,
    user: UserId,
) -> Result<(), Refusal> {
    let (transaction, had) = begin(accounts, viewer, publication, user).await?;
    policy::may_take(standing(&transaction, viewer, publication).await?, had)?;
    go(transaction, viewer, publication, user, had, EventKind::MemberRemoved).await
}

/// Ends the viewer's own membership.
///
/// # Errors
/// As [`change_role`].
pub async fn leave(accounts: &Accounts, viewer: Viewer, publication: PublicationId) -> Result<(), Refusal> {
    let actor = viewer.actor().ok_or(Denied::Unauthenticated)?;
    let (transaction, had) = begin(accounts, viewer, publication, actor.user).await?;
    policy::may_leave(standing(&transaction, viewer, publication).await?)?;
    go(transaction, viewer, publication, actor.user, had, EventKind::MemberLeft).await
}

/// A transaction in which nobody else changes members, and the role that the user has.
async fn begin(
    accounts: &Accounts,
    viewer: Viewer,
    publication: PublicationId,
    user: UserId,
) -> Result<(Transaction, Role), Refusal> {
    let transaction = accounts.store.write().await?;
    take_turns(&transaction).await?;
    policy::may_see(standing(&transaction, viewer, publication).await?).map_err(unseen)?;
    match role_of(&transaction, publication, user).await? {
        Some(role) => Ok((transaction, role)),
        None => Err(Refusal::NotFound("member")),
    }
}

/// Who may not see the members does not learn whether there are any.
pub(in crate::domain) fn unseen(denied: Denied) -> Refusal {
    match denied {
        Denied::Role(_) => Refusal::NotFound("publication"),
        other => other.into(),
    }
}

async fn go(
    transaction: Transaction,
    viewer: Viewer,
    publication: PublicationId,
    user: UserId,
    had: Role,
    kind: EventKind,
) -> Result<(), Refusal> {
    if had == Role::Owner {
        check_not_last(&transaction, user, publication).await?;
    }
    let delete = Entity::delete_many()
        .filter(Column::PublicationId.eq(publication))
        .filter(Column::UserId.eq(user));
    delete.exec(&transaction).await?;
    transaction.changed([memberships(user)]);
    let event = Event::new(kind)
        .user(user)
        .publication(publication)
        .detail("role", name(had));
    audit::record(&transaction, viewer, event).await?;
    Ok(transaction.commit().await?)
}

async fn check_not_last(
    transaction: &impl ConnectionTrait,
    user: UserId,
    publication: PublicationId,
) -> Result<(), Refusal> {
    if list::owns_alone(transaction, user, publication).await? {
        let message = "This is the last owner of the publication: make somebody else an owner first.";
        return Err(Problem::whole(ProblemCode::NotAllowed, message).into());
    }
    Ok(())
}

/// A role as the audit names it.
pub(super) fn name(role: Role) -> &'static str {
    match role {
        Role::Owner => "OWNER",
        Role::Admin => "ADMIN",
        Role::Editor => "EDITOR",
        Role::Author => "AUTHOR",
        Role::Contributor => "CONTRIBUTOR",
    }
}
