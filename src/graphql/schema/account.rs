//! Accounts, as administrators see them.

use std::borrow::Cow;

use super::{Query, listing};
use crate::domain::account::{self, policy};
use crate::domain::page::{Position, SortKind};
use crate::graphql::account::Account;
use crate::graphql::engine::{Connection, Fields, Listed, Object, One, PageArguments};
use crate::graphql::error::Result;
use crate::graphql::user::Byline;

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
