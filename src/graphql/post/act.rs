//! What is done to posts as a whole.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};

use super::Post;
use super::change::given_post;
use crate::domain::post::{self, Order};
use crate::domain::refusal::Refusal;
use crate::graphql::context::RequestContext;
use crate::graphql::error::Result;
use crate::graphql::payload::payload;

/// Declares what an act on a post needs to know, and what it answers.
macro_rules! act {
    (
        $(#[$input_attribute:meta])*
        $input:ident { $($(#[$field_attribute:meta])* $field:ident: $type:ty,)* }
        $(#[$payload_attribute:meta])*
        $payload:ident
    ) => {
        $(#[$input_attribute])*
        #[derive(InputObject)]
        pub struct $input {
            /// The global id of the post.
            id: ID,
            /// The version that the viewer saw, of the working copy where there is one; another one is a CONFLICT.
            expected_version: Option<i32>,
            $($(#[$field_attribute])* $field: $type,)*
        }

        payload! {
            $(#[$payload_attribute])*
            $payload {
                /// The post, as it stands now.
                post: Option<Post>,
            }
        }
    };
}

act! {
    /// What `postSubmitForReview` needs to know.
    PostSubmitForReviewInput {}
    /// What `postSubmitForReview` did.
    PostSubmitForReviewPayload
}

act! {
    /// What `postRequestChanges` needs to know.
    PostRequestChangesInput {
        /// What they should change, at most 2000 characters.
        #[graphql(default)]
        note: String,
    }
    /// What `postRequestChanges` did.
    PostRequestChangesPayload
}

act! {
    /// What `postPublish` needs to know.
    PostPublishInput {
        /// Date of publication, not in the future. When left out, the one that the post has, or now. The date of a post that is public
        /// can be corrected so.
        published_at: Option<DateTime<Utc>>,
    }
    /// What `postPublish` did.
    PostPublishPayload
}

act! {
    /// What `postSchedule` needs to know.
    PostScheduleInput {
        /// When, with its offset from UTC; within ten years.
        publish_at: DateTime<Utc>,
    }
    /// What `postSchedule` did.
    PostSchedulePayload
}

act! {
    /// What `postUnschedule` needs to know.
    PostUnscheduleInput {}
    /// What `postUnschedule` did.
    PostUnschedulePayload
}

act! {
    /// What `postUnpublish` needs to know.
    PostUnpublishInput {}
    /// What `postUnpublish` did.
    PostUnpublishPayload
}

act! {
    /// What `postArchive` needs to know.
    PostArchiveInput {}
    /// What `postArchive` did.
    PostArchivePayload
}

act! {
    /// What `postDiscardDraft` needs to know.
    PostDiscardDraftInput {}
    /// What `postDiscardDraft` did.
    PostDiscardDraftPayload
}

act! {
    /// What `postDelete` needs to know.
    PostDeleteInput {}
    /// What `postDelete` did.
    PostDeletePayload
}

act! {
    /// What `postRestore` needs to know.
    PostRestoreInput {}
    /// What `postRestore` did.
    PostRestorePayload
}

/// Which post to erase.
#[derive(InputObject)]
pub struct PostEraseInput {
    /// The global id of the post.
    id: ID,
}

payload! {
    /// What `postErase` did.
    PostErasePayload {
        /// The global id of the post that is gone.
        id: Option<ID>,
    }
}

async fn perform(
    request: &RequestContext,
    id: &ID,
    expected: Option<i32>,
    order: Order,
) -> std::result::Result<(Option<Post>,), Refusal> {
    let done = post::perform(&request.accounts, request.viewer(), given_post(id), expected, order).await;
    done.map(|row| (row.map(Post::from),))
}

/// What can be done to posts as a whole.
#[derive(Default)]
pub struct PostActMutation;

#[Object]
impl PostActMutation {
    /// Hands a draft, or the working copy of what readers know, to the editors.
    async fn post_submit_for_review(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which post.")] input: PostSubmitForReviewInput,
    ) -> Result<PostSubmitForReviewPayload> {
        let request = RequestContext::of(context)?;
        let done = perform(request, &input.id, input.expected_version, Order::Submit).await;
        PostSubmitForReviewPayload::told(request, done)
    }

    /// Hands what is in review back to its authors, with a note for them; for editors.
    async fn post_request_changes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which post.")] input: PostRequestChangesInput,
    ) -> Result<PostRequestChangesPayload> {
        let request = RequestContext::of(context)?;
        let order = Order::RequestChanges(input.note);
        let done = perform(request, &input.id, input.expected_version, order).await;
        PostRequestChangesPayload::told(request, done)
    }

    /// Makes a post public, or its working copy what readers see.
    async fn post_publish(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which post.")] input: PostPublishInput,
    ) -> Result<PostPublishPayload> {
        let request = RequestContext::of(context)?;
        let order = Order::Publish(input.published_at);
        let done = perform(request, &input.id, input.expected_version, order).await;
        PostPublishPayload::told(request, done)
    }

    /// Lets a post, or its working copy, go public at a time to come. Again: at another time.
    async fn post_schedule(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which post.")] input: PostScheduleInput,
    ) -> Result<PostSchedulePayload> {
        let request = RequestContext::of(context)?;
        let order = Order::Schedule(input.publish_at);
        let done = perform(request, &input.id, input.expected_version, order).await;
        PostSchedulePayload::told(request, done)
    }

    /// Takes back that a post, or its working copy, goes public.
    async fn post_unschedule(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which post.")] input: PostUnscheduleInput,
    ) -> Result<PostUnschedulePayload> {
        let request = RequestContext::of(context)?;
        let done = perform(request, &input.id, input.expected_version, Order::Unschedule).await;
        PostUnschedulePayload::told(request, done)
    }

    /// Takes a post back, to be a draft again, with the words of its working copy if it has one.
    async fn post_unpublish(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which post.")] input: PostUnpublishInput,
    ) -> Result<PostUnpublishPayload> {
        let request = RequestContext::of(context)?;
        let done = perform(request, &input.id, input.expected_version, Order::Unpublish).await;
        PostUnpublishPayload::told(request, done)
    }

    /// Takes a published post down, and keeps it as it is.
    async fn post_archive(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which post.")] input: PostArchiveInput,
    ) -> Result<PostArchivePayload> {
        let request = RequestContext::of(context)?;
        let done = perform(request, &input.id, input.expected_version, Order::Archive).await;
        PostArchivePayload::told(request, done)
    }

    /// Drops the working copy of a post; its words stay in the revisions.
    async fn post_discard_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which post.")] input: PostDiscardDraftInput,
    ) -> Result<PostDiscardDraftPayload> {
        let request = RequestContext::of(context)?;
        let done = perform(request, &input.id, input.expected_version, Order::Discard).await;
        PostDiscardDraftPayload::told(request, done)
    }

    /// Puts a post into the trash, from which `postRestore` brings it back.
    async fn post_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which post.")] input: PostDeleteInput,
    ) -> Result<PostDeletePayload> {
        let request = RequestContext::of(context)?;
        let done = perform(request, &input.id, input.expected_version, Order::Delete).await;
        PostDeletePayload::told(request, done)
    }

    /// Brings a post back from the trash, as a draft.
    async fn post_restore(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which post.")] input: PostRestoreInput,
    ) -> Result<PostRestorePayload> {
        let request = RequestContext::of(context)?;
        let done = perform(request, &input.id, input.expected_version, Order::Restore).await;
        PostRestorePayload::told(request, done)
    }

    /// Erases a post that is in the trash, with its revisions and comments; for editors. Nothing brings it back.
    async fn post_erase(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which post.")] input: PostEraseInput,
    ) -> Result<PostErasePayload> {
        let request = RequestContext::of(context)?;
        let erased = perform(request, &input.id, None, Order::Erase).await;
        PostErasePayload::told(request, erased.map(|_| (Some(input.id),)))
    }
}
