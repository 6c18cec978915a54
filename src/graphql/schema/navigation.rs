//! Menus of publications.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{ID, InputObject, OneofObject};
use entity::PublicationId;
use sea_orm::DbErr;

use super::Mutation;
use super::content::{Content, ContentObject};
use super::node::Node;
use super::page::Page;
use super::post::Post;
use super::publication::{Publication, PublicationById};
use crate::domain::navigation::{self, Entry, Found, NewItem, NewTarget};
use crate::domain::post::Reach;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::loader::{Relation, Source};
use crate::graphql::engine::{Fields, Leaf, Object, Payload, returns};

/// An item of a menu.
#[derive(Clone)]
pub struct NavigationItem(Arc<Entry>);

impl From<Entry> for NavigationItem {
    fn from(entry: Entry) -> Self {
        Self(Arc::new(entry))
    }
}

impl Object for NavigationItem {
    const DESCRIPTION: &'static str = "An item of a menu.";

    fn type_name() -> Cow<'static, str> {
        "NavigationItem".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.text("label", "Label.", |item| &item.0.label);
        fields.optional_text(
            "path",
            "Path on the front end; null for external links and headings.",
            |item| item.0.path.as_deref(),
        );
        fields.optional_text(
            "url",
            "Absolute URL; null for headings, and for paths while the publication has no `siteUrl`.",
            |item| item.0.url.as_deref(),
        );
        fields.embedded(
            "target",
            "Post, page, tag or category that the item links to; null for other links and headings.",
            target,
        );
        fields.embedded("items", "Items below this one.", |item| {
            let items = item.0.items.iter().cloned();
            items.map(NavigationItem::from).collect::<Vec<_>>()
        });
    }
}

fn target(item: &NavigationItem) -> Option<Node> {
    Some(match item.0.target.as_ref()? {
        Found::Post(row) => Content::of(Arc::clone(row))?.into(),
        Found::Tag(row) => Node::Tag(row.clone().into()),
        Found::Category(row) => Node::Category(row.clone().into()),
    })
}

/// A menu of publications.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Menu {
    name: String,
    reach: Reach,
}

impl Relation for Menu {
    type Parent = PublicationId;
    type Child = Arc<Vec<NavigationItem>>;

    async fn load(
        &self,
        source: &Source,
        publications: &[PublicationId],
    ) -> std::result::Result<HashMap<PublicationId, Self::Child>, DbErr> {
        // No name contains NUL, and PostgreSQL accepts no text that does.
        if self.name.contains('\0') {
            return Ok(HashMap::new());
        }
        let menus = navigation::menus_of(&source.database, source.viewer, self.reach, publications, &self.name);
        let menus = Box::pin(menus).await?;
        let items = |entries: Vec<Entry>| Arc::new(entries.into_iter().map(NavigationItem::from).collect());
        Ok(menus.into_iter().map(|(id, entries)| (id, items(entries))).collect())
    }
}

/// The names of the menus of publications.
#[derive(Clone, PartialEq, Eq, Hash)]
struct MenuNames;

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

/// Arguments of `navigation`.
#[derive(InputObject)]
struct NavigationArguments {
    /// Name of the menu.
    #[graphql(default = "main")]
    name: String,
    /// Also include items that link to hidden posts, as far as the viewer may see them: for editing the menu.
    #[graphql(default)]
    include_hidden: bool,
}

impl NavigationArguments {
    fn menu(&self) -> Menu {
        Menu {
            name: self.name.clone(),
            reach: if self.include_hidden {
                Reach::Desk
            } else {
                Reach::Listed
            },
        }
    }
}

/// The fields of a publication that have its menus.
pub(super) fn of_publication(fields: &mut Fields<Publication>) {
    fields.derived_with(
        "navigation",
        "Items of a menu; empty if there is no such menu. Omits items that link to posts or pages that are not \
         published or not public.",
        |arguments: &NavigationArguments, _| Ok(arguments.menu()),
        |publication| Some(publication.0.id),
        |_, items: Arc<Vec<NavigationItem>>, _, _| Ok(items.to_vec()),
    );
    fields.derived(
        "navigationNames",
        "Names of the publication's menus.",
        MenuNames,
        |publication| Some(publication.0.id),
        |_, names, _| Ok(Leaf(names)),
    );
}

/// The mutations of menus.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "navigationSet",
        "Sets a menu, replacing all of its items. Requires the ADMIN role and the `publication` scope.",
        returns("publication", "The publication with the menu."),
        |request, input| Box::pin(set(request, input)),
    );
}

#[derive(InputObject)]
struct NavigationSetInput {
    /// Global id of the publication.
    publication_id: ID,
    /// Name of the menu: lower-case letters, digits and single hyphens, 1 to 50 characters. A publication has at most
    /// 20 menus.
    #[graphql(default = "main")]
    name: String,
    /// Items of the menu, at most 200 on all levels together; an empty list deletes the menu.
    items: Vec<NavigationItemInput>,
}

/// An item of a menu.
#[derive(InputObject)]
struct NavigationItemInput {
    /// Label, 1 to 200 characters.
    label: String,
    /// What the item links to; none by default. An item without a target is a heading, which readers see as long as
    /// there are items below it.
    target: Option<NavigationTargetInput>,
    /// Items below this one. A menu has at most 3 levels.
    #[graphql(default)]
    items: Vec<NavigationItemInput>,
}

/// What an item of a menu links to.
#[derive(OneofObject)]
enum NavigationTargetInput {
    /// URL that starts with `https://`, `http://`, `mailto:` or `tel:`, or path on the front end that starts with `/`;
    /// at most 2,000 characters.
    Url(String),
    /// Global id of a post of the publication.
    Post(ID),
    /// Global id of a page of the publication.
    Page(ID),
    /// Global id of a tag of the publication.
    Tag(ID),
    /// Global id of a category of the publication.
    Category(ID),
}

impl From<NavigationItemInput> for NewItem {
    fn from(input: NavigationItemInput) -> Self {
        Self {
            label: input.label,
            target: input.target.map(NewTarget::from),
            items: input.items.into_iter().map(Self::from).collect(),
        }
    }
}

impl From<NavigationTargetInput> for NewTarget {
    fn from(input: NavigationTargetInput) -> Self {
        match input {
            NavigationTargetInput::Url(url) => Self::Url(url),
            NavigationTargetInput::Post(id) => Self::Post(Post::KIND, given(Post::NODE, &id)),
            NavigationTargetInput::Page(id) => Self::Post(Page::KIND, given(Page::NODE, &id)),
            NavigationTargetInput::Tag(id) => Self::Tag(given(NodeType::Tag, &id)),
            NavigationTargetInput::Category(id) => Self::Category(given(NodeType::Category, &id)),
        }
    }
}

async fn set(request: &RequestContext, input: NavigationSetInput) -> Result<Payload<Publication>> {
    let publication = given(NodeType::Publication, &input.publication_id);
    let items = input.items.into_iter().map(NewItem::from).collect();
    let changed = navigation::set(&request.accounts, request.viewer(), publication, &input.name, items).await;
    Payload::reload(request, PublicationById, changed.map(|()| publication)).await
}
