use entity::authorization_code::{Column, Entity};
use entity::{OauthClientId, SessionId, Timestamp, UserId, user};
use sea_orm::sea_query::{ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait};

use super::code::LASTS;
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::oauth_client::ClientRow;
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::scope::{Scope, Scopes};
use crate::domain::session::{self, AccessToken, Device, Grant, Subject, Tokens};
use crate::store::row::{Row, fetch_cell, fetch_one, row};
use crate::token::{Secret, digest, matches};

row! {
    /// A code.
    struct CodeRow of authorization_code {
        /// The application that it was made for.
        pub client_id: OauthClientId = ClientId,
        /// Who consented.
        pub user_id: UserId = UserId,
        /// Where it was sent.
        pub redirect_uri: String = RedirectUri,
        /// What was consented to.
        pub scope: String = Scope,
        /// The PKCE challenge.
        pub code_challenge: String = CodeChallenge,
        /// OpenID's `nonce`.
        pub nonce: Option<String> = Nonce,
        /// When the person proved who they are.
        pub authenticated_at: Timestamp = AuthenticatedAt,
        /// When it was made.
        pub created_at: Timestamp = CreatedAt,
    }
}

row! {
    /// Its user.
    struct HolderRow of user {
        /// Since when they may not sign in.
        pub disabled_at: Option<Timestamp> = DisabledAt,
    }
}

/// What an application brings to exchange a code.
#[derive(Clone)]
pub struct Exchange<'a> {
    /// The code.
    pub code: &'a Secret,
    /// Where it was sent, as the application remembers it.
    pub redirect_uri: Option<&'a str>,
    /// The PKCE verifier.
    pub verifier: &'a str,
}

impl std::fmt::Debug for Exchange<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Exchange")
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

/// Exchanges a code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.6); with the `nonce` for the ID token. A code is good for one
/// exchange: at the second, the session of the first is ended (RFC 9700 §2.1.1, RFC 6749 §4.1.2).
///
/// # Errors
/// A problem `EXPIRED`: the grant is not good, which is all that the standard lets us tell.
pub async fn exchange_code(
    accounts: &Accounts,
    client: &ClientRow,
    exchange: Exchange<'_>,
    device: &Device,
) -> Result<(Tokens, Option<String>), Refusal> {
    let transaction = accounts.store.write().await?;
    let mut statement = Query::select();
    <(CodeRow, HolderRow)>::select(&mut statement);
    statement
        .from(Entity)
        .inner_join(
            user::Entity,
            user::Column::Id.into_expr().eq(Column::UserId.into_expr()),
        )
        .and_where(Column::Digest.eq(exchange.code.digest()));
    let found: Option<(CodeRow, HolderRow)> = fetch_one(&transaction, &statement).await?;
    let Some((code, holder)) = found.filter(|(code, _)| code.client_id == client.id) else {
        return Err(not_good("The code is unknown."));
    };
    let mark = Query::update()
        .table(Entity)
        .value(Column::UsedAt, entity::now())
        .and_where(Column::Digest.eq(exchange.code.digest()))
        .and_where(Column::UsedAt.is_null())
        .take();
    if transaction.execute(&mark).await?.rows_affected() != 1 {
        // Read only now: whoever used it at the same time has begun the session since the code was read.
        let begun = Query::select()
            .column(Column::SessionId)
            .from(Entity)
            .and_where(Column::Digest.eq(exchange.code.digest()))
            .take();
        if let Some(session) = fetch_cell::<Option<SessionId>>(&transaction, &begun).await?.flatten() {
            session::revoke(&transaction, session).await?;
        }
        let event = Event::new(EventKind::TokenReplayed)
            .user(code.user_id)
            .address(&device.address)
            .detail("client", session::client_name(client.id));
        audit::record(&transaction, Viewer::Anonymous, event).await?;
        transaction.commit().await?;
        accounts.revocations.refresh(&accounts.store).await?;
        return Err(not_good("The code was used already."));
    }
    let fault = if entity::now() - code.created_at > LASTS {
        Some("The code is too old.")
    } else if exchange.redirect_uri.is_some_and(|uri| uri != code.redirect_uri) {
        Some("The redirect_uri is not the one that the code was sent to.")
    } else if !is_verifier(exchange.verifier) || !matches(digest(exchange.verifier).expose(), &code.code_challenge) {
        Some("The code_verifier does not fit the code_challenge.")
    } else if holder.disabled_at.is_some() {
        Some("The account is disabled.")
    } else {
        None
    };
    if let Some(fault) = fault {
        // Whatever was wrong, the code is used up: nobody may try verifiers.
        transaction.commit().await?;
        return Err(not_good(fault));
    }
    let grant = Grant {
        user: code.user_id,
        client: Some(client.id),
        scopes: Scopes::stored(&code.scope),
        authenticated_at: code.authenticated_at,
    };
    let tokens = session::start(&transaction, accounts, grant, device).await?;
    let link = Query::update()
        .table(Entity)
        .value(Column::SessionId, tokens.session)
        .and_where(Column::Digest.eq(exchange.code.digest()))
        .take();
    transaction.execute(&link).await?;
    transaction.commit().await?;
    Ok((tokens, code.nonce))
}

fn not_good(message: &str) -> Refusal {
    Problem::new(ProblemCode::Expired, "code", message).into()
}

/// Whether this may be a PKCE verifier (RFC 7636 §4.1).
fn is_verifier(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}

/// An access token for an application on its own behalf (RFC 6749 §4.4). It stands for nobody's account.
///
/// # Errors
/// A problem of `scope` for one that the application may not have.
pub fn client_credentials(
    accounts: &Accounts,
    client: &ClientRow,
    scopes: Option<Scopes>,
) -> Result<(AccessToken, Scopes), Refusal> {
    let most = client
        .scopes()
        .within([Scope::Read, Scope::Write, Scope::Publication].into_iter().collect());
    let scopes = scopes.unwrap_or(most);
    if !most.covers(scopes) {
        let message = "The scope asks for more than the application may have.";
        return Err(Problem::new(ProblemCode::NotAllowed, "scope", message).into());
    }
    let token = session::access_token(accounts, Subject::Client(client.id), scopes)?;
    Ok((token, scopes))
}
