//! Accounts: who somebody is, what they are let do, and what became of it.

use sea_orm_migration::prelude::*;

use crate::portable::{
    choice, flag, id, index, json, key, name, optional_id, optional_name, optional_text, optional_time, reference,
    table, text, time, unique,
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in user_columns() {
            manager
                .alter_table(Table::alter().table("user").add_column(column).take())
                .await?;
        }
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in TABLES.iter().rev() {
            manager.drop_table(Table::drop().table(*name).take()).await?;
        }
        for name in ["disabled_at", "is_administrator"] {
            manager
                .alter_table(Table::alter().table("user").drop_column(name).take())
                .await?;
        }
        Ok(())
    }
}

fn user_columns() -> [ColumnDef; 2] {
    [
        flag("is_administrator").default(false).take(),
        optional_time("disabled_at"),
    ]
}

/// In an order in which each refers only to those before it.
const TABLES: [&str; 14] = [
    "password",
    "identity",
    "oauth_client",
    "consent",
    "session",
    "refresh_token",
    "authorization_code",
    "sign_in_attempt",
    "one_time_link",
    "api_key",
    "invitation",
    "signing_key",
    "revocation",
    "audit_event",
];

/// The tables. All that an account holds goes with it; what it registered or sent stays, without the link.
#[allow(clippy::too_many_lines)] // A list, read from top to bottom.
fn tables() -> Vec<TableCreateStatement> {
    use ForeignKeyAction::{Cascade, SetNull};
    vec![
        table("password", vec![id("user_id"), text("hash"), time("changed_at")])
            .primary_key(&mut key(&["user_id"]))
            .foreign_key(&mut reference("user_id", "user", Cascade))
            .take(),
        table(
            "identity",
            vec![
                id("id"),
                id("user_id"),
                name("issuer"),
                name("subject"),
                optional_name("email"),
                time("created_at"),
                time("last_used_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("user_id", "user", Cascade))
        .take(),
        table(
            "oauth_client",
            vec![
                id("id"),
                name("name"),
                optional_name("secret_digest"),
                json("redirect_uris"),
                text("scope"),
                text("grant_types"),
                flag("is_trusted"),
                optional_id("created_by_id"),
                time("created_at"),
                time("updated_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("created_by_id", "user", SetNull))
        .take(),
        table(
            "consent",
            vec![id("user_id"), id("client_id"), text("scope"), time("created_at")],
        )
        .primary_key(&mut key(&["user_id", "client_id"]))
        .foreign_key(&mut reference("user_id", "user", Cascade))
        .foreign_key(&mut reference("client_id", "oauth_client", Cascade))
        .take(),
        table(
            "session",
            vec![
                id("id"),
                id("user_id"),
                optional_id("client_id"),
                text("scope"),
                text("user_agent"),
                name("address"),
                time("authenticated_at"),
                time("created_at"),
                time("last_used_at"),
                time("expires_at"),
                optional_time("ended_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("user_id", "user", Cascade))
        .foreign_key(&mut reference("client_id", "oauth_client", Cascade))
        .take(),
        table(
            "refresh_token",
            vec![
                name("digest"),
                id("session_id"),
                time("created_at"),
                optional_time("used_at"),
            ],
        )
        .primary_key(&mut key(&["digest"]))
        .foreign_key(&mut reference("session_id", "session", Cascade))
        .take(),
        table(
            "authorization_code",
            vec![
                name("digest"),
                id("client_id"),
                id("user_id"),
                text("redirect_uri"),
                text("scope"),
                name("code_challenge"),
                optional_text("nonce"),
                time("authenticated_at"),
                time("created_at"),
                optional_id("session_id"),
                optional_time("used_at"),
            ],
        )
        .primary_key(&mut key(&["digest"]))
        .foreign_key(&mut reference("client_id", "oauth_client", Cascade))
        .foreign_key(&mut reference("user_id", "user", Cascade))
        .foreign_key(&mut reference("session_id", "session", SetNull))
        .take(),
        table(
            "sign_in_attempt",
            vec![
                name("digest"),
                name("provider"),
                name("browser"),
                name("nonce"),
                name("pkce_verifier"),
                text("return_to"),
                optional_id("user_id"),
                time("created_at"),
            ],
        )
        .primary_key(&mut key(&["digest"]))
        .foreign_key(&mut reference("user_id", "user", Cascade))
        .take(),
        table(
            "one_time_link",
            vec![
                name("digest"),
                choice("purpose"),
                optional_id("user_id"),
                optional_name("email"),
                text("detail"),
                time("created_at"),
                time("expires_at"),
            ],
        )
        .primary_key(&mut key(&["digest"]))
        .foreign_key(&mut reference("user_id", "user", Cascade))
        .take(),
        table(
            "api_key",
            vec![
                id("id"),
                id("user_id"),
                name("name"),
                name("digest"),
                text("scope"),
                time("created_at"),
                optional_time("expires_at"),
                optional_time("last_used_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("user_id", "user", Cascade))
        .take(),
        table(
            "invitation",
            vec![
                id("id"),
                id("publication_id"),
                name("email"),
                choice("role"),
                name("digest"),
                optional_id("invited_by_id"),
                time("created_at"),
                time("expires_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("publication_id", "publication", Cascade))
        .foreign_key(&mut reference("invited_by_id", "user", SetNull))
        .take(),
        table(
            "signing_key",
            vec![
                id("id"),
                name("algorithm"),
                text("sealed"),
                time("created_at"),
                time("signs_from"),
                optional_time("verifies_until"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .take(),
        table("revocation", vec![id("id"), id("subject_id"), time("created_at")])
            .primary_key(&mut key(&["id"]))
            .take(),
        table(
            "audit_event",
            vec![
                id("id"),
                name("kind"),
                optional_id("actor_id"),
                optional_id("user_id"),
                optional_id("publication_id"),
                name("address"),
                json("detail"),
                time("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("publication_id", "publication", Cascade))
        .take(),
    ]
}

/// The indexes: what is looked up by, what is listed in order, and every foreign key.
fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        unique("identity", &["issuer", "subject"]),
        index("identity", &["user_id"]),
        index("oauth_client", &["created_by_id"]),
        index("consent", &["client_id"]),
        index("session", &["user_id", "last_used_at", "id"]),
        index("session", &["client_id"]),
        index("session", &["expires_at"]),
        index("refresh_token", &["session_id"]),
        index("authorization_code", &["client_id"]),
        index("authorization_code", &["user_id"]),
        index("authorization_code", &["session_id"]),
        index("authorization_code", &["created_at"]),
        index("sign_in_attempt", &["user_id"]),
        index("sign_in_attempt", &["created_at"]),
        index("one_time_link", &["user_id"]),
        index("one_time_link", &["expires_at"]),
        index("api_key", &["user_id", "id"]),
        unique("invitation", &["publication_id", "email"]),
        unique("invitation", &["digest"]),
        index("invitation", &["email"]),
        index("invitation", &["invited_by_id"]),
        index("revocation", &["created_at"]),
        index("audit_event", &["publication_id", "id"]),
        index("audit_event", &["user_id", "id"]),
    ]
}
