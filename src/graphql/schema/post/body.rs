//! The body of a post, in its different forms.

use std::borrow::Cow;
use std::sync::Arc;

use super::PostObject;
use super::editing::if_editable;
use crate::domain::post::{PostHtml, PostSource, PostText};
use crate::graphql::cost::LONG_TEXT;
use crate::graphql::engine::{Call, Fields, Leaf, LookAhead, NoArguments, Object};
use crate::graphql::error::{Fault, Result};
use crate::graphql::post::relations::{Html, Text, Words};
use crate::graphql::post::{Post, SourceFormat, TableOfContentsEntry};

const BODY_HTML: &str = "bodyHtml";
const TABLE_OF_CONTENTS: &str = "tableOfContents";

/// Whether a selection on a post needs its HTML.
pub(super) fn needs_html(look_ahead: &LookAhead) -> bool {
    look_ahead.has(BODY_HTML) || look_ahead.has(TABLE_OF_CONTENTS)
}

/// Describes the fields that show the body.
pub(super) fn fields<T: PostObject>(fields: &mut Fields<T>) {
    let content = |post: &T| Some(post.row().content_id);
    fields
        .derived(
            BODY_HTML,
            "Body as sanitized HTML without scripts.",
            Html,
            content,
            |_, body: Option<Arc<PostHtml>>, request| {
                let body = loaded(body)?;
                Ok(Leaf(Post::with_addresses(&body, request).into_owned()))
            },
        )
        .costs(LONG_TEXT);
    fields
        .derived(
            "bodyText",
            "Body as plain text.",
            Text,
            content,
            |_, body: Option<Arc<PostText>>, _| Ok(Leaf(loaded(body)?.text.clone())),
        )
        .costs(LONG_TEXT);
    fields
        .batch(
            "bodySource",
            "Source of the body as it was written, in `sourceFormat`; may contain notes that readers do not see. Null for \
             viewers who may not edit the post. Requires the scope `read:drafts`.",
            |call: Call<'_, T, NoArguments>| Box::pin(sources(call)),
        )
        .costs(LONG_TEXT);
    fields.value("sourceFormat", "Format of `bodySource`.", |post| {
        SourceFormat::from(post.row().source_format)
    });
    fields
        .derived(
            TABLE_OF_CONTENTS,
            "Headings of the body, in order.",
            Html,
            content,
            |post, body: Option<Arc<PostHtml>>, _| {
                let body = loaded(body)?;
                TableOfContentsEntry::all(post.row().id, &body)
            },
        )
        .costs(LONG_TEXT);
    fields
        .derived(
            "outboundLinks",
            "URLs on other sites that the body links to, in order, each once.",
            Words,
            content,
            |_, body: Option<Arc<PostSource>>, _| {
                let links: Vec<String> =
                    serde_json::from_value(loaded(body)?.outbound_links.clone()).unwrap_or_default();
                Ok(Leaf(links))
            },
        )
        .costs(LONG_TEXT);
    fields.value("wordCount", "Number of words in the body.", |post| {
        post.row().word_count
    });
    fields.value("readingMinutes", "Reading time in minutes, at least 1.", |post| {
        post.row().reading_minutes
    });
}

/// The body of a post that has been loaded.
fn loaded<B>(body: Option<Arc<B>>) -> Result<Arc<B>> {
    // Gone between two statements, if there is none.
    body.ok_or(Fault::Unavailable)
}

async fn sources<T: PostObject>(call: Call<'_, T, NoArguments>) -> Vec<Result<Leaf<Option<String>>>> {
    let request = call.execution.request;
    let sources = match if_editable(request, call.items, &Words, |row| row.content_id, &[]).await {
        Ok(sources) => sources,
        Err(fault) => return call.items.iter().map(|_| Err(fault.clone())).collect(),
    };
    let sources = sources.into_iter().map(|body| -> Result<Leaf<Option<String>>> {
        let body = body.map(loaded).transpose()?;
        Ok(Leaf(body.map(|body| body.source.clone())))
    });
    sources.collect()
}

impl Object for TableOfContentsEntry {
    const DESCRIPTION: &'static str = "A heading of a post: an entry of its table of contents.";

    fn type_name() -> Cow<'static, str> {
        "TableOfContentsEntry".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.value("level", "Heading level, 1 to 6, as in `h1` to `h6`.", |entry| {
            entry.level
        });
        fields.text(
            "anchor",
            "The `id` of the heading in `bodyHtml`, to link to as a URL fragment.",
            |entry| &entry.anchor,
        );
        fields.text("text", "Heading, plain text.", |entry| &entry.text);
    }
}
