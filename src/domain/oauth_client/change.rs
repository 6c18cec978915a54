use entity::oauth_client::{ActiveModel, Column, Entity};
use entity::{Hidden, OauthClientId};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait};
use serde_json::json;

use super::{ClientRow, GrantType, RedirectUri, by_id, policy};
use crate::domain::Viewer;
use crate::domain::account;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::scope::{Scope, Scopes};
use crate::domain::text::line;
use crate::domain::{revocation, session};
use crate::token::Secret;

/// How many redirect addresses an application may have.
const MOST_URIS: usize = 20;
/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// An application to be registered.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// What people know it by.
    pub name: String,
    /// Whether it can keep a secret: a server can, a browser or phone cannot.
    pub is_confidential: bool,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// What it may be let do.
    pub scopes: Scopes,
    /// How it may get tokens.
    pub grant_types: Vec<GrantType>,
    /// Whether people are not asked for their consent.
    pub is_trusted: bool,
}

/// What to change of an application; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct ClientChange {
    /// What people know it by.
    pub name: Option<String>,
    /// Where codes may be sent.
    pub redirect_uris: Option<Vec<String>>,
    /// What it may be let do.
    pub scopes: Option<Scopes>,
    /// Whether people are not asked for their consent.
    pub is_trusted: Option<bool>,
}

/// Registers an application; its secret, if it has one, is told now and never again.
///
/// # Errors
/// Problems with the input; a viewer who may not.
pub async fn create(
    transaction: &impl ConnectionTrait,
    viewer: Viewer,
    new: NewClient,
) -> Result<(ClientRow, Option<Secret>), Refusal> {
    policy::may_manage(account::standing(transaction, viewer).await?)?;
    let mut problems = Problems::default();
    let name = problems.check(line("name", &new.name, LONGEST_NAME));
    check_uris(&mut problems, &new.redirect_uris);
    check_scopes(&mut problems, new.scopes);
    let with_code = new.grant_types.contains(&GrantType::AuthorizationCode);
    if new.grant_types.is_empty() || (new.grant_types == [GrantType::RefreshToken]) {
        let message = "Give authorization_code or client_credentials, or both.";
        problems.add(Problem::new(ProblemCode::Required, "grantTypes", message));
    }
    if with_code && new.redirect_uris.is_empty() {
        let message = "An application that gets codes needs an address to send them to.";
        problems.add(Problem::new(ProblemCode::Required, "redirectUris", message));
    }
    if new.grant_types.contains(&GrantType::ClientCredentials) && !new.is_confidential {
        let message = "Only a confidential application can act on its own behalf.";
        problems.add(Problem::new(ProblemCode::NotAllowed, "grantTypes", message));
    }
    problems.finish()?;
    let secret = new.is_confidential.then(Secret::new);
    let (id, now) = (OauthClientId::new(), entity::now());
    let grants = GrantType::ALL
        .into_iter()
        .filter(|grant| new.grant_types.contains(grant));
    let grants: Vec<_> = grants.map(GrantType::name).collect();
    let row = ActiveModel {
        id: ActiveValue::Set(id),
        name: ActiveValue::Set(name.unwrap_or_default()),
        secret_digest: ActiveValue::Set(secret.as_ref().map(Secret::digest)),
        redirect_uris: ActiveValue::Set(json!(new.redirect_uris)),
        scope: ActiveValue::Set(new.scopes.to_string()),
        grant_types: ActiveValue::Set(grants.join(" ")),
        is_trusted: ActiveValue::Set(new.is_trusted),
        created_by_id: ActiveValue::Set(viewer.actor().map(|actor| actor.user)),
        created_at: ActiveValue::Set(now),
        updated_at: ActiveValue::Set(now),
    };
    row.insert(transaction).await?;
    note(transaction, viewer, EventKind::ClientCreated, id).await?;
    let row = by_id(transaction, id).await?.ok_or(NOT_FOUND)?;
    Ok((row, secret))
}

const NOT_FOUND: Refusal = Refusal::NotFound("application");

fn check_uris(problems: &mut Problems, uris: &[String]) {
    if uris.len() > MOST_URIS {
        let message = format!("An application has at most {MOST_URIS} addresses.");
        problems.add(Problem::new(ProblemCode::TooLong, "redirectUris", message));
    }
    if let Some(Err(problem)) = uris.iter().map(|uri| RedirectUri::parse(uri)).find(Result::is_err) {
        problems.add(problem);
    }
}

fn check_scopes(problems: &mut Problems, scopes: Scopes) {
    let allowed = Scopes::ALL.without(Scope::Account);
    if scopes.is_empty() || !allowed.covers(scopes) {
        let message = format!("Give some of these scopes: {allowed}.");
        problems.add(Problem::new(ProblemCode::Invalid, "scopes", message));
    }
}

async fn note(
    transaction: &impl ConnectionTrait,
    viewer: Viewer,
    kind: EventKind,
    id: OauthClientId,
) -> Result<(), Refusal> {
    let event = Event::new(kind).detail("client", session::client_name(id));
    Ok(audit::record(transaction, viewer, event).await?)
}

/// Changes an application.
///
/// # Errors
/// Not found; problems with the input; a viewer who may not.
pub async fn update(
    transaction: &impl ConnectionTrait,
    viewer: Viewer,
    id: OauthClientId,
    change: ClientChange,
) -> Result<ClientRow, Refusal> {
    policy::may_manage(account::standing(transaction, viewer).await?)?;
    let client = by_id(transaction, id).await?.ok_or(NOT_FOUND)?;
    let mut problems = Problems::default();
    let mut statement = Query::update();
    statement
        .table(Entity)
        .value(Column::UpdatedAt, entity::now())
        .and_where(Column::Id.eq(id));
    if let Some(name) = &change.name
        && let Some(name) = problems.check(line("name", name, LONGEST_NAME))
    {
        statement.value(Column::Name, name);
    }
    if let Some(uris) = change.redirect_uris {
        check_uris(&mut problems, &uris);
        if uris.is_empty() && client.has_grant(GrantType::AuthorizationCode) {
            let message = "An application that gets codes needs an address to send them to.";
            problems.add(Problem::new(ProblemCode::Required, "redirectUris", message));
        }
        statement.value(Column::RedirectUris, json!(uris));
    }
    if let Some(scopes) = change.scopes {
        check_scopes(&mut problems, scopes);
        statement.value(Column::Scope, scopes.to_string());
    }
    if let Some(is_trusted) = change.is_trusted {
        statement.value(Column::IsTrusted, is_trusted);
    }
    problems.finish()?;
    transaction.execute(&statement).await?;
    note(transaction, viewer, EventKind::ClientChanged, id).await?;
    by_id(transaction, id).await?.ok_or(NOT_FOUND)
}

/// Gives a confidential application another secret; the old one is worth nothing at once.
///
/// # Errors
/// Not found; a problem for a public application; a viewer who may not.
pub async fn rotate_secret(
    transaction: &impl ConnectionTrait,
    viewer: Viewer,
    id: OauthClientId,
) -> Result<(ClientRow, Secret), Refusal> {
    policy::may_manage(account::standing(transaction, viewer).await?)?;
    let client = by_id(transaction, id).await?.ok_or(NOT_FOUND)?;
    if !client.is_confidential() {
        return Err(Problem::whole(ProblemCode::NotAllowed, "A public application has no secret.").into());
    }
    let secret = Secret::new();
    let statement = Query::update()
        .table(Entity)
        .value(Column::SecretDigest, Some::<Hidden>(secret.digest()))
        .value(Column::UpdatedAt, entity::now())
        .and_where(Column::Id.eq(id))
        .take();
    transaction.execute(&statement).await?;
    note(transaction, viewer, EventKind::ClientChanged, id).await?;
    Ok((client, secret))
}

/// Removes an application, and ends every session that it has.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn delete(
    transaction: &impl ConnectionTrait,
    viewer: Viewer,
    id: OauthClientId,
) -> Result<ClientRow, Refusal> {
    policy::may_manage(account::standing(transaction, viewer).await?)?;
    let client = by_id(transaction, id).await?.ok_or(NOT_FOUND)?;
    revocation::revoke(transaction, vec![id.0]).await?;
    Entity::delete_by_id(id).exec(transaction).await?;
    note(transaction, viewer, EventKind::ClientDeleted, id).await?;
    Ok(client)
}
