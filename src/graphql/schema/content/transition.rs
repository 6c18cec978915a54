//! Mutations that move posts and pages from one state to another, from draft to trash.

use std::sync::Arc;

use async_graphql::{ID, InputObject, InputType};
use chrono::{DateTime, Utc};

use super::mutation::named;
use super::{ContentObject, words};
use crate::domain::post::{self, Order};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::{Fields, Payload, returns};
use crate::graphql::schema::Mutation;

/// The mutations for transitions of a type of content.
pub(super) fn mutation<T: ContentObject>(fields: &mut Fields<Mutation>) {
    review::<T>(fields);
    publication::<T>(fields);
    trash::<T>(fields);
}

/// Describes the mutation for a transition: `order` is what its input asks for.
fn transition<T: ContentObject, I: InputType + Send + 'static>(
    fields: &mut Fields<Mutation>,
    name: &str,
    description: &str,
    order: fn(I) -> (Transition, Order),
) {
    fields.mutation(
        words::<T>(name),
        words::<T>(description),
        returns(T::NOUN, words::<T>("The {noun} after the transition.")),
        move |request, input| {
            let (transition, order) = order(input);
            Box::pin(perform::<T>(request, transition, order))
        },
    );
}

/// Input of a transition: what it is made with.
#[derive(InputObject)]
struct Transition {
    /// Global id.
    id: ID,
    /// Version that the client last read, of `draft` if there is one. A mismatch returns CONFLICT; see
    /// `PostUpdateInput.expectedVersion`.
    expected_version: Option<i32>,
}

#[derive(InputObject)]
struct RequestChangesInput {
    #[graphql(flatten)]
    transition: Transition,
    /// Requested changes, at most 2,000 characters.
    #[graphql(default)]
    note: String,
}

#[derive(InputObject)]
struct PublishInput {
    #[graphql(flatten)]
    transition: Transition,
    /// Time of publication, not in the future; default: the time that it has, or now. `postUpdate` and `pageUpdate` correct
    /// it later.
    published_at: Option<DateTime<Utc>>,
}

#[derive(InputObject)]
struct ScheduleInput {
    #[graphql(flatten)]
    transition: Transition,
    /// Time of publication, with an offset from UTC, within the next ten years.
    publish_at: DateTime<Utc>,
}

fn review<T: ContentObject>(fields: &mut Fields<Mutation>) {
    transition::<T, Transition>(
        fields,
        "{noun}SubmitForReview",
        "Submits a draft, or the working copy of a published or archived {noun}, for review by editors. Requires \
         membership (the EDITOR role for those of other authors) and the `write` scope.",
        |input| (input, Order::Submit),
    );
    transition::<T, RequestChangesInput>(
        fields,
        "{noun}RequestChanges",
        "Returns a {noun} in review, or its working copy, to its authors with a note. Requires the EDITOR role and \
         the `write` scope.",
        |input| (input.transition, Order::RequestChanges(input.note)),
    );
}

fn publication<T: ContentObject>(fields: &mut Fields<Mutation>) {
    transition::<T, PublishInput>(
        fields,
        "{noun}Publish",
        "Publishes a {noun}, or its working copy. Requires the AUTHOR role (EDITOR for those of other authors) and \
         the `write` scope.",
        |input| (input.transition, Order::Publish(input.published_at)),
    );
    transition::<T, ScheduleInput>(
        fields,
        "{noun}Schedule",
        "Schedules the publication of a {noun}, or of its working copy, or reschedules it. Requires the AUTHOR role \
         (EDITOR for those of other authors) and the `write` scope.",
        |input| (input.transition, Order::Schedule(input.publish_at)),
    );
    transition::<T, Transition>(
        fields,
        "{noun}Unschedule",
        "Cancels the scheduled publication of a {noun}, or of its working copy. Requires the AUTHOR role (EDITOR for \
         those of other authors) and the `write` scope.",
        |input| (input, Order::Unschedule),
    );
    transition::<T, Transition>(
        fields,
        "{noun}Unpublish",
        "Makes a published or archived {noun} a draft again, with the content of its working copy if it has one. \
         Requires the AUTHOR role (EDITOR for those of other authors) and the `write` scope.",
        |input| (input, Order::Unpublish),
    );
    transition::<T, Transition>(
        fields,
        "{noun}Archive",
        "Archives a published {noun}: it is no longer public, and otherwise unchanged. Requires the AUTHOR role \
         (EDITOR for those of other authors) and the `write` scope.",
        |input| (input, Order::Archive),
    );
    transition::<T, Transition>(
        fields,
        "{noun}DiscardDraft",
        "Discards the working copy of a {noun}; its content remains in the revisions. Requires membership (the AUTHOR \
         role if the working copy is scheduled, the EDITOR role for those of other authors) and the `write` scope.",
        |input| (input, Order::Discard),
    );
}

fn trash<T: ContentObject>(fields: &mut Fields<Mutation>) {
    transition::<T, Transition>(
        fields,
        "{noun}Delete",
        "Moves a {noun} to the trash, from which `{noun}Restore` restores it. Requires membership (the AUTHOR role if \
         it is scheduled, published or archived, the EDITOR role for those of other authors) and the `write` scope.",
        |input| (input, Order::Delete),
    );
    transition::<T, Transition>(
        fields,
        "{noun}Restore",
        "Restores a {noun} from the trash as a draft. Requires membership (the EDITOR role for those of other \
         authors) and the `write` scope.",
        |input| (input, Order::Restore),
    );
    fields.mutation(
        words::<T>("{noun}Erase"),
        words::<T>(
            "Erases a {noun} that is in the trash, with its revisions and comments; this cannot be undone. Requires \
             the EDITOR role and the `write` scope.",
        ),
        |payload: &mut Fields<Payload<ID>>| {
            payload.value("id", words::<T>("Global id of the erased {noun}."), |payload| {
                payload.done().cloned()
            });
        },
        |request, input| Box::pin(erase::<T>(request, input)),
    );
}

async fn perform<T: ContentObject>(
    request: &RequestContext,
    input: Transition,
    order: Order,
) -> Result<Payload<Option<T>>> {
    let which = named::<T>(&input.id);
    let done = post::perform(
        &request.accounts,
        request.viewer(),
        which,
        input.expected_version,
        order,
    )
    .await;
    Payload::of(request, done.map(|row| T::of(Arc::new(row?))))
}

#[derive(InputObject)]
struct EraseInput {
    /// Global id.
    id: ID,
}

async fn erase<T: ContentObject>(request: &RequestContext, input: EraseInput) -> Result<Payload<ID>> {
    let which = named::<T>(&input.id);
    let erased = post::perform(&request.accounts, request.viewer(), which, None, Order::Erase).await;
    Payload::of(request, erased.map(|_| input.id))
}
