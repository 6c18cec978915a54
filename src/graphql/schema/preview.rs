//! Preview tokens.

use std::borrow::Cow;

use super::node;
use crate::graphql::engine::{Fields, Object};
use crate::graphql::id::NodeType;
use crate::graphql::post::PreviewToken;
use crate::graphql::user::Byline;

impl Object for PreviewToken {
    const DESCRIPTION: &'static str = "A token that lets a front end read one post as its draft. The token itself is returned \
                                       only once, when it is created.";

    fn type_name() -> Cow<'static, str> {
        "PreviewToken".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::PreviewToken, |token| token.0.id);
        fields.related(
            "creator",
            "User who created it. The token expires when their membership ends.",
            Byline,
            |token| Some(token.0.creator_id),
        );
        fields.value("expiresAt", "Expiry time.", |token| token.0.expires_at);
        fields.value("createdAt", "Creation time.", |token| token.0.created_at);
    }
}
