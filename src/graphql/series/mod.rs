//! Series: posts that are meant to be read in order.

mod change;

pub use change::SeriesMutation;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, Object, OneofObject};
use chrono::{DateTime, Utc};
use entity::SeriesId;
use sea_orm::DbErr;
use uuid::Uuid;

use super::context::RequestContext;
use super::error::{Fault, Result};
use super::id::{NodeType, decode_as, encode};
use super::loader::{Relation, Source, by_id};
use super::page::{Connection, Listed, PageArguments, Total, write_page};
use super::plan::{Plan, Selected, Step};
use super::post::Post;
use super::posts::{PostList, PostOrder, PostWhere, plan_posts, write_posts};
use super::publication::{self, Publication, PublicationById};
use super::written::{Write, WriteField, Written, one, scalar, text};
use crate::domain::page::{Page, PageRequest, Position, SortKind};
use crate::domain::post::PostParent;
use crate::domain::redirect::Target;
use crate::domain::series::{self, SeriesRow};

/// Posts that are meant to be read in order.
#[derive(Clone)]
pub struct Series(pub(super) Arc<SeriesRow>);

impl From<SeriesRow> for Series {
    fn from(row: SeriesRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Series {
    /// Its path below the front end's address.
    pub(super) fn path_of(&self) -> String {
        Target::Series(self.0.id).path(&self.0.slug)
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

impl Plan for Series {
    fn plan(step: &mut Step<'_, Self>) {
        match step.selected().name() {
            "posts" => plan_posts(step, PostParent::Series, |series| series.0.id.0),
            "publication" => step.follow(PublicationById, |series| Some(series.0.publication_id)),
            _ => {}
        }
    }
}

impl Write for Series {
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>> {
        match selected.name() {
            "id" => scalar(|series: &Self| encode(NodeType::Series, series.0.id)),
            "slug" => text(|series: &Self| series.0.slug.as_str()),
            "path" => scalar(Self::path_of),
            "title" => text(|series: &Self| series.0.title.as_str()),
            "description" => text(|series: &Self| series.0.description.as_str()),
            "createdAt" => scalar(|series: &Self| series.0.created_at),
            "publication" => one(selected, PublicationById, |series: &Self| series.0.publication_id),
            "posts" => write_posts(selected, PostParent::Series, |series: &Self| (series.0.id.0, None)),
            _ => None,
        }
    }
}

/// Posts that are meant to be read in order.
#[Object(serial)]
impl Series {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::Series, self.0.id)
    }

    /// Its name in addresses; unique in its publication.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its path below the front end's address, as `resolvePath` takes it.
    async fn path(&self) -> String {
        self.path_of()
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it is about; may be empty.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Whose it is.
    async fn publication(&self, context: &Context<'_>) -> Result<Publication> {
        let publication = RequestContext::of(context)?
            .reader
            .child(PublicationById, self.0.publication_id)
            .await?;
        publication.ok_or(Fault::Unavailable)
    }

    /// Its posts, in the order of the series unless ordered otherwise.
    #[allow(clippy::too_many_arguments)] // They are the field's arguments.
    async fn posts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which of them.")] filter: Option<PostWhere>,
        #[graphql(desc = "In which order.")] order_by: Option<PostOrder>,
    ) -> Result<Connection<Post>> {
        let page = PageArguments::given(context, first, after, last, before);
        let list = PostList::new(PostParent::Series, filter, order_by, &page)?;
        list.connection(RequestContext::of(context)?, self.0.id.0, None).await
    }
}

by_id! {
    /// Series by id.
    SeriesById: SeriesId => Series, |source, ids| series::by_ids(&source.database, ids)
}

/// A list of a publication's series.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SeriesList(pub(super) PageRequest);

impl SeriesList {
    /// The list that the arguments ask for.
    pub fn new(page: &PageArguments) -> Result<Self> {
        Ok(Self(page.request::<Series>(())?))
    }

    fn shown(request: &RequestContext, page: Arc<Page<Series>>, publication: Uuid) -> Connection<Series> {
        Connection::new(page, (), Total::by(request, SeriesCount, publication))
    }

    /// Its page in the publication with this id.
    pub async fn connection(self, request: &RequestContext, publication: Uuid) -> Result<Connection<Series>> {
        let page = request.reader.child(self.clone(), publication).await?;
        Ok(Self::shown(request, page, publication))
    }
}

impl Relation for SeriesList {
    type Parent = Uuid;
    type Child = Arc<Page<Series>>;

    fn richer(&self) -> Option<Self> {
        self.0.peeking().map(Self)
    }

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

/// How many series a publication has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SeriesCount;

impl Relation for SeriesCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        series::count_of(&source.database, parents).await
    }
}

/// Plans for the field `series` of publications.
pub fn plan_series<T: Plan>(step: &mut Step<'_, T>, id: impl Fn(&T) -> Uuid) {
    let selected = step.selected();
    let list = SeriesList::new(&PageArguments::of(selected));
    if selected.has("totalCount") {
        step.load(SeriesCount, |item| Some(id(item)));
    }
    // Unreadable arguments are reported by the resolver.
    if let Ok(list) = list {
        step.follow(list, |item| Some(id(item)));
    }
}

/// Writes the field `series` of publications.
pub fn write_series<T>(
    selected: &Selected<'_>,
    id: impl Fn(&T) -> Uuid + Send + Sync + 'static,
) -> Option<WriteField<T>> {
    let list = SeriesList::new(&PageArguments::read(selected)?).ok()?;
    write_page(selected, list, id, |_, request, page, publication| {
        SeriesList::shown(request, page, publication)
    })
}

/// Names a series: give exactly one.
#[derive(OneofObject)]
pub enum SeriesBy {
    /// The global id.
    Id(ID),
    /// The slug.
    Slug(String),
}

/// Series, of the query.
#[derive(Default)]
pub struct SeriesQuery;

#[Object]
impl SeriesQuery {
    /// A series. All of a publication stand in its own field `series`.
    async fn series(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] by: SeriesBy,
        #[graphql(desc = "Slug of its publication, where `by` has a slug; the default publication when left out.")]
        publication: Option<String>,
    ) -> Result<Option<Written<Series>>> {
        let request = RequestContext::of(context)?;
        let series = match by {
            SeriesBy::Id(id) => match decode_as(NodeType::Series, &id) {
                Some(id) => request.reader.child(SeriesById, id).await?,
                None => None,
            },
            SeriesBy::Slug(slug) => match publication::find(request, publication.as_deref()).await? {
                Some(publication) => series::by_slug(request.database(), publication, &slug)
                    .await?
                    .map(Series::from),
                None => None,
            },
        };
        Ok(request.planned(context, series).await?.map(Written))
    }
}
