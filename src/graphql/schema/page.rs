//! Pages: posts of kind PAGE, in a tree.

use std::borrow::Cow;

use entity::post::PostKind;

use super::Query;
use super::node;
use super::post::{PostArguments, PostObject, by_slug, post_fields};
use crate::graphql::engine::{Fields, Object, One};
use crate::graphql::error::Result;
use crate::graphql::id::NodeType;
use crate::graphql::page_tree::{Page, PageById, PageChildren, ParentPage};
use crate::graphql::post::{Post, PostBy};

impl PostObject for Page {
    fn post(&self) -> &Post {
        &self.0
    }
}

impl Object for Page {
    const DESCRIPTION: &'static str = "A page: a post of kind PAGE, with its place in the page tree.";

    fn type_name() -> Cow<'static, str> {
        "Page".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Page, |page| page.row().id);
        post_fields(fields);
        fields.related(
            "parent",
            "Parent page; null at the top level, and if the parent is not published or not public.",
            ParentPage,
            |page| page.row().parent_id,
        );
        fields.related(
            "children",
            "Child pages in the order of siblings, at most 100.",
            PageChildren,
            |page| Some(page.row().id),
        );
    }
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "page",
        "A page by id or slug. `posts(where: {kind: PAGE})` lists all pages.",
        |one| Box::pin(find(one)),
    );
}

async fn find(one: One<'_, Query, PostArguments>) -> Result<Option<Page>> {
    let request = one.request;
    let publication = one.arguments.publication.as_deref();
    match &one.arguments.by {
        PostBy::Id(id) => node::by_id(request, NodeType::Page, PageById, id).await,
        PostBy::Slug(slug) => {
            let post = by_slug(request, one.look_ahead, PostKind::Page, slug, publication).await?;
            Ok(post.as_ref().and_then(Page::of))
        }
    }
}
