//! Mutations of publications.

use async_graphql::{ID, InputObject, Json, MaybeUndefined};
use serde_json::Value;

use super::{Publication, PublicationById};
use crate::domain::publication::{self, Kept, PublicationChange, PublicationInput};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::{Fields, Payload, returns};
use crate::graphql::schema::Mutation;

/// The mutations of publications.
pub(in crate::graphql::schema) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "publicationCreate",
        "Creates a publication that the viewer owns; an account can own at most 20. Requires the `publication` scope \
         and, unless the setting `publications.create` admits every account, an administrator.",
        returns("publication", "The publication."),
        |request, input| Box::pin(create(request, input)),
    );
    fields.mutation(
        "publicationUpdate",
        "Changes the settings of a publication. Requires the ADMIN role and the `publication` scope.",
        returns("publication", "The publication after the change."),
        |request, input| Box::pin(update(request, input)),
    );
}

#[derive(InputObject)]
struct PublicationCreateInput {
    /// Title, 1 to 255 characters.
    title: String,
    /// Slug, in any script; derived from the title by default.
    slug: Option<String>,
    /// Tagline, one line, at most 1,000 characters.
    #[graphql(default)]
    tagline: String,
    /// Language of the content as a BCP 47 tag.
    #[graphql(default = "en")]
    language: String,
    /// URL of the front end.
    site_url: Option<String>,
}

async fn create(request: &RequestContext, input: PublicationCreateInput) -> Result<Payload<Publication>> {
    let new = PublicationInput {
        title: input.title,
        slug: input.slug,
        tagline: input.tagline,
        language: input.language,
        site_url: input.site_url,
    };
    let created = publication::add(&request.accounts, request.viewer(), new).await;
    Payload::reload(request, PublicationById, created).await
}

#[derive(InputObject)]
struct PublicationUpdateInput {
    /// Global id of the publication.
    id: ID,
    /// New title, 1 to 255 characters; unchanged by default.
    title: Option<String>,
    /// New slug; unchanged by default. The old slug does not redirect.
    slug: Option<String>,
    /// New tagline, one line, at most 1,000 characters; unchanged by default.
    tagline: Option<String>,
    /// New language of the content as a BCP 47 tag; unchanged by default.
    language: Option<String>,
    /// New URL of the front end, or null to remove it; unchanged by default.
    site_url: MaybeUndefined<String>,
    /// New JSON Schema (draft 2020-12) of type `object` that the custom fields of posts must match when they are saved,
    /// at most 65,536 bytes, or null to allow any; unchanged by default. Existing posts stay as they are.
    custom_field_schema: MaybeUndefined<Json<Value>>,
}

async fn update(request: &RequestContext, input: PublicationUpdateInput) -> Result<Payload<Publication>> {
    let id = given(NodeType::Publication, &input.id);
    let change = PublicationChange {
        title: input.title,
        slug: input.slug,
        tagline: input.tagline,
        language: input.language,
        site_url: kept(input.site_url, |url| url),
        custom_field_schema: kept(input.custom_field_schema, |schema| schema.0),
    };
    let changed = publication::change(&request.accounts, request.viewer(), id, change).await;
    Payload::reload(request, PublicationById, changed.map(|()| id)).await
}

fn kept<T, U>(given: MaybeUndefined<T>, convert: impl FnOnce(T) -> U) -> Kept<U> {
    match given {
        MaybeUndefined::Undefined => Kept::As,
        MaybeUndefined::Null => Kept::Not,
        MaybeUndefined::Value(value) => Kept::Set(convert(value)),
    }
}
