//! Preview tokens.

use std::borrow::Cow;

use async_graphql::{ID, InputObject};

use super::post::{Post, PostById};
use super::user::Byline;
use super::{Mutation, node};
use crate::domain::post::{self, PreviewRow};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given, given_post};
use crate::graphql::engine::{Fields, Object, Payload, returns};

/// A token that lets a front end read one post as its draft.
#[derive(Clone)]
pub struct PreviewToken(pub PreviewRow);

impl From<PreviewRow> for PreviewToken {
    fn from(row: PreviewRow) -> Self {
        Self(row)
    }
}

impl Object for PreviewToken {
    const DESCRIPTION: &'static str = "A token that lets a front end read one post as its draft. The token itself is \
                                       returned only once, when it is created.";

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

/// The mutations of preview tokens.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "postPreviewCreate",
        "Creates a preview token, with which anyone can read the post as its draft, with its featured image and \
         everything else that belongs to it. Requires membership (the EDITOR role for posts of other authors) and the \
         `write` scope.",
        |payload: &mut Fields<Payload<(PreviewToken, String)>>| {
            payload.embedded("preview", "The preview token.", |payload| {
                payload.done().map(|(preview, _)| preview.clone())
            });
            payload.value(
                "token",
                "The token itself, returned only once. A front end sends it in the `Quoin-Preview` header, and \
                 receives responses as if the draft were published.",
                |payload| payload.done().map(|(_, token)| token.clone()),
            );
        },
        |request, input| Box::pin(create(request, input)),
    );
    fields.mutation(
        "postPreviewRevoke",
        "Revokes a preview token at once. Requires membership (the EDITOR role for posts of other authors) and the \
         `write` scope.",
        returns("post", "The post of the preview token."),
        |request, input| Box::pin(revoke(request, input)),
    );
}

#[derive(InputObject)]
struct PostPreviewCreateInput {
    /// Global id of the post or page.
    id: ID,
    /// Lifetime in minutes, 1 to 43,200 (30 days), default 60.
    #[graphql(default = 60)]
    minutes: i32,
}

async fn create(request: &RequestContext, input: PostPreviewCreateInput) -> Result<Payload<(PreviewToken, String)>> {
    let id = given_post(&input.id);
    let created = post::create_preview(&request.accounts, request.viewer(), id, input.minutes).await;
    Payload::of(request, created.map(|(row, token)| (PreviewToken(row), token)))
}

#[derive(InputObject)]
struct PostPreviewRevokeInput {
    /// Global id of the preview token.
    id: ID,
}

async fn revoke(request: &RequestContext, input: PostPreviewRevokeInput) -> Result<Payload<Post>> {
    let id = given(NodeType::PreviewToken, &input.id);
    let revoked = post::revoke_preview(&request.accounts, request.viewer(), id).await;
    Payload::reload(request, PostById, revoked).await
}
