//! Menus of publications.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::InputObject;

use super::node::Node;
use crate::domain::navigation::Found;
use crate::graphql::engine::{Fields, Leaf, Object};
use crate::graphql::navigation::{Menu, MenuNames, NavigationItem};
use crate::graphql::page_tree::Page;
use crate::graphql::post::Post;
use crate::graphql::publication::Publication;

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
        Found::Post(row) => {
            let post = Post::from(row.as_ref().clone());
            Page::of(&post).map_or(Node::Post(post), Node::Page)
        }
        Found::Tag(row) => Node::Tag(row.clone().into()),
        Found::Category(row) => Node::Category(row.clone().into()),
    })
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

/// The fields of a publication that have its menus.
pub(super) fn of_publication(fields: &mut Fields<Publication>) {
    fields.derived_with(
        "navigation",
        "Items of a menu; empty if there is no such menu. Omits items that link to posts or pages that are not published or \
         not public.",
        |arguments: &NavigationArguments, _| Ok(Menu::new(arguments.name.clone(), arguments.include_hidden)),
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
