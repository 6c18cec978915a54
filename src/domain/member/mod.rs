//! Members of a publication: who they are, how they come and go.

mod change;
mod invite;
mod list;
pub mod policy;
mod seen;

pub(in crate::domain) use change::unseen;
pub use change::{change_role, leave, remove};
pub use invite::{
    InvitationRow, InviteInput, accept, accept_as_new, by_invitation_secret, invitations, invite, revoke_invitation,
};
pub use list::{MemberRow, count, list, of_user, owned_alone, role_of};
pub(in crate::domain) use seen::seen_pages;
pub use seen::{
    SeenPages, invitation_counts, invitations_by_ids, invitations_of, member, member_counts, members_of, standings,
};

use entity::membership::{ActiveModel, Column, Entity, Role};
use entity::{PublicationId, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue, DbErr, EntityTrait};

use crate::domain::policy::{Person, Standing};
use crate::domain::viewer::Viewer;
use crate::store::Transaction;
use crate::store::changes::Topic;
use crate::store::read::Reads;

/// What a viewer is to a publication.
///
/// # Errors
/// When the database fails.
pub async fn standing(database: &impl Reads, viewer: Viewer, publication: PublicationId) -> Result<Standing, DbErr> {
    let standing = super::account::standing(database, viewer).await?;
    let Some(actor) = viewer.actor().filter(|_| standing.person != Person::Stranger) else {
        return Ok(standing);
    };
    let role = role_of(database, publication, actor.user).await?;
    Ok(match role {
        Some(role) => Standing {
            person: Person::Member(role),
            ..standing
        },
        None => standing,
    })
}

/// What a viewer's memberships are to answers: whatever they see rests on them.
pub fn seen_by(viewer: Viewer) -> Option<Topic> {
    viewer.reader().map(memberships)
}

fn memberships(user: UserId) -> Topic {
    Topic::below(Entity, user)
}

/// Makes a user a member with this role, whatever they were before.
///
/// # Errors
/// When the database fails.
pub async fn put(transaction: &Transaction, publication: PublicationId, user: UserId, role: Role) -> Result<(), DbErr> {
    let row = ActiveModel {
        publication_id: ActiveValue::Set(publication),
        user_id: ActiveValue::Set(user),
        role: ActiveValue::Set(role),
        created_at: ActiveValue::Set(entity::now()),
    };
    transaction.changed([memberships(user)]);
    let replace = OnConflict::columns([Column::PublicationId, Column::UserId])
        .update_column(Column::Role)
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(transaction)
        .await
        .map(drop)
}
