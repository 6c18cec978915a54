//! OAuth clients: applications that accounts may let in (RFC 6749 §2).

mod change;
mod consent;
pub mod policy;
mod redirect;

pub use change::{ClientChange, NewClient, create, delete, rotate_secret, update};
pub use consent::{ConsentRow, consented, consents, give, withdraw};
pub use redirect::{RedirectUri, is_registered};

use std::collections::HashMap;

use entity::oauth_client::{Column, Entity};
use entity::{Hidden, OauthClientId, Timestamp};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr};
use uuid::Uuid;

use crate::domain::account;
use crate::domain::page::{Page, PageRequest, Position, SortValue};
use crate::domain::scope::Scopes;
use crate::domain::viewer::Viewer;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_count, fetch_one, row};
use crate::store::sql::count_all;
use crate::token::{digest, matches};

row! {
    /// An application.
    pub struct ClientRow of oauth_client {
        /// The id; without hyphens it is the `client_id`.
        pub id: OauthClientId = Id,
        /// What people know it by.
        pub name: String = Name,
        /// The digest of its secret; none: a public client.
        pub secret_digest: Option<Hidden> = SecretDigest,
        /// Where codes may be sent.
        pub redirect_uris: serde_json::Value = RedirectUris,
        /// What it may be let do.
        pub scope: String = Scope,
        /// How it may get tokens.
        pub grant_types: String = GrantTypes,
        /// Whether people are not asked for their consent.
        pub is_trusted: bool = IsTrusted,
        /// When it was registered.
        pub created_at: Timestamp = CreatedAt,
        /// When it last changed.
        pub updated_at: Timestamp = UpdatedAt,
    }
}

/// A way to get tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GrantType {
    /// By a code, with a person (RFC 6749 §4.1).
    AuthorizationCode,
    /// By a refresh token (RFC 6749 §6).
    RefreshToken,
    /// By its own secret (RFC 6749 §4.4).
    ClientCredentials,
}

impl GrantType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];

    /// Its name in requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    /// The grant type of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.name() == name)
    }
}

impl ClientRow {
    /// Its place in the list, which is ordered by name.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Text(self.name.clone()),
            id: self.id.0,
        }
    }

    /// Where codes may be sent.
    pub fn redirect_uris(&self) -> Vec<String> {
        serde_json::from_value(self.redirect_uris.clone()).unwrap_or_default()
    }

    /// What it may be let do.
    pub fn scopes(&self) -> Scopes {
        Scopes::stored(&self.scope)
    }

    /// How it may get tokens.
    pub fn grant_types(&self) -> Vec<GrantType> {
        self.grant_types.split(' ').filter_map(GrantType::named).collect()
    }

    /// Whether it may get tokens in this way.
    pub fn has_grant(&self, grant: GrantType) -> bool {
        self.grant_types().contains(&grant)
    }

    /// Whether it has a secret.
    pub fn is_confidential(&self) -> bool {
        self.secret_digest.is_some()
    }

    /// Whether this is its secret.
    pub fn has_secret(&self, secret: &str) -> bool {
        let stored = self.secret_digest.as_ref();
        stored.is_some_and(|stored| matches(stored.expose(), digest(secret).expose()))
    }
}

fn clients() -> SelectStatement {
    let mut statement = Query::select();
    ClientRow::select(&mut statement);
    statement.from(Entity);
    statement
}

/// The application with this id.
pub async fn by_id(database: &impl Reads, id: OauthClientId) -> Result<Option<ClientRow>, DbErr> {
    fetch_one(database, &clients().and_where(Column::Id.eq(id)).take()).await
}

/// The application with this `client_id`.
pub async fn by_name(database: &impl Reads, client_id: &str) -> Result<Option<ClientRow>, DbErr> {
    match Uuid::try_parse(client_id) {
        Ok(id) => by_id(database, OauthClientId(id)).await,
        Err(_) => Ok(None),
    }
}

/// The applications with these ids, for those who look after them.
pub async fn by_ids(
    database: &impl Reads,
    viewer: Viewer,
    ids: &[OauthClientId],
) -> Result<HashMap<OauthClientId, ClientRow>, DbErr> {
    if policy::may_manage(account::standing(database, viewer).await?).is_err() {
        return Ok(HashMap::new());
    }
    let statement = clients()
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    let rows = fetch::<ClientRow>(database, &statement).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What people know these applications by, whom they let in.
pub async fn names(database: &impl Reads, ids: &[OauthClientId]) -> Result<HashMap<OauthClientId, String>, DbErr> {
    let statement = Query::select()
        .column(Column::Id)
        .column(Column::Name)
        .from(Entity)
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    let rows = database.rows(&statement).await?;
    rows.each().map(|cells| Ok((cells.get(0)?, cells.get(1)?))).collect()
}

/// A page of all applications, by name.
pub async fn list(database: &impl Reads, request: &PageRequest) -> Result<Page<ClientRow>, DbErr> {
    let mut statement = clients();
    request.apply(
        &mut statement,
        &Column::Name.into_expr(),
        &Column::Id.into_expr(),
        false,
    );
    Ok(Page::new(fetch(database, &statement).await?, request))
}

/// How many applications there are.
pub async fn count(database: &impl Reads) -> Result<i64, DbErr> {
    fetch_count(database, &Query::select().expr(count_all()).from(Entity).take()).await
}
