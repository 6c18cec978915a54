//! API keys of the viewer.

use std::borrow::Cow;

use super::node;
use crate::domain::page::{Position, SortKind};
use crate::domain::scope::Scopes;
use crate::graphql::api_key::ApiKey;
use crate::graphql::engine::{Fields, Listed, Object};
use crate::graphql::id::NodeType;
use crate::graphql::scope;

impl Object for ApiKey {
    const DESCRIPTION: &'static str =
        "An API key: acts for its owner, within the scopes of the key. The secret is returned only on creation.";

    fn type_name() -> Cow<'static, str> {
        "ApiKey".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::ApiKey, |key| key.0.id);
        fields.text("name", "Name given by the owner.", |key| &key.0.name);
        fields.value(
            "scopes",
            "Scopes of the key. It can do no more than its owner may.",
            |key| scope::list(Scopes::stored(&key.0.scope)),
        );
        fields.value("createdAt", "Creation time.", |key| key.0.created_at);
        fields.value(
            "expiresAt",
            "Expiry time; null if the key works until it is revoked.",
            |key| key.0.expires_at,
        );
        fields.value(
            "lastUsedAt",
            "Time of the last use, to the minute; null if the key was never used.",
            |key| key.0.last_used_at,
        );
    }
}

impl Listed for ApiKey {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("c-", SortKind::Time)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}
