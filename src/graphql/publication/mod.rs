//! Publications: magazines, blogs, newsletters; everything else belongs to one.

mod change;
mod query;

pub use change::PublicationMutation;
pub use query::{PublicationQuery, find};

use std::sync::Arc;

use async_graphql::{Context, ID, Json, Object};
use chrono::{DateTime, Utc};
use entity::PublicationId;
use serde_json::Value;

use super::audit_event::{AuditEvent, PublicationAudit, plan_audit};
use super::category::{Category, CategoryList, of_publication, plan_categories, write_categories};
use super::context::RequestContext;
use super::error::Result;
use super::id::{NodeType, encode};
use super::invitation::{Invitation, InvitationList, plan_invitations};
use super::loader::by_id;
use super::media::{Media, MediaList, MediaUsage, MediaWhere, plan_media};
use super::member::{Member, MemberList, Role, StandingTo, plan_members, viewer_role};
use super::navigation::{Menu, MenuNames, NavigationItem};
use super::page::{Connection, Listed, PageArguments};
use super::plan::{Plan, Selected, Step};
use super::post::Post;
use super::posts::{PostList, PostOrder, PostWhere, plan_posts, write_posts};
use super::series::{Series, SeriesList, plan_series, write_series};
use super::tag::{Tag, TagList, TagOrder, plan_tags, write_tags};
use super::written::{Write, WriteField, maybe_text, scalar, text};
use crate::domain::media;
use crate::domain::page::{Position, SortKind};
use crate::domain::post::PostParent;
use crate::domain::publication::{self, PublicationRow};

/// A publication: a magazine, a blog, a newsletter.
#[derive(Clone)]
pub struct Publication(pub(super) Arc<PublicationRow>);

impl From<PublicationRow> for Publication {
    fn from(row: PublicationRow) -> Self {
        Self(Arc::new(row))
    }
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

impl Plan for Publication {
    fn plan(step: &mut Step<'_, Self>) {
        let id = |publication: &Self| publication.0.id.0;
        match step.selected().name() {
            "posts" => plan_posts(step, PostParent::Publication, id),
            "tags" => plan_tags(step, id),
            "categories" => {
                let parent = of_publication(step.selected().argument("topOnly"));
                plan_categories(step, parent, id);
            }
            "series" => plan_series(step, id),
            "navigation" => {
                let name = step.selected().given("name").unwrap_or_else(|| "main".to_owned());
                let menu = Menu::new(name, step.selected().argument("includeHidden"));
                step.load(menu, |publication| Some(publication.0.id));
            }
            "navigationNames" => step.load(MenuNames, |publication| Some(publication.0.id)),
            "customFieldSchema" => {
                step.load(StandingTo, |publication| Some(id(publication)));
                step.load(CustomFieldSchema, |publication| Some(publication.0.id));
            }
            "viewerRole" | "mediaUsage" => step.load(StandingTo, |publication| Some(id(publication))),
            "members" => plan_members(step, id),
            "invitations" => plan_invitations(step, id),
            "auditEvents" => plan_audit(step, id),
            "media" => plan_media(step, id),
            _ => {}
        }
    }
}

impl Write for Publication {
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>> {
        let id = |publication: &Self| publication.0.id.0;
        match selected.name() {
            "id" => scalar(|publication: &Self| encode(NodeType::Publication, publication.0.id)),
            "slug" => text(|publication: &Self| publication.0.slug.as_str()),
            "title" => text(|publication: &Self| publication.0.title.as_str()),
            "tagline" => text(|publication: &Self| publication.0.tagline.as_str()),
            "language" => text(|publication: &Self| publication.0.language.as_str()),
            "siteUrl" => maybe_text(|publication: &Self| publication.0.site_url.as_deref()),
            "createdAt" => scalar(|publication: &Self| publication.0.created_at),
            "updatedAt" => scalar(|publication: &Self| publication.0.updated_at),
            "tags" => write_tags(selected, id),
            "categories" => write_categories(selected, of_publication(selected.read("topOnly", false)?), id),
            "series" => write_series(selected, id),
            "posts" => write_posts(selected, PostParent::Publication, move |publication: &Self| {
                (id(publication), None)
            }),
            _ => None,
        }
    }
}

/// A publication: a magazine, a blog, a newsletter.
#[Object]
impl Publication {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::Publication, self.0.id)
    }

    /// Its name in addresses; unique over the whole installation.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its name as readers see it.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// One line about it; may be empty.
    async fn tagline(&self) -> &str {
        &self.0.tagline
    }

    /// The BCP 47 language tag of its texts, such as `en`.
    async fn language(&self) -> &str {
        &self.0.language
    }

    /// Where its front end lives.
    async fn site_url(&self) -> Option<&str> {
        self.0.site_url.as_deref()
    }

    /// JSON Schema (draft 2020-12) of the custom fields of its posts; null when any are allowed. For members, with the scope
    /// `read`; null for others.
    async fn custom_field_schema(&self, context: &Context<'_>) -> Result<Option<Json<Arc<Value>>>> {
        let request = RequestContext::of(context)?;
        if viewer_role(request, self.0.id.0).await?.is_none() {
            return Ok(None);
        }
        Ok(request.reader.child(CustomFieldSchema, self.0.id).await?.map(Json))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// Its tags, by name unless ordered otherwise.
    async fn tags(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "In which order.", default)] order_by: TagOrder,
    ) -> Result<Connection<Tag>> {
        let list = TagList::new(order_by, &PageArguments::given(context, first, after, last, before))?;
        list.connection(RequestContext::of(context)?, self.0.id.0).await
    }

    /// Its categories, in the order of siblings.
    async fn categories(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those at the top; their `children` hold the rest.", default)] top_only: bool,
    ) -> Result<Connection<Category>> {
        let list = CategoryList::new(
            of_publication(top_only),
            &PageArguments::given(context, first, after, last, before),
        )?;
        list.connection(RequestContext::of(context)?, self.0.id.0).await
    }

    /// Its series, by slug.
    async fn series(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Series>> {
        let list = SeriesList::new(&PageArguments::given(context, first, after, last, before))?;
        list.connection(RequestContext::of(context)?, self.0.id.0).await
    }

    /// One of its menus; empty when there is no such menu. Items that lead to a post or page which is not published or not
    /// public are left out.
    async fn navigation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The name of the menu.", default = "main")] name: String,
        #[graphql(
            desc = "Whether items that lead to hidden posts are there, too, as far as the viewer may see those: for those who \
                    edit the menu.",
            default
        )]
        include_hidden: bool,
    ) -> Result<Vec<NavigationItem>> {
        let reader = &RequestContext::of(context)?.reader;
        Ok(reader.child(Menu::new(name, include_hidden), self.0.id).await?.to_vec())
    }

    /// The names of its menus.
    async fn navigation_names(&self, context: &Context<'_>) -> Result<Vec<String>> {
        RequestContext::of(context)?.reader.child(MenuNames, self.0.id).await
    }

    /// What the viewer is here; none when they are no member, or their token does not have the scope `read`.
    async fn viewer_role(&self, context: &Context<'_>) -> Result<Option<Role>> {
        viewer_role(RequestContext::of(context)?, self.0.id.0).await
    }

    /// Its members, the longest there first. For members, with the scope `read`; none for others.
    async fn members(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Member>>> {
        let list = MemberList::new(&PageArguments::given(context, first, after, last, before))?;
        list.connection(RequestContext::of(context)?, self.0.id.0).await
    }

    /// Its open invitations, by address. For ADMINs and OWNERs, with the scope `publication`; none for others.
    async fn invitations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Invitation>>> {
        let list = InvitationList::new(&PageArguments::given(context, first, after, last, before))?;
        list.connection(RequestContext::of(context)?, self.0.id.0).await
    }

    /// What happened to its members and their rights, the newest first. For OWNERs, with the scope `publication`; none
    /// for others.
    async fn audit_events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<AuditEvent>>> {
        let list = PublicationAudit::new(&PageArguments::given(context, first, after, last, before))?;
        list.connection(RequestContext::of(context)?, self.0.id.0).await
    }

    /// Files of the media library, newest first. Requires membership and the scope `read:drafts`; otherwise null.
    async fn media(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which of them.")] filter: Option<MediaWhere>,
    ) -> Result<Option<Connection<Media>>> {
        let page = PageArguments::given(context, first, after, last, before);
        let list = MediaList::new(filter, &page)?;
        list.connection(RequestContext::of(context)?, self.0.id.0).await
    }

    /// Storage used by its files. Requires membership and the scope `read:drafts`; otherwise null.
    async fn media_usage(&self, context: &Context<'_>) -> Result<Option<MediaUsage>> {
        let (request, id) = (RequestContext::of(context)?, self.0.id.0);
        let who = request.reader.child(StandingTo, id).await?;
        if who.is_none_or(|who| media::policy::may_see(who).is_err()) {
            return Ok(None);
        }
        MediaUsage::of_publication(request, id).await.map(Some)
    }

    /// Its posts, newest first unless ordered otherwise.
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
        let list = PostList::new(PostParent::Publication, filter, order_by, &page)?;
        list.connection(RequestContext::of(context)?, self.0.id.0, None).await
    }
}

by_id! {
    /// Publications by id.
    PublicationById: PublicationId => Publication, |source, ids| publication::by_ids(&source.database, ids)
}

by_id! {
    /// What publications ask of custom fields; apart, because lists seldom want it.
    CustomFieldSchema: PublicationId => Arc<Value>,
    |source, ids| publication::custom_field_schemas(&source.database, ids)
}
