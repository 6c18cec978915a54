//! What only viewers who may edit a post or page see of it.

use std::sync::Arc;

use async_graphql::InputObject;
use entity::PostId;
use futures_util::future::join;

use super::ContentObject;
use super::relations::{Draft, Editable};
use crate::domain::post::PostRow;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::loader::Relation;
use crate::graphql::engine::{Call, Connection, Fields, Leaf, NoArguments, Outputs, PageArguments};
use crate::graphql::schema::preview::{PreviewToken, Previews};
use crate::graphql::schema::revision::{Revision, RevisionCount, RevisionList};

/// Describes the fields for editors.
pub(super) fn fields<T: ContentObject>(fields: &mut Fields<T>) {
    let id = |item: &T| Some(item.row().id);
    fields.derived(
        "draft",
        "The same with its unpublished changes applied: body, featured image, tags, categories and custom fields. Null \
         without a working copy (what is not published is changed directly), and for viewers who may not edit it. \
         Requires the scope `read:drafts`.",
        Draft,
        id,
        |_, draft: Option<Arc<PostRow>>, _| Ok(draft.and_then(T::of)),
    );
    fields.derived(
        "reviewNote",
        "Changes that an editor requested. Null for viewers who may not edit it. Requires the scope `read:drafts`.",
        Editable,
        id,
        |item, is_editable: bool, _| {
            let note = item.row().review_note.clone();
            Ok(Leaf(note.filter(|_| is_editable)))
        },
    );
    fields.batch(
        "revisions",
        "Revisions, newest first. Null for viewers who may not edit it. Requires the scope `read:drafts`.",
        |call: Call<'_, T, RevisionListArguments>| Box::pin(revisions(call)),
    );
    fields.batch(
        "previews",
        "Active preview tokens, newest first. Null for viewers who may not edit it. Requires the scope `read:drafts`.",
        |call: Call<'_, T, NoArguments>| Box::pin(previews(call)),
    );
}

/// Whether the viewer may edit each of these.
async fn editable<T: ContentObject>(request: &RequestContext, items: &[T]) -> Result<Vec<bool>> {
    let ids: Vec<PostId> = items.iter().map(|item| item.row().id).collect();
    request.reader.children(&Editable, &ids, &[]).await
}

/// What a relation gives for each item that the viewer may edit; none for the others, for which nothing is loaded.
pub(super) async fn if_editable<T: ContentObject, R: Relation>(
    request: &RequestContext,
    items: &[T],
    relation: &R,
    key: fn(&PostRow) -> R::Parent,
    fields: &[&str],
) -> Result<Vec<Option<R::Child>>> {
    let editable = editable(request, items).await?;
    let shown = items.iter().zip(&editable).filter(|(_, is_editable)| **is_editable);
    let keys: Vec<R::Parent> = shown.map(|(item, _)| key(item.row())).collect();
    let mut children = request.reader.children(relation, &keys, fields).await?.into_iter();
    let child = |is_editable: bool| is_editable.then(|| children.next().unwrap_or_default());
    Ok(editable.into_iter().map(child).collect())
}

/// Arguments of `revisions`.
#[derive(InputObject)]
struct RevisionListArguments {
    #[graphql(flatten)]
    page: PageArguments,
}

async fn revisions<T: ContentObject>(
    call: Call<'_, T, RevisionListArguments>,
) -> Outputs<Option<Connection<Revision>>> {
    // Unreadable arguments are an error for every viewer.
    let list = RevisionList(call.arguments.page.request::<Revision>((), call.look_ahead)?);
    let request = call.execution.request;
    let fields = call.look_ahead.item_fields();
    let pages = if_editable(request, call.items, &list, |row| row.id.0, &fields);
    let counts = async {
        if call.look_ahead.has("totalCount") {
            if_editable(request, call.items, &RevisionCount, |row| row.id.0, &[]).await
        } else {
            Ok(Vec::new())
        }
    };
    let (pages, counts) = join(pages, counts).await;
    let total = |index: usize| match &counts {
        Ok(counts) => Ok(counts.get(index).copied().flatten().unwrap_or_default()),
        Err(fault) => Err(fault.clone()),
    };
    let pages = pages?.into_iter().enumerate();
    let connections = pages.map(|(index, page)| Ok(page.map(|page| Connection::new(page, (), total(index)))));
    Ok(connections.collect())
}

async fn previews<T: ContentObject>(call: Call<'_, T, NoArguments>) -> Outputs<Option<Vec<PreviewToken>>> {
    let previews = if_editable(call.execution.request, call.items, &Previews, |row| row.id, &[]).await?;
    Ok(previews.into_iter().map(Ok).collect())
}
