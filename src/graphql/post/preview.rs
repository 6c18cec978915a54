//! Previews: leave for a front end to see one post as its draft.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};

use super::{Post, PostById};
use crate::domain::post::{self, PreviewRow};
use crate::graphql::context::RequestContext;
use crate::graphql::error::Result;
use crate::graphql::id::{NodeType, encode, given, given_post};
use crate::graphql::payload::payload;
use crate::graphql::user::{Byline, User};

/// Leave to see one post as its draft.
#[derive(Clone)]
pub struct PreviewToken(pub(in crate::graphql) PreviewRow);

impl From<PreviewRow> for PreviewToken {
    fn from(row: PreviewRow) -> Self {
        Self(row)
    }
}

/// Leave to see one post as its draft. The token itself is told once, when it is made.
#[Object]
impl PreviewToken {
    /// The global id.
    async fn id(&self) -> ID {
        encode(NodeType::PreviewToken, self.0.id)
    }

    /// Who gave it; it ends with their membership.
    async fn creator(&self, context: &Context<'_>) -> Result<Option<User>> {
        RequestContext::of(context)?
            .reader
            .child(Byline, self.0.creator_id)
            .await
    }

    /// Until when it holds.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// Since when.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// Which post to give leave to see.
#[derive(InputObject)]
pub struct PostPreviewCreateInput {
    /// The global id of the post or page.
    id: ID,
    /// For how many minutes, 1 to 43200 (30 days).
    #[graphql(default = 60)]
    minutes: i32,
}

/// Which preview to end.
#[derive(InputObject)]
pub struct PostPreviewRevokeInput {
    /// The global id of the preview.
    id: ID,
}

payload! {
    /// What `postPreviewCreate` did.
    PostPreviewCreatePayload {
        /// The preview.
        preview: Option<PreviewToken>,
        /// The token, told this once. A front end sends it in the header `Quoin-Preview`, and is answered as if the draft were
        /// published.
        token: Option<String>,
    }
}

payload! {
    /// What `postPreviewRevoke` did.
    PostPreviewRevokePayload {
        /// The post.
        post: Option<Post>,
    }
}

/// What can be done with previews.
#[derive(Default)]
pub struct PreviewMutation;

#[Object]
impl PreviewMutation {
    /// Gives leave to see a post as its draft, with its picture and all that hangs on it, to whoever has the token.
    async fn post_preview_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which post, and for how long.")] input: PostPreviewCreateInput,
    ) -> Result<PostPreviewCreatePayload> {
        let request = RequestContext::of(context)?;
        let id = given_post(&input.id);
        let made = post::create_preview(&request.accounts, request.viewer(), id, input.minutes).await;
        let made = made.map(|(row, token)| (Some(PreviewToken(row)), Some(token)));
        PostPreviewCreatePayload::told(request, made)
    }

    /// Ends a preview at once.
    async fn post_preview_revoke(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: PostPreviewRevokeInput,
    ) -> Result<PostPreviewRevokePayload> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::PreviewToken, &input.id);
        let revoked = post::revoke_preview(&request.accounts, request.viewer(), id).await;
        let post = match revoked {
            Ok(post) => Ok((request.reader.child(PostById, post).await?,)),
            Err(refusal) => Err(refusal),
        };
        let told = PostPreviewRevokePayload::told(request, post)?;
        request.planned(context, told.post.clone()).await?;
        Ok(told)
    }
}
