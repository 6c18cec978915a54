use chrono::TimeDelta;
use entity::membership::{self, Role};
use entity::one_time_link::LinkPurpose;
use entity::user::{Column, Entity};
use entity::{PublicationId, UserId, user};
use sea_orm::sea_query::{ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};

use super::link::{self, NewLink};
use super::password::NewPassword;
use super::sign_up::LONGEST_NAME;
use super::{NewAccount, make};
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::member;
use crate::domain::page::PageRequest;
use crate::domain::publication::{self, NewPublication};
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::session::{self, Device, Grant, Tokens};
use crate::domain::slug::Slug;
use crate::domain::text::{Email, line};
use crate::store::dialect::take_turns;
use crate::store::read::Reads;
use crate::store::row::{fetch, fetch_cell, row};
use crate::token::Secret;

/// How long the link works; the next start makes another.
const SET_UP: TimeDelta = TimeDelta::days(1);

/// What the first person of an installation gives.
#[derive(Clone)]
pub struct SetUp {
    /// Their address. It is believed: whoever has the link can read the server's log.
    pub email: String,
    /// Their password.
    pub password: String,
    /// Their name on bylines.
    pub display_name: String,
    /// The name of the first publication, where there is none yet.
    pub publication: Option<String>,
}

/// A link for the first person of an installation, who becomes its administrator; none once there is one.
///
/// # Errors
/// When the database fails.
pub async fn set_up_link(transaction: &impl ConnectionTrait) -> Result<Option<Secret>, DbErr> {
    if has_administrator(transaction).await? {
        return Ok(None);
    }
    let new = NewLink {
        purpose: LinkPurpose::SetUp,
        user: None,
        email: None,
        detail: String::new(),
        lifetime: SET_UP,
    };
    Ok(Some(link::make(transaction, new).await?))
}

/// Whether there is an administrator.
///
/// # Errors
/// When the database fails.
pub async fn has_administrator(database: &impl Reads) -> Result<bool, DbErr> {
    let statement = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::IsAdministrator.eq(true))
        .limit(1)
        .take();
    Ok(fetch_cell::<UserId>(database, &statement).await?.is_some())
}

/// Makes the first account: an administrator, who owns every publication that nobody with an account owns, and the first
/// one where there is none.
///
/// # Errors
/// Problems with the link or the input.
pub async fn set_up(accounts: &Accounts, secret: &Secret, input: SetUp, device: &Device) -> Result<Tokens, Refusal> {
    let mut problems = Problems::default();
    let email = problems.check(Email::parse(&input.email));
    let display_name = problems.check(line("displayName", &input.display_name, LONGEST_NAME));
    let password = problems.check(NewPassword::choose(
        "password",
        input.password,
        &[&input.email, &input.display_name],
    ));
    let title = input.publication.filter(|title| !title.trim().is_empty());
    let title = title.map(|title| problems.check(line("publication", &title, LONGEST_NAME)));
    let (Some(email), Some(display_name), Some(password), None | Some(Some(_))) =
        (email, display_name, password, title.as_ref())
    else {
        return Err(problems.into());
    };
    let title = title.flatten();
    let hash = password.hash(accounts).await?;
    let transaction = accounts.store.write().await?;
    take_turns(&transaction).await?;
    let is_open = link::take(&transaction, secret, LinkPurpose::SetUp).await?.is_some();
    if !is_open || has_administrator(&transaction).await? {
        return Err(link::expired().into());
    }
    let new = NewAccount {
        email,
        username: display_name.clone(),
        display_name,
        password: Some(hash),
        is_administrator: true,
    };
    let Some(user) = make(&transaction, new, &device.address).await? else {
        let message = "This address has an account already: sign in, or give another.";
        return Err(Problem::new(ProblemCode::Taken, "email", message).into());
    };
    for publication in ownerless(&transaction).await? {
        member::put(&transaction, publication, user, Role::Owner).await?;
        let event = Event::new(EventKind::MemberJoined)
            .user(user)
            .publication(publication)
            .detail("role", "OWNER");
        audit::record(&transaction, Viewer::Operator, event).await?;
    }
    let none = publication::list(&transaction, &PageRequest::first(1))
        .await?
        .items
        .is_empty();
    if let Some(title) = title.filter(|_| none) {
        let slug = Slug::from_text(&title, "publication");
        let new = NewPublication {
            slug: publication::place().number(&transaction, &slug).await?,
            title,
            tagline: String::new(),
            language: "en".to_owned(),
            site_url: None,
            owner: user,
        };
        publication::create(&transaction, new).await?;
    }
    let event = Event::new(EventKind::AdministratorMade)
        .user(user)
        .address(&device.address);
    audit::record(&transaction, Viewer::Operator, event).await?;
    let tokens = session::start(&transaction, accounts, Grant::own(user), device).await?;
    transaction.commit().await?;
    Ok(tokens)
}

row! {
    /// A publication.
    struct IdRow of publication {
        /// The id.
        pub id: PublicationId = Id,
    }
}

/// The publications that nobody with an account owns: imported ones, whose owner is a byline.
async fn ownerless(database: &impl Reads) -> Result<Vec<PublicationId>, DbErr> {
    let owned = Query::select()
        .column((membership::Entity, membership::Column::PublicationId))
        .from(membership::Entity)
        .inner_join(
            user::Entity,
            user::Column::Id.into_expr().eq(membership::Column::UserId.into_expr()),
        )
        .and_where(membership::Column::Role.eq(Role::Owner))
        .and_where(user::Column::ClaimedAt.is_not_null())
        .take();
    let statement = Query::select()
        .column(entity::publication::Column::Id)
        .from(entity::publication::Entity)
        .and_where(entity::publication::Column::Id.not_in_subquery(owned))
        .take();
    let rows: Vec<IdRow> = fetch(database, &statement).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
