use chrono::TimeDelta;
use entity::invitation::{ActiveModel, Column, Entity};
use entity::membership::Role;
use entity::{InvitationId, PublicationId, Timestamp, UserId, publication};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::change::{name, unseen};
use super::{policy, put, role_of, standing};
use crate::domain::account::{self, NewAccount, NewPassword};
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::page::{Page, PageRequest, Position, SortValue};
use crate::domain::policy::{Person, rank};
use crate::domain::refusal::{Denied, Problem, ProblemCode, Refusal};
use crate::domain::session::{self, Device, Grant, Tokens};
use crate::domain::text::{Email, line};
use crate::domain::{Actor, Viewer};
use crate::store::Transaction;
use crate::store::dialect::take_turns;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_cell, fetch_one, row};
use crate::token::Secret;

/// How long an invitation can be accepted.
const LASTS: TimeDelta = TimeDelta::days(14);

row! {
    /// An invitation that nobody has accepted yet.
    pub struct InvitationRow of invitation {
        /// The id.
        pub id: InvitationId = Id,
        /// The publication.
        pub publication_id: PublicationId = PublicationId,
        /// Whom it was sent to.
        pub email: String = Email,
        /// What they are to be.
        pub role: Role = Role,
        /// Who invited.
        pub invited_by_id: Option<UserId> = InvitedById,
        /// When it was sent.
        pub created_at: Timestamp = CreatedAt,
        /// Until when it can be accepted.
        pub expires_at: Timestamp = ExpiresAt,
    }
}

impl InvitationRow {
    /// Its place in the list, which is ordered by address.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Text(self.email.clone()),
            id: self.id.0,
        }
    }
}

/// Whom to invite.
#[derive(Clone, Debug)]
pub struct InviteInput {
    /// Their address.
    pub email: String,
    /// What they are to be.
    pub role: Role,
}

pub(super) fn open() -> SelectStatement {
    let mut statement = Query::select();
    InvitationRow::select(&mut statement);
    statement.from(Entity).and_where(Column::ExpiresAt.gt(entity::now()));
    statement
}

/// A page of a publication's open invitations, by address.
pub async fn invitations(
    database: &impl Reads,
    publication: PublicationId,
    request: &PageRequest,
) -> Result<Page<InvitationRow>, DbErr> {
    let mut statement = open();
    statement.and_where(Column::PublicationId.eq(publication));
    request.apply(
        &mut statement,
        &Column::Email.into_expr(),
        &Column::Id.into_expr(),
        false,
    );
    Ok(Page::new(fetch(database, &statement).await?, request))
}

/// The invitation that a link belongs to, with the publication's title.
pub async fn by_invitation_secret(
    database: &impl Reads,
    secret: &Secret,
) -> Result<Option<(InvitationRow, String)>, DbErr> {
    let statement = open().and_where(Column::Digest.eq(secret.digest())).take();
    let Some(invitation) = fetch_one::<InvitationRow>(database, &statement).await? else {
        return Ok(None);
    };
    Ok(title(database, invitation.publication_id)
        .await?
        .map(|title| (invitation, title)))
}

async fn title(database: &impl Reads, publication: PublicationId) -> Result<Option<String>, DbErr> {
    let statement = Query::select()
        .column(publication::Column::Title)
        .from(publication::Entity)
        .and_where(publication::Column::Id.eq(publication))
        .take();
    fetch_cell(database, &statement).await
}

/// Invites somebody by mail. Inviting the same address again sends a new link, and the old one works no longer.
///
/// # Errors
/// Not found when the viewer is no member; a problem with the address, or when it belongs to a member; a viewer who may
/// not.
pub async fn invite(
    accounts: &Accounts,
    viewer: Viewer,
    publication: PublicationId,
    input: InviteInput,
) -> Result<InvitationRow, Refusal> {
    let transaction = accounts.store.write().await?;
    take_turns(&transaction).await?;
    let who = standing(&transaction, viewer, publication).await?;
    policy::may_see(who).map_err(unseen)?;
    policy::may_give(who, input.role)?;
    let email = Email::parse(&input.email)?;
    accounts.may_write_to(&email).await?;
    let Some(title) = title(&transaction, publication).await? else {
        return Err(Refusal::NotFound("publication"));
    };
    if let Some(known) = account::by_email(&transaction, &email).await?
        && known.claimed_at.is_some()
        && role_of(&transaction, publication, known.id).await?.is_some()
    {
        return Err(Problem::new(ProblemCode::Taken, "email", "This is the address of a member.").into());
    }
    let old = Entity::delete_many()
        .filter(Column::PublicationId.eq(publication))
        .filter(Column::Email.eq(email.as_str()));
    old.exec(&transaction).await?;
    let (secret, now) = (Secret::new(), entity::now());
    let row = ActiveModel {
        id: ActiveValue::Set(InvitationId::new()),
        publication_id: ActiveValue::Set(publication),
        email: ActiveValue::Set(email.to_string()),
        role: ActiveValue::Set(input.role),
        digest: ActiveValue::Set(secret.digest()),
        invited_by_id: ActiveValue::Set(viewer.actor().map(|actor| actor.user)),
        created_at: ActiveValue::Set(now),
        expires_at: ActiveValue::Set(now + LASTS),
    };
    row.insert(&transaction).await?;
    let event = Event::new(EventKind::MemberInvited)
        .publication(publication)
        .detail("email", email.as_str())
        .detail("role", name(input.role));
    audit::record(&transaction, viewer, event).await?;
    let statement = open().and_where(Column::Digest.eq(secret.digest())).take();
    let invitation = fetch_one(&transaction, &statement).await?;
    let link = accounts.address(&format!("/auth/invitation?token={}", secret.expose()));
    let text =
        format!("You are invited to \"{title}\". To accept, open\n\n{link}\n\nThe link works once, for 14 days.\n");
    let subject = format!("An invitation to {title}");
    account::send_letter(accounts, &transaction, email.as_str().into(), &subject, &text).await?;
    accounts.commit(transaction).await?;
    invitation.ok_or(Refusal::NotFound("invitation"))
}

/// Takes an invitation back.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn revoke_invitation(
    accounts: &Accounts,
    viewer: Viewer,
    id: InvitationId,
) -> Result<InvitationRow, Refusal> {
    let transaction = accounts.store.write().await?;
    if account::standing(&transaction, viewer).await?.person == Person::Stranger {
        return Err(Denied::Unauthenticated.into());
    }
    let statement = open().and_where(Column::Id.eq(id)).take();
    let found: Option<InvitationRow> = fetch_one(&transaction, &statement).await?;
    let Some(invitation) = found else {
        return Err(Refusal::NotFound("invitation"));
    };
    let who = standing(&transaction, viewer, invitation.publication_id).await?;
    policy::may_see(who).map_err(|denied| match unseen(denied) {
        Refusal::NotFound(_) => Refusal::NotFound("invitation"),
        other => other,
    })?;
    policy::may_take(who, invitation.role)?;
    Entity::delete_by_id(id).exec(&transaction).await?;
    let event = Event::new(EventKind::InvitationRevoked)
        .publication(invitation.publication_id)
        .detail("email", invitation.email.clone());
    audit::record(&transaction, viewer, event).await?;
    transaction.commit().await?;
    Ok(invitation)
}

/// Makes the viewer a member by the link that they were sent. Only the account with the invited email address may accept:
/// a link that was forwarded or leaked opens nothing. A viewer with a higher role keeps it.
///
/// # Errors
/// A problem with the link, or an account with another email address; a viewer who is not signed in.
pub async fn accept(accounts: &Accounts, viewer: Viewer, secret: &Secret) -> Result<PublicationId, Refusal> {
    let actor = viewer.actor().ok_or(Denied::Unauthenticated)?;
    account::policy::may_change(account::standing(accounts.store.read(), viewer).await?.own(true))?;
    let transaction = accounts.store.write().await?;
    take_turns(&transaction).await?;
    let invitation = take(&transaction, secret).await?;
    let account = account::by_id(&transaction, actor.user).await?;
    if account.and_then(|account| account.email).as_ref() != Some(&invitation.email) {
        let message = "This invitation was sent to another email address. Sign in with the account of that address, or \
                       ask for an invitation to yours.";
        return Err(Problem::new(ProblemCode::NotAllowed, "token", message).into());
    }
    join(&transaction, viewer, actor.user, &invitation).await?;
    transaction.commit().await?;
    Ok(invitation.publication_id)
}

/// Makes an account of whoever was invited, and a member of them: that they have the link proves their address.
///
/// # Errors
/// Problems with the link or the input; also when the address has an account, which must sign in to accept.
pub async fn accept_as_new(
    accounts: &Accounts,
    secret: &Secret,
    display_name: &str,
    password: String,
    device: &Device,
) -> Result<Tokens, Refusal> {
    let Some((found, _)) = by_invitation_secret(accounts.store.read(), secret).await? else {
        return Err(expired().into());
    };
    let display_name = line("displayName", display_name, 100)?;
    let password = NewPassword::choose("password", password, &[&found.email, &display_name])?;
    let hash = password.hash(accounts).await?;
    let transaction = accounts.store.write().await?;
    take_turns(&transaction).await?;
    let invitation = take(&transaction, secret).await?;
    let new = NewAccount {
        email: Email::stored(invitation.email.clone()),
        username: display_name.clone(),
        display_name,
        password: Some(hash),
        is_administrator: false,
    };
    let Some(user) = account::make(&transaction, new, &device.address).await? else {
        let message = "This address has an account already: sign in, and open the link again.";
        return Err(Problem::whole(ProblemCode::Taken, message).into());
    };
    let tokens = session::start(&transaction, accounts, Grant::own(user), device).await?;
    let viewer = Viewer::User(Actor {
        user,
        scopes: tokens.scopes,
        credential: crate::domain::Credential::Session(tokens.session),
    });
    join(&transaction, viewer, user, &invitation).await?;
    transaction.commit().await?;
    Ok(tokens)
}

async fn take(transaction: &impl ConnectionTrait, secret: &Secret) -> Result<InvitationRow, Refusal> {
    let statement = open().and_where(Column::Digest.eq(secret.digest())).take();
    let found: Option<InvitationRow> = fetch_one(transaction, &statement).await?;
    let invitation = found.ok_or_else(|| Refusal::from(expired()))?;
    let deleted = Entity::delete_by_id(invitation.id).exec(transaction).await?;
    if deleted.rows_affected == 1 {
        Ok(invitation)
    } else {
        Err(expired().into())
    }
}

async fn join(
    transaction: &Transaction,
    viewer: Viewer,
    user: UserId,
    invitation: &InvitationRow,
) -> Result<(), Refusal> {
    let has = role_of(transaction, invitation.publication_id, user).await?;
    if has.is_some_and(|has| rank(has) <= rank(invitation.role)) {
        return Ok(());
    }
    put(transaction, invitation.publication_id, user, invitation.role).await?;
    let event = Event::new(EventKind::MemberJoined)
        .user(user)
        .publication(invitation.publication_id)
        .detail("role", name(invitation.role));
    Ok(audit::record(transaction, viewer, event).await?)
}

fn expired() -> Problem {
    let message = "This invitation was accepted or taken back, or is too old. Ask for a new one.";
    Problem::new(ProblemCode::Expired, "token", message)
}
