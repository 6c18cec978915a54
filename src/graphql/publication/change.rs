//! What is done with publications.

use async_graphql::{Context, ID, InputObject, Json, MaybeUndefined, Object};
use serde_json::Value;

use super::Publication;
use crate::domain::publication::{self, Kept, PublicationChange, PublicationInput};
use crate::graphql::context::RequestContext;
use crate::graphql::error::Result;
use crate::graphql::id::{NodeType, given};
use crate::graphql::member::of_publication;
use crate::graphql::payload::payload;

/// A publication to be made.
#[derive(InputObject)]
pub struct PublicationCreateInput {
    /// Its name as readers see it, at most 255 characters.
    title: String,
    /// Its name in addresses, in any script; made of the title when left out.
    slug: Option<String>,
    /// One line about it, at most 1,000 characters.
    #[graphql(default)]
    tagline: String,
    /// The BCP 47 language tag of its texts.
    #[graphql(default = "en")]
    language: String,
    /// Where its front end lives.
    site_url: Option<String>,
}

/// What to change of a publication's settings; what is left out stays.
#[derive(InputObject)]
pub struct PublicationUpdateInput {
    /// The publication's global id.
    id: ID,
    /// Its name as readers see it.
    title: Option<String>,
    /// Its name in addresses. The old one leads nowhere.
    slug: Option<String>,
    /// One line about it.
    tagline: Option<String>,
    /// The BCP 47 language tag of its texts.
    language: Option<String>,
    /// Where its front end lives; null when nowhere.
    site_url: MaybeUndefined<String>,
    /// The JSON Schema (draft 2020-12) that the custom fields of posts must keep to when they are saved, at most 65,536
    /// bytes, of type `object`; null when anything goes. Posts that are there already are left as they are.
    custom_field_schema: MaybeUndefined<Json<Value>>,
}

payload! {
    /// What `publicationCreate` did.
    PublicationCreatePayload {
        /// The publication, which the viewer owns.
        publication: Option<Publication>,
    }
}

payload! {
    /// What `publicationUpdate` did.
    PublicationUpdatePayload {
        /// The publication, as it is now.
        publication: Option<Publication>,
    }
}

fn kept<T, U>(given: MaybeUndefined<T>, convert: impl FnOnce(T) -> U) -> Kept<U> {
    match given {
        MaybeUndefined::Undefined => Kept::As,
        MaybeUndefined::Null => Kept::Not,
        MaybeUndefined::Value(value) => Kept::Set(convert(value)),
    }
}

/// Publications, of the mutation.
#[derive(Default)]
pub struct PublicationMutation;

#[Object]
impl PublicationMutation {
    /// Creates a publication, which the viewer owns. For administrators, or for every account where the instance allows it
    /// (`publications.create`), with the scope `publication`; one person owns at most 20.
    async fn publication_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The publication.")] input: PublicationCreateInput,
    ) -> Result<Option<PublicationCreatePayload>> {
        let request = RequestContext::of(context)?;
        let input = PublicationInput {
            title: input.title,
            slug: input.slug,
            tagline: input.tagline,
            language: input.language,
            site_url: input.site_url,
        };
        let outcome = publication::add(&request.accounts, request.viewer(), input).await;
        request.reader.forget();
        let outcome = of_publication(request, outcome).await?;
        PublicationCreatePayload::told(request, outcome).map(Some)
    }

    /// Changes the settings of a publication. For ADMINs and OWNERs, with the scope `publication`.
    async fn publication_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one, and what.")] input: PublicationUpdateInput,
    ) -> Result<Option<PublicationUpdatePayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::Publication, &input.id);
        let change = PublicationChange {
            title: input.title,
            slug: input.slug,
            tagline: input.tagline,
            language: input.language,
            site_url: kept(input.site_url, |url| url),
            custom_field_schema: kept(input.custom_field_schema, |schema| schema.0),
        };
        let outcome = publication::change(&request.accounts, request.viewer(), id, change).await;
        request.reader.forget();
        let outcome = of_publication(request, outcome.map(|()| id)).await?;
        PublicationUpdatePayload::told(request, outcome).map(Some)
    }
}
