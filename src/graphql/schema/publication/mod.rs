//! Publications: magazines, blogs, newsletters. Posts and everything that describes them belong to one.

mod mutation;

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::InputObject;
use entity::PublicationId;
use serde_json::Value;

pub(super) use mutation::mutation;

use super::audit_event::{AuditEvent, PublicationAudit};
use super::category::CategoryListArguments;
use super::guarded::{guarded_connection, guarded_value};
use super::json::JsonValue;
use super::member::StandingTo;
use super::page_list::PageListArguments;
use super::post_list::PostListArguments;
use super::series::SeriesListArguments;
use super::tag::TagListArguments;
use super::{Query, invitation, listing, media, member, navigation, node};
use crate::domain::page::{Position, SortKind};
use crate::domain::post::PostParent;
use crate::domain::publication::{self, PublicationRow};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::loader::by_id;
use crate::graphql::engine::{Connection, Fields, Leaf, Listed, LookAhead, Object, One, PageArguments};

/// A publication.
#[derive(Clone)]
pub struct Publication(pub Arc<PublicationRow>);

impl From<PublicationRow> for Publication {
    fn from(row: PublicationRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Object for Publication {
    const DESCRIPTION: &'static str = "A publication: a magazine, a blog, a newsletter.";

    fn type_name() -> Cow<'static, str> {
        "Publication".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Publication, |publication| publication.0.id);
        settings(fields);
        contents(fields);
        navigation::of_publication(fields);
        people(fields);
        media::of_publication(fields);
        fields.connection(
            "posts",
            "Posts, newest first by default.",
            PostListArguments::list(PostParent::Publication),
            |publication: &Self| publication.0.id.0,
        );
        fields.connection(
            "pages",
            "Pages, by title by default.",
            PageListArguments::list,
            |publication: &Self| publication.0.id.0,
        );
    }
}

fn settings(fields: &mut Fields<Publication>) {
    fields.text("slug", "Slug, unique within the instance.", |publication| {
        &publication.0.slug
    });
    fields.text("title", "Title.", |publication| &publication.0.title);
    fields.text("tagline", "Tagline, one line; may be empty.", |publication| {
        &publication.0.tagline
    });
    fields.text(
        "language",
        "Language of the content as a BCP 47 tag, such as `en`.",
        |publication| &publication.0.language,
    );
    fields.optional_text("siteUrl", "URL of the front end.", |publication| {
        publication.0.site_url.as_deref()
    });
    guarded_value(
        fields,
        "customFieldSchema",
        "JSON Schema (draft 2020-12) of the posts' custom fields; null if any are allowed. Requires membership and the \
         `read` scope; null for others.",
        |who| member::role_of(who).is_some(),
        CustomFieldSchema,
        |publication| publication.0.id,
        |schema, _| schema.map(|schema| Leaf(JsonValue::new(&schema))),
    );
    fields.value("createdAt", "Creation time.", |publication| publication.0.created_at);
    fields.value("updatedAt", "Time of the last change.", |publication| {
        publication.0.updated_at
    });
}

fn contents(fields: &mut Fields<Publication>) {
    let id = |publication: &Publication| publication.0.id.0;
    fields.connection("tags", "Tags, by name by default.", TagListArguments::list, id);
    fields.connection(
        "categories",
        "Categories, in the order of siblings.",
        CategoryListArguments::list,
        id,
    );
    fields.connection("series", "Series, by slug.", SeriesListArguments::list, id);
}

fn people(fields: &mut Fields<Publication>) {
    let id = |publication: &Publication| publication.0.id.0;
    fields.derived(
        "viewerRole",
        "Role of the viewer; null for viewers who are not members, and without the `read` scope.",
        StandingTo,
        |publication| Some(publication.0.id.0),
        |_, who, _| Ok(Leaf(who.and_then(member::role_of))),
    );
    guarded_connection(
        fields,
        "members",
        "Members, longest-standing first. Requires membership and the `read` scope; null for others.",
        member::list,
        id,
    );
    guarded_connection(
        fields,
        "invitations",
        "Pending invitations, by email address. Requires the ADMIN role and the `publication` scope; null for others.",
        invitation::list,
        id,
    );
    guarded_connection(
        fields,
        "auditEvents",
        "Audit events about members and their roles, newest first. Requires the OWNER role and the `publication` \
         scope; null for others.",
        |page: &PageArguments, look_ahead: &LookAhead| page.request::<AuditEvent>((), look_ahead).map(PublicationAudit),
        id,
    );
}

impl Listed for Publication {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("s", SortKind::Text)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

by_id! {
    /// Publications by id.
    PublicationById: PublicationId => Publication, |source, ids| publication::by_ids(&source.database, ids)
}

by_id! {
    /// JSON Schemas of custom fields. Lists of publications seldom need them, so their rows do not have them.
    CustomFieldSchema: PublicationId => Arc<Value>,
    |source, ids| publication::custom_field_schemas(&source.database, ids)
}

/// The id of the publication with this slug, or of the default one.
pub(super) async fn find(request: &RequestContext, slug: Option<&str>) -> Result<Option<PublicationId>> {
    let Some(row) = publication::by_slug(request.database(), request.publication(slug)).await? else {
        return Ok(None);
    };
    let id = row.id;
    request.reader.put(PublicationById, id, Some(row.into()));
    Ok(Some(id))
}

/// Arguments of `publication`.
#[derive(InputObject)]
struct PublicationArguments {
    /// Slug of the publication. Default: the default publication, which is the configured one, or else the oldest.
    slug: Option<String>,
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve("publication", "A publication by slug.", |one| Box::pin(by_slug(one)));
    fields.resolve("publications", "All publications of the instance, by slug.", |one| {
        Box::pin(all(one))
    });
}

async fn by_slug(one: One<'_, Query, PublicationArguments>) -> Result<Option<Publication>> {
    let slug = one.request.publication(one.arguments.slug.as_deref());
    let found = publication::by_slug(one.request.database(), slug).await?;
    Ok(found.map(Publication::from))
}

async fn all(one: One<'_, Query, PageArguments>) -> Result<Connection<Publication>> {
    let database = one.request.database();
    let page = one.arguments.request::<Publication>((), one.look_ahead)?;
    let publications = publication::list(database, &page);
    listing::connection(one.look_ahead, publications, publication::count(database)).await
}
