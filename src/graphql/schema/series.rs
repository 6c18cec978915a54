//! Series: posts that are meant to be read in order.

use std::borrow::Cow;

use async_graphql::InputObject;

use super::Query;
use super::node;
use super::post_list::PostListArguments;
use crate::domain::page::{Position, SortKind};
use crate::domain::post::PostParent;
use crate::domain::series;
use crate::graphql::engine::{Fields, List, Listed, LookAhead, Object, One, PageArguments};
use crate::graphql::error::Result;
use crate::graphql::id::NodeType;
use crate::graphql::publication::{self, PublicationById};
use crate::graphql::series::{Series, SeriesBy, SeriesById, SeriesCount, SeriesList};

impl Object for Series {
    const DESCRIPTION: &'static str = "Posts that are meant to be read in order.";

    fn type_name() -> Cow<'static, str> {
        "Series".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Series, |series| series.0.id);
        fields.text("slug", "Slug, unique within the publication.", |series| &series.0.slug);
        fields.value(
            "path",
            "Path on the front end, as `resolvePath` accepts it.",
            Self::path_of,
        );
        fields.text("title", "Title.", |series| &series.0.title);
        fields.text("description", "Description; may be empty.", |series| {
            &series.0.description
        });
        fields.value("createdAt", "Creation time.", |series| series.0.created_at);
        fields.required("publication", "Publication it belongs to.", PublicationById, |series| {
            series.0.publication_id
        });
        fields.connection(
            "posts",
            "Posts of the series, in its order by default.",
            PostListArguments::list(PostParent::Series),
            |series: &Self| series.0.id.0,
        );
    }
}

impl Listed for Series {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("s", SortKind::Text)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

impl List for SeriesList {
    type Node = Series;
    type Count = SeriesCount;

    fn order(&self) {}

    fn count(&self) -> SeriesCount {
        SeriesCount
    }
}

/// Arguments of `series` below a publication.
#[derive(InputObject)]
pub(super) struct SeriesListArguments {
    #[graphql(flatten)]
    page: PageArguments,
}

impl SeriesListArguments {
    /// The list that they ask for.
    pub(super) fn list(&self, look_ahead: &LookAhead) -> Result<SeriesList> {
        self.page.request::<Series>((), look_ahead).map(SeriesList)
    }
}

/// Arguments of `series`.
#[derive(InputObject)]
struct SeriesArguments {
    /// Series to find.
    by: SeriesBy,
    /// Slug of its publication, where `by` has a slug; default: the default publication.
    publication: Option<String>,
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve("series", "A series by id or slug.", |one| Box::pin(find(one)));
}

async fn find(one: One<'_, Query, SeriesArguments>) -> Result<Option<Series>> {
    let request = one.request;
    match &one.arguments.by {
        SeriesBy::Id(id) => node::by_id(request, NodeType::Series, SeriesById, id).await,
        SeriesBy::Slug(slug) => match publication::find(request, one.arguments.publication.as_deref()).await? {
            Some(publication) => Ok(series::by_slug(request.database(), publication, slug)
                .await?
                .map(Series::from)),
            None => Ok(None),
        },
    }
}
