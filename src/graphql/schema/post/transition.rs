//! Mutations that move posts from one state to another, from draft to trash.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};

use super::Post;
use crate::domain::post::{self, Order};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::given_post;
use crate::graphql::engine::{Fields, Payload, returns};
use crate::graphql::schema::Mutation;

/// Describes the mutation for a transition. Its input names the post, and has the fields that the transition needs.
macro_rules! transition {
    (
        $fields:ident, $name:literal, $description:literal,
        $input:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* } => $order:expr
    ) => {{
        #[derive(InputObject)]
        struct $input {
            /// Global id of the post.
            id: ID,
            /// Version that the client last read, of `draft` if there is one. A mismatch returns CONFLICT; see
            /// `PostUpdateInput.expectedVersion`.
            expected_version: Option<i32>,
            $($(#[$attribute])* $field: $type,)*
        }

        $fields.mutation(
            $name,
            $description,
            returns("post", "The post after the transition."),
            |request, $input { id, expected_version, $($field),* }| {
                Box::pin(perform(request, id, expected_version, $order))
            },
        );
    }};
}

/// The mutations for transitions.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    review(fields);
    publication(fields);
    trash(fields);
}

fn review(fields: &mut Fields<Mutation>) {
    transition!(
        fields,
        "postSubmitForReview",
        "Submits a draft, or the working copy of a published or archived post, for review by editors. Requires \
         membership (the EDITOR role for posts of other authors) and the `write` scope.",
        PostSubmitForReviewInput {} => Order::Submit
    );
    transition!(
        fields,
        "postRequestChanges",
        "Returns a post in review, or its working copy, to its authors with a note. Requires the EDITOR role and the \
         `write` scope.",
        PostRequestChangesInput {
            /// Requested changes, at most 2,000 characters.
            #[graphql(default)]
            note: String,
        } => Order::RequestChanges(note)
    );
}

fn publication(fields: &mut Fields<Mutation>) {
    transition!(
        fields,
        "postPublish",
        "Publishes a post, or its working copy. Requires the AUTHOR role (EDITOR for posts of other authors) and the \
         `write` scope.",
        PostPublishInput {
            /// Time of publication, not in the future; default: the time that the post has, or now. Also corrects the
            /// time of a published post.
            published_at: Option<DateTime<Utc>>,
        } => Order::Publish(published_at)
    );
    transition!(
        fields,
        "postSchedule",
        "Schedules the publication of a post, or of its working copy, or reschedules it. Requires the AUTHOR role \
         (EDITOR for posts of other authors) and the `write` scope.",
        PostScheduleInput {
            /// Time of publication, with an offset from UTC, within the next ten years.
            publish_at: DateTime<Utc>,
        } => Order::Schedule(publish_at)
    );
    transition!(
        fields,
        "postUnschedule",
        "Cancels the scheduled publication of a post, or of its working copy. Requires the AUTHOR role (EDITOR for \
         posts of other authors) and the `write` scope.",
        PostUnscheduleInput {} => Order::Unschedule
    );
    transition!(
        fields,
        "postUnpublish",
        "Makes a published or archived post a draft again, with the content of its working copy if it has one. \
         Requires the AUTHOR role (EDITOR for posts of other authors) and the `write` scope.",
        PostUnpublishInput {} => Order::Unpublish
    );
    transition!(
        fields,
        "postArchive",
        "Archives a published post: it is no longer public, and otherwise unchanged. Requires the AUTHOR role (EDITOR \
         for posts of other authors) and the `write` scope.",
        PostArchiveInput {} => Order::Archive
    );
    transition!(
        fields,
        "postDiscardDraft",
        "Discards the working copy of a post; its content remains in the revisions. Requires membership (the AUTHOR \
         role if the working copy is scheduled, the EDITOR role for posts of other authors) and the `write` scope.",
        PostDiscardDraftInput {} => Order::Discard
    );
}

fn trash(fields: &mut Fields<Mutation>) {
    transition!(
        fields,
        "postDelete",
        "Moves a post to the trash, from which `postRestore` restores it. Requires membership (the AUTHOR role if it \
         is scheduled, published or archived, the EDITOR role for posts of other authors) and the `write` scope.",
        PostDeleteInput {} => Order::Delete
    );
    transition!(
        fields,
        "postRestore",
        "Restores a post from the trash as a draft. Requires membership (the EDITOR role for posts of other authors) \
         and the `write` scope.",
        PostRestoreInput {} => Order::Restore
    );
    fields.mutation(
        "postErase",
        "Erases a post that is in the trash, with its revisions and comments; this cannot be undone. Requires the \
         EDITOR role and the `write` scope.",
        |payload: &mut Fields<Payload<ID>>| {
            payload.value("id", "Global id of the erased post.", |payload| payload.done().cloned());
        },
        |request, input| Box::pin(erase(request, input)),
    );
}

async fn perform(
    request: &RequestContext,
    id: ID,
    expected_version: Option<i32>,
    order: Order,
) -> Result<Payload<Option<Post>>> {
    let id = given_post(&id);
    let done = post::perform(&request.accounts, request.viewer(), id, expected_version, order).await;
    Payload::of(request, done.map(|row| row.map(Post::from)))
}

#[derive(InputObject)]
struct PostEraseInput {
    /// Global id of the post.
    id: ID,
}

async fn erase(request: &RequestContext, input: PostEraseInput) -> Result<Payload<ID>> {
    let id = given_post(&input.id);
    let erased = post::perform(&request.accounts, request.viewer(), id, None, Order::Erase).await;
    Payload::of(request, erased.map(|_| input.id))
}
