//! Preview tokens.

use std::borrow::Cow;
use std::collections::HashMap;

use async_graphql::{ID, InputObject};
use entity::{PostId, PreviewTokenId};
use sea_orm::DbErr;

use super::content::{ContentObject, done, named, words};
use super::user::Byline;
use super::{Mutation, node};
use crate::domain::post::{self, PreviewRow};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::loader::{Relation, Source, by_id};
use crate::graphql::engine::{Fields, Object, Payload, returns};

/// A token that lets a front end read one post or page as its draft.
#[derive(Clone)]
pub struct PreviewToken(pub PreviewRow);

impl From<PreviewRow> for PreviewToken {
    fn from(row: PreviewRow) -> Self {
        Self(row)
    }
}

impl Object for PreviewToken {
    const DESCRIPTION: &'static str = "A token that lets a front end read one post or page as its draft. The token itself is \
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

by_id! {
    /// Active preview tokens by id, of posts and pages that the viewer may edit.
    PreviewTokenById: PreviewTokenId => PreviewToken,
    |source, ids| post::previews_by_ids(&source.database, source.viewer, ids)
}

/// Active preview tokens of posts and pages that the viewer may edit.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Previews;

impl Relation for Previews {
    type Parent = PostId;
    type Child = Vec<PreviewToken>;

    async fn load(
        &self,
        source: &Source,
        posts: &[PostId],
    ) -> std::result::Result<HashMap<PostId, Vec<PreviewToken>>, DbErr> {
        let previews = post::previews_of(&source.database, posts).await?;
        let tokens = |rows: Vec<_>| rows.into_iter().map(PreviewToken::from).collect();
        Ok(previews.into_iter().map(|(id, rows)| (id, tokens(rows))).collect())
    }
}

/// The mutations of preview tokens of a type of content.
pub(super) fn mutation<T: ContentObject>(fields: &mut Fields<Mutation>) {
    fields.mutation(
        words::<T>("{noun}PreviewCreate"),
        words::<T>(
            "Creates a preview token, with which anyone can read the {noun} as its draft, with its featured image and \
             everything else that belongs to it. Requires membership (the EDITOR role for those of other authors) and \
             the `write` scope.",
        ),
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
        |request, input| Box::pin(create::<T>(request, input)),
    );
    fields.mutation(
        words::<T>("{noun}PreviewRevoke"),
        words::<T>(
            "Revokes a preview token at once. Requires membership (the EDITOR role for {noun}s of other authors) and \
             the `write` scope.",
        ),
        returns(T::NOUN, words::<T>("The {noun} of the preview token.")),
        |request, input| Box::pin(revoke::<T>(request, input)),
    );
}

#[derive(InputObject)]
struct PreviewCreateInput {
    /// Global id.
    id: ID,
    /// Lifetime in minutes, 1 to 43,200 (30 days), default 60.
    #[graphql(default = 60)]
    minutes: i32,
}

async fn create<T: ContentObject>(
    request: &RequestContext,
    input: PreviewCreateInput,
) -> Result<Payload<(PreviewToken, String)>> {
    let which = named::<T>(&input.id);
    let created = post::create_preview(&request.accounts, request.viewer(), which, input.minutes).await;
    Payload::of(request, created.map(|(row, token)| (PreviewToken(row), token)))
}

#[derive(InputObject)]
struct PreviewRevokeInput {
    /// Global id of the preview token.
    id: ID,
}

async fn revoke<T: ContentObject>(request: &RequestContext, input: PreviewRevokeInput) -> Result<Payload<Option<T>>> {
    let id = given(NodeType::PreviewToken, &input.id);
    done(
        request,
        post::revoke_preview(&request.accounts, request.viewer(), T::KIND, id).await,
    )
}
