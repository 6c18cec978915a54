//! Series: posts that are meant to be read in order.

mod mutation;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{ID, InputObject, OneofObject};
use entity::SeriesId;
use sea_orm::DbErr;
use uuid::Uuid;

pub(super) use mutation::mutation;

use super::Query;
use super::node;
use super::post_list::PostListArguments;
use super::publication::{self, PublicationById};
use crate::domain::page::{Page, PageRequest, Position, SortKind};
use crate::domain::post::PostParent;
use crate::domain::redirect::Target;
use crate::domain::series::{self, SeriesRow};
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::loader::{Relation, Source, by_id};
use crate::graphql::engine::{Fields, List, Listed, LookAhead, Object, One, PageArguments};

/// A series.
#[derive(Clone)]
pub struct Series(pub Arc<SeriesRow>);

impl From<SeriesRow> for Series {
    fn from(row: SeriesRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Series {
    /// Path on the front end.
    pub fn path(&self) -> String {
        Target::Series(self.0.id).path(&self.0.slug)
    }
}

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
            Self::path,
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

by_id! {
    /// Series by id.
    SeriesById: SeriesId => Series, |source, ids| series::by_ids(&source.database, ids)
}

/// A list of series of publications.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SeriesList(PageRequest);

impl Relation for SeriesList {
    type Parent = Uuid;
    type Child = Arc<Page<Series>>;

    async fn load(
        &self,
        source: &Source,
        parents: &[Uuid],
    ) -> std::result::Result<HashMap<Uuid, Arc<Page<Series>>>, DbErr> {
        let pages = series::list_of(&source.database, parents, &self.0).await?;
        Ok(pages
            .into_iter()
            .map(|(parent, page)| (parent, Arc::new(page.map(Series::from))))
            .collect())
    }
}

/// Number of series of publications.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SeriesCount;

impl Relation for SeriesCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        series::count_of(&source.database, parents).await
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

/// Identifies a series.
#[derive(OneofObject)]
enum SeriesBy {
    /// Global id.
    Id(ID),
    /// Slug.
    Slug(String),
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
