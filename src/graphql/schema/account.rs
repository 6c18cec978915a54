//! Accounts: what their owners change, and what administrators see and do.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{ID, InputObject};

use super::user::Byline;
use super::viewer::Viewer;
use super::{Mutation, Query, listing};
use crate::domain::account::{self, AccountRow, ProfileChange, policy};
use crate::domain::page::{Position, SortKind};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, encode, given};
use crate::graphql::engine::{Connection, Fields, Listed, Object, One, PageArguments, Payload, returns};

/// An account, as administrators see it.
#[derive(Clone)]
pub struct Account(pub Arc<AccountRow>);

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Object for Account {
    const DESCRIPTION: &'static str =
        "An account, or an imported author whom nobody has claimed yet, as administrators see it.";

    fn type_name() -> Cow<'static, str> {
        "Account".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.required("user", "Public profile.", Byline, |account| account.0.id);
        fields.optional_text("email", "Email address. Imported authors may have none.", |account| {
            account.0.email.as_deref()
        });
        fields.value(
            "claimedAt",
            "Time when a person claimed the account; null for an imported author whom nobody has claimed.",
            |account| account.0.claimed_at,
        );
        fields.value(
            "isAdministrator",
            "Whether the account is an administrator of the instance.",
            |account| account.0.is_administrator,
        );
        fields.value(
            "disabledAt",
            "Time when the account was disabled; null if it may sign in.",
            |account| account.0.disabled_at,
        );
        fields.value("createdAt", "Creation time.", |account| account.0.created_at);
    }
}

impl Listed for Account {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("s", SortKind::Text)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "users",
        "All accounts and imported authors, by username. Requires an administrator and the `admin` scope.",
        |one| Box::pin(all(one)),
    );
}

async fn all(one: One<'_, Query, PageArguments>) -> Result<Option<Connection<Account>>> {
    let (request, database) = (one.request, one.request.database());
    policy::may_see_all(account::standing(database, request.viewer()).await?)?;
    let page = one.arguments.request::<Account>((), one.look_ahead)?;
    let accounts = account::list(database, &page);
    listing::connection(one.look_ahead, accounts, account::count(database))
        .await
        .map(Some)
}

/// The mutations of accounts.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    of_owner(fields);
    of_administrator(fields);
}

/// What owners change of their accounts.
fn of_owner(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "accountUpdate",
        "Changes the viewer's profile. Requires the `account` scope and a session.",
        returns("viewer", "The viewer after the change."),
        |request, input| Box::pin(update(request, input)),
    );
    fields.mutation(
        "accountChangePassword",
        "Changes the viewer's password and ends their other sessions. Requires the `account` scope and a session.",
        returns("viewer", "The viewer, whose other sessions have ended."),
        |request, input| Box::pin(change_password(request, input)),
    );
    fields.mutation(
        "accountChangeEmail",
        "Sends a confirmation link to the viewer's new email address, which takes effect when the link is opened. If \
         another account has the address, only its owner learns so. Requires the `account` scope and a session.",
        returns(
            "viewer",
            "The viewer, who keeps the old email address until the link is opened.",
        ),
        |request, input| Box::pin(change_email(request, input)),
    );
    fields.mutation(
        "accountDelete",
        "Deletes the viewer's account. Published content keeps the byline, without email address, biography or website \
         URL. Requires the `account` scope and a session.",
        |payload: &mut Fields<Payload<Option<ID>>>| {
            payload.value("deletedUserId", "Global id of the deleted user.", |payload| {
                payload.done().cloned().flatten()
            });
        },
        |request, input| Box::pin(delete(request, input)),
    );
}

/// What administrators do with the accounts of others.
fn of_administrator(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "userDisable",
        "Disables an account: it can no longer sign in, and its sessions, access tokens and API keys end within a \
         second, for good. Requires an administrator and the `admin` scope.",
        returns("account", "The account after the change."),
        |request, input| Box::pin(disable(request, input)),
    );
    fields.mutation(
        "userEnable",
        "Enables a disabled account, which can then sign in again. Sessions, access tokens and API keys from before stay \
         ended. Requires an administrator and the `admin` scope.",
        returns("account", "The account after the change."),
        |request, input| Box::pin(enable(request, input)),
    );
}

#[derive(InputObject)]
struct AccountUpdateInput {
    /// New username, 1 to 60 characters: lowercase letters from a to z, digits, and single hyphens between them;
    /// unchanged by default.
    username: Option<String>,
    /// New display name, 1 to 100 characters; unchanged by default.
    display_name: Option<String>,
    /// New biography, plain text, at most 2,000 characters; unchanged by default.
    bio: Option<String>,
    /// New URL of the user's own website, at most 2,000 characters; unchanged by default. An empty string removes it.
    website_url: Option<String>,
}

async fn update(request: &RequestContext, input: AccountUpdateInput) -> Result<Payload<Option<Viewer>>> {
    let change = ProfileChange {
        username: input.username,
        display_name: input.display_name,
        bio: input.bio,
        website_url: input.website_url,
    };
    let updated = account::update(&request.accounts, request.viewer(), change).await;
    Viewer::after(request, updated.map(drop)).await
}

#[derive(InputObject)]
struct AccountChangePasswordInput {
    /// Current password of the account.
    current_password: String,
    /// New password, 8 to 1,024 characters.
    new_password: String,
}

async fn change_password(
    request: &RequestContext,
    input: AccountChangePasswordInput,
) -> Result<Payload<Option<Viewer>>> {
    let (current, new) = (input.current_password, input.new_password);
    let changed = account::change_password(&request.accounts, request.viewer(), current, new).await;
    Viewer::after(request, changed).await
}

#[derive(InputObject)]
struct AccountChangeEmailInput {
    /// New email address, to which the confirmation link is sent.
    email: String,
    /// Current password of the account.
    password: String,
}

async fn change_email(request: &RequestContext, input: AccountChangeEmailInput) -> Result<Payload<Option<Viewer>>> {
    let viewer = request.viewer();
    let sent = account::change_email(&request.accounts, viewer, &input.email, input.password).await;
    Viewer::after(request, sent).await
}

#[derive(InputObject)]
struct AccountDeleteInput {
    /// Current password of the account, which confirms the deletion.
    password: String,
}

async fn delete(request: &RequestContext, input: AccountDeleteInput) -> Result<Payload<Option<ID>>> {
    let viewer = request.viewer();
    let deleted = account::delete(&request.accounts, viewer, input.password).await;
    let user = viewer.actor().map(|actor| encode(NodeType::User, actor.user));
    Payload::of(request, deleted.map(|()| user))
}

#[derive(InputObject)]
struct UserDisableInput {
    /// Global id of the user.
    user_id: ID,
}

async fn disable(request: &RequestContext, input: UserDisableInput) -> Result<Payload<Account>> {
    let user = given(NodeType::User, &input.user_id);
    let disabled = account::disable(&request.accounts, request.viewer(), user).await;
    Payload::of(request, disabled.map(Account::from))
}

#[derive(InputObject)]
struct UserEnableInput {
    /// Global id of the user.
    user_id: ID,
}

async fn enable(request: &RequestContext, input: UserEnableInput) -> Result<Payload<Account>> {
    let user = given(NodeType::User, &input.user_id);
    let enabled = account::enable(&request.accounts, request.viewer(), user).await;
    Payload::of(request, enabled.map(Account::from))
}
