//! Accounts: what their owners change, and what those who look after the installation see and do.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};

use super::context::RequestContext;
use super::error::{Fault, Result};
use super::id::{NodeType, encode, given};
use super::page::{Connection, Listed, PageArguments, Total};
use super::payload::payload;
use super::plan::{Plan, Step};
use super::user::{Byline, User};
use super::viewer::Viewer;
use crate::domain::account::{self, AccountRow, ProfileChange};
use crate::domain::page::{Position, SortKind};

/// An account, or an imported author whom nobody has claimed, as those see it who look after the installation.
#[derive(Clone)]
pub struct Account(pub(super) Arc<AccountRow>);

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self(Arc::new(row))
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

impl Plan for Account {
    fn plan(step: &mut Step<'_, Self>) {
        if step.selected().name() == "user" {
            step.follow(Byline, |account| Some(account.0.id));
        }
    }
}

/// An account, or an imported author whom nobody has claimed, as those see it who look after the installation.
#[Object]
impl Account {
    /// How others see them.
    async fn user(&self, context: &Context<'_>) -> Result<User> {
        let user = RequestContext::of(context)?.reader.child(Byline, self.0.id).await?;
        user.ok_or(Fault::Unavailable)
    }

    /// The address; an imported author may have none.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// When a person took the account over; none: an imported author nobody has claimed.
    async fn claimed_at(&self) -> Option<DateTime<Utc>> {
        self.0.claimed_at
    }

    /// Whether they look after the installation.
    async fn is_administrator(&self) -> bool {
        self.0.is_administrator
    }

    /// Since when they may not sign in; none: they may.
    async fn disabled_at(&self) -> Option<DateTime<Utc>> {
        self.0.disabled_at
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// Accounts, of the query.
#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// All accounts and imported authors, by username. For administrators, with the scope `admin`.
    async fn users(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Account>>> {
        let request = RequestContext::of(context)?;
        let database = request.database();
        account::policy::may_see_all(account::standing(database, request.viewer()).await?)?;
        let page = PageArguments::given(context, first, after, last, before).request::<Account>(())?;
        let page = Arc::new(account::list(database, &page).await?.map(Account::from));
        request.plan(context, &page).await?;
        let total = Total::Counted(Arc::new(|request: &RequestContext| {
            Box::pin(async move { Ok(account::count(request.database()).await?) })
        }));
        Ok(Some(Connection::new(page, (), total)))
    }
}

/// What to change of a profile; what is left out stays.
#[derive(InputObject)]
pub struct AccountUpdateInput {
    /// The name in addresses: small letters, digits and single hyphens, at most 60 characters.
    username: Option<String>,
    /// The name on bylines, at most 100 characters.
    display_name: Option<String>,
    /// A few words about them, at most 2,000 characters.
    bio: Option<String>,
    /// Their own site; an empty text removes it.
    website_url: Option<String>,
}

/// The passwords.
#[derive(InputObject)]
pub struct AccountChangePasswordInput {
    /// The password until now.
    current_password: String,
    /// The password from now on, 8 to 1,024 characters.
    new_password: String,
}

/// The new address.
#[derive(InputObject)]
pub struct AccountChangeEmailInput {
    /// The address, to which a link is sent.
    email: String,
    /// The account's password.
    password: String,
}

/// That it is meant.
#[derive(InputObject)]
pub struct AccountDeleteInput {
    /// The account's password.
    password: String,
}

/// Whose account to disable.
#[derive(InputObject)]
pub struct UserDisableInput {
    /// The user's global id.
    user_id: ID,
}

/// Whose account to enable.
#[derive(InputObject)]
pub struct UserEnableInput {
    /// The user's global id.
    user_id: ID,
}

payload! {
    /// What `accountUpdate` did.
    AccountUpdatePayload {
        /// The viewer, as they are now.
        viewer: Option<Viewer>,
    }
}

payload! {
    /// What `accountChangePassword` did.
    AccountChangePasswordPayload {
        /// The viewer, whose other sessions have ended.
        viewer: Option<Viewer>,
    }
}

payload! {
    /// What `accountChangeEmail` did.
    AccountChangeEmailPayload {
        /// The viewer, who has the old address until they follow the link.
        viewer: Option<Viewer>,
    }
}

payload! {
    /// What `accountDelete` did.
    AccountDeletePayload {
        /// The global id that the user had.
        deleted_user_id: Option<ID>,
    }
}

payload! {
    /// What `userDisable` did.
    UserDisablePayload {
        /// The account, as it is now.
        account: Option<Account>,
    }
}

payload! {
    /// What `userEnable` did.
    UserEnablePayload {
        /// The account, as it is now.
        account: Option<Account>,
    }
}

/// Accounts, of the mutation.
#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Changes the viewer's profile. Takes the scope `account` and a sign-in.
    async fn account_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to change.")] input: AccountUpdateInput,
    ) -> Result<Option<AccountUpdatePayload>> {
        let request = RequestContext::of(context)?;
        let change = ProfileChange {
            username: input.username,
            display_name: input.display_name,
            bio: input.bio,
            website_url: input.website_url,
        };
        let outcome = account::update(&request.accounts, request.viewer(), change).await;
        AccountUpdatePayload::told(request, Viewer::after(request, outcome.map(drop)).await?).map(Some)
    }

    /// Changes the viewer's password and ends their other sessions. Takes the scope `account` and a sign-in.
    async fn account_change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The passwords.")] input: AccountChangePasswordInput,
    ) -> Result<Option<AccountChangePasswordPayload>> {
        let request = RequestContext::of(context)?;
        let (current, new) = (input.current_password, input.new_password);
        let outcome = account::change_password(&request.accounts, request.viewer(), current, new).await;
        AccountChangePasswordPayload::told(request, Viewer::after(request, outcome).await?).map(Some)
    }

    /// Sends a link to the viewer's new address, which becomes theirs when they follow it. Whether somebody else has it,
    /// only its owner learns. Takes the scope `account` and a sign-in.
    async fn account_change_email(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new address.")] input: AccountChangeEmailInput,
    ) -> Result<Option<AccountChangeEmailPayload>> {
        let request = RequestContext::of(context)?;
        let viewer = request.viewer();
        let outcome = account::change_email(&request.accounts, viewer, &input.email, input.password).await;
        AccountChangeEmailPayload::told(request, Viewer::after(request, outcome).await?).map(Some)
    }

    /// Deletes the viewer's account. What they published keeps their byline, without address or texts about them. Takes
    /// the scope `account` and a sign-in.
    async fn account_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "That it is meant.")] input: AccountDeleteInput,
    ) -> Result<Option<AccountDeletePayload>> {
        let request = RequestContext::of(context)?;
        let viewer = request.viewer();
        let outcome = account::delete(&request.accounts, viewer, input.password).await;
        let user = viewer.actor().map(|actor| encode(NodeType::User, actor.user));
        AccountDeletePayload::told(request, outcome.map(|()| (user,))).map(Some)
    }

    /// Keeps an account from signing in, and ends what it has within a second. For administrators, with the scope `admin`.
    async fn user_disable(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose.")] input: UserDisableInput,
    ) -> Result<Option<UserDisablePayload>> {
        let request = RequestContext::of(context)?;
        let user = given(NodeType::User, &input.user_id);
        let outcome = account::disable(&request.accounts, request.viewer(), user).await;
        UserDisablePayload::told(request, outcome.map(|row| (Some(row.into()),))).map(Some)
    }

    /// Lets an account sign in again. For administrators, with the scope `admin`.
    async fn user_enable(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose.")] input: UserEnableInput,
    ) -> Result<Option<UserEnablePayload>> {
        let request = RequestContext::of(context)?;
        let user = given(NodeType::User, &input.user_id);
        let outcome = account::enable(&request.accounts, request.viewer(), user).await;
        UserEnablePayload::told(request, outcome.map(|row| (Some(row.into()),))).map(Some)
    }
}
