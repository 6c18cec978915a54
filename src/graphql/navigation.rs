//! Menus of publications.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, OneofObject};
use entity::PublicationId;
use sea_orm::DbErr;

use super::context::RequestContext;
use super::error::Result;
use super::id::{NodeType, given, given_post};
use super::loader::{Relation, Source};
use super::member::of_publication;
use super::node::Node;
use super::page_tree::Page;
use super::payload::payload;
use super::post::Post;
use super::publication::Publication;
use crate::domain::navigation::{self, Entry, Found, NewItem, NewTarget};
use crate::domain::post::Reach;

/// An item of a menu.
#[derive(Clone)]
pub struct NavigationItem(pub(super) Arc<Entry>);

impl From<Entry> for NavigationItem {
    fn from(entry: Entry) -> Self {
        Self(Arc::new(entry))
    }
}

/// An item of a menu.
#[Object]
impl NavigationItem {
    /// What readers see.
    async fn label(&self) -> &str {
        &self.0.label
    }

    /// Its path below the front end's address; none for what is elsewhere, and for a heading.
    async fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// Its whole address; none for a heading, and for a path while the publication has no `siteUrl`.
    async fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// What of the publication it leads to: a post, page, tag or category.
    async fn target(&self) -> Option<Node> {
        Some(match self.0.target.as_ref()? {
            Found::Post(row) => {
                let post = Post::from(row.as_ref().clone());
                Page::of(&post).map_or(Node::Post(post), Node::Page)
            }
            Found::Tag(row) => Node::Tag(row.clone().into()),
            Found::Category(row) => Node::Category(row.clone().into()),
        })
    }

    /// What stands below it.
    async fn items(&self) -> Vec<NavigationItem> {
        self.0.items.iter().cloned().map(Self::from).collect()
    }
}

/// A menu.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Menu {
    name: String,
    reach: Reach,
}

impl Menu {
    /// The menu of this name, with items that lead to hidden posts or without them.
    pub fn new(name: String, include_hidden: bool) -> Self {
        let reach = if include_hidden { Reach::Desk } else { Reach::Listed };
        Self { name, reach }
    }
}

impl Relation for Menu {
    type Parent = PublicationId;
    type Child = Arc<Vec<NavigationItem>>;

    async fn load(
        &self,
        source: &Source,
        publications: &[PublicationId],
    ) -> std::result::Result<HashMap<PublicationId, Self::Child>, DbErr> {
        // No name has it, and PostgreSQL no text.
        if self.name.contains('\0') {
            return Ok(HashMap::new());
        }
        let menus = navigation::menus_of(&source.database, source.viewer, self.reach, publications, &self.name);
        let menus = Box::pin(menus).await?;
        let items = |entries: Vec<Entry>| Arc::new(entries.into_iter().map(NavigationItem::from).collect());
        Ok(menus.into_iter().map(|(id, entries)| (id, items(entries))).collect())
    }
}

/// The names of menus.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MenuNames;

impl Relation for MenuNames {
    type Parent = PublicationId;
    type Child = Vec<String>;

    async fn load(
        &self,
        source: &Source,
        publications: &[PublicationId],
    ) -> std::result::Result<HashMap<PublicationId, Vec<String>>, DbErr> {
        navigation::names_of(&source.database, publications).await
    }
}

/// Where an item of a menu leads: give exactly one.
#[derive(OneofObject)]
pub enum NavigationTargetInput {
    /// An address that begins with `https://`, `http://`, `mailto:` or `tel:`, or a path of the front end that begins with
    /// `/`.
    Url(String),
    /// The global id of a post of the publication.
    Post(ID),
    /// The global id of a page of the publication.
    Page(ID),
    /// The global id of a tag of the publication.
    Tag(ID),
    /// The global id of a category of the publication.
    Category(ID),
}

/// An item of a menu.
#[derive(InputObject)]
pub struct NavigationItemInput {
    /// What readers see, at most 200 characters.
    label: String,
    /// Where it leads; left out for a heading, which readers see as long as something stands below it.
    target: Option<NavigationTargetInput>,
    /// What stands below it; a menu has at most 3 levels.
    #[graphql(default)]
    items: Vec<NavigationItemInput>,
}

/// A menu as it shall be.
#[derive(InputObject)]
pub struct NavigationSetInput {
    /// The global id of the publication.
    publication_id: ID,
    /// The name of the menu: lower-case letters, digits and single hyphens. A publication has at most 20 menus.
    #[graphql(default = "main")]
    name: String,
    /// All of its items, at most 200 on all levels together; without any there is no such menu any more.
    items: Vec<NavigationItemInput>,
}

impl From<NavigationItemInput> for NewItem {
    fn from(input: NavigationItemInput) -> Self {
        let target = |target| match target {
            NavigationTargetInput::Url(url) => NewTarget::Url(url),
            NavigationTargetInput::Post(id) | NavigationTargetInput::Page(id) => NewTarget::Post(given_post(&id)),
            NavigationTargetInput::Tag(id) => NewTarget::Tag(given(NodeType::Tag, &id)),
            NavigationTargetInput::Category(id) => NewTarget::Category(given(NodeType::Category, &id)),
        };
        Self {
            label: input.label,
            target: input.target.map(target),
            items: input.items.into_iter().map(Self::from).collect(),
        }
    }
}

payload! {
    /// What `navigationSet` did.
    NavigationSetPayload {
        /// The publication, with the menu.
        publication: Option<Publication>,
    }
}

/// Menus, of the mutation.
#[derive(Default)]
pub struct NavigationMutation;

#[Object]
impl NavigationMutation {
    /// Sets a menu, whole. For ADMINs and OWNERs, with the scope `publication`.
    async fn navigation_set(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose, which, and its items.")] input: NavigationSetInput,
    ) -> Result<Option<NavigationSetPayload>> {
        let request = RequestContext::of(context)?;
        let publication = given(NodeType::Publication, &input.publication_id);
        let items = input.items.into_iter().map(NewItem::from).collect();
        let outcome = navigation::set(&request.accounts, request.viewer(), publication, &input.name, items).await;
        request.reader.forget();
        let outcome = of_publication(request, outcome.map(|()| publication)).await?;
        NavigationSetPayload::told(request, outcome).map(Some)
    }
}
