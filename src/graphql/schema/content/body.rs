//! The body of a post or page, in its different forms.

use std::borrow::Cow;
use std::sync::Arc;

use entity::PostId;
use serde::Deserialize;

use super::editing::if_editable;
use super::relations::{Html, Text, Words};
use super::{ContentObject, SourceFormat};
use crate::domain::media;
use crate::domain::post::{PostHtml, PostSource, PostText};
use crate::domain::render::{Heading, readdressed};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::cost::LONG_TEXT;
use crate::graphql::engine::error::{Fault, Result};
use crate::graphql::engine::{Call, Fields, LookAhead, NoArguments, Object, Outputs, Shared};

const BODY_HTML: &str = "bodyHtml";
const TABLE_OF_CONTENTS: &str = "tableOfContents";

/// Whether a selection on a post or page needs its HTML.
pub(super) fn needs_html(look_ahead: &LookAhead) -> bool {
    look_ahead.has(BODY_HTML) || look_ahead.has(TABLE_OF_CONTENTS)
}

/// Describes the fields that show the body.
pub(super) fn fields<T: ContentObject>(fields: &mut Fields<T>) {
    let content = |item: &T| Some(item.row().content_id);
    fields
        .derived(
            BODY_HTML,
            "Body as sanitized HTML without scripts.",
            Html,
            content,
            |_, body: Option<Arc<PostHtml>>, _| {
                Ok(Shared::<String, _>::new(loaded(body)?, |body, json| {
                    json.value(&*with_urls(body, json.execution.request))
                }))
            },
        )
        .costs(LONG_TEXT);
    fields
        .derived(
            "bodyText",
            "Body as plain text.",
            Text,
            content,
            |_, body: Option<Arc<PostText>>, _| {
                Ok(Shared::<String, _>::new(loaded(body)?, |body, json| {
                    json.value(&body.text)
                }))
            },
        )
        .costs(LONG_TEXT);
    fields
        .batch(
            "bodySource",
            "Source of the body as it was written, in `sourceFormat`; may contain notes that readers do not see. Null \
             for viewers who may not edit it. Requires the scope `read:drafts`.",
            |call: Call<'_, T, NoArguments>| Box::pin(sources(call)),
        )
        .costs(LONG_TEXT);
    fields.value("sourceFormat", "Format of `bodySource`.", |item| {
        SourceFormat::from(item.row().source_format)
    });
    fields
        .derived(
            TABLE_OF_CONTENTS,
            "Headings of the body, in order.",
            Html,
            content,
            |item, body: Option<Arc<PostHtml>>, _| {
                let body = loaded(body)?;
                TableOfContentsEntry::all(item.row().id, &body)
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
                Ok(Shared::<Vec<String>, _>::new(loaded(body)?, |body, json| {
                    let links: Vec<&str> = Deserialize::deserialize(&body.outbound_links).unwrap_or_default();
                    json.value(&links)
                }))
            },
        )
        .costs(LONG_TEXT);
    fields.value("wordCount", "Number of words in the body.", |item| {
        item.row().word_count
    });
    fields.value("readingMinutes", "Reading time in minutes, at least 1.", |item| {
        item.row().reading_minutes
    });
}

/// A body that has been loaded.
fn loaded<B>(body: Option<Arc<B>>) -> Result<Arc<B>> {
    // Gone between two statements, if there is none.
    body.ok_or(Fault::Unavailable)
}

/// HTML with URLs of stored files. It is stored with their paths, so that an instance can move to another domain.
fn with_urls<'a>(body: &'a PostHtml, request: &RequestContext) -> Cow<'a, str> {
    if !body.html.contains(media::PATHS) {
        return Cow::Borrowed(&body.html);
    }
    let base_url = &request.base_url;
    let url = |path: &str| media::is_path(path).then(|| format!("{base_url}{path}"));
    Cow::Owned(readdressed(&body.html, &url))
}

/// The source of a post or page, for those who may see it.
type Source = Option<Shared<String, PostSource>>;

async fn sources<T: ContentObject>(call: Call<'_, T, NoArguments>) -> Outputs<Source> {
    let sources = if_editable(call.execution.request, call.items, &Words, |row| row.content_id, &[]).await?;
    let source = |body: Option<Option<Arc<PostSource>>>| -> Result<Source> {
        let body = body.map(loaded).transpose()?;
        Ok(body.map(|body| Shared::new(body, |body, json| json.value(&body.source))))
    };
    Ok(sources.into_iter().map(source).collect())
}

/// A heading of a body.
#[derive(Clone)]
struct TableOfContentsEntry {
    level: i32,
    anchor: String,
    text: String,
}

impl TableOfContentsEntry {
    /// The headings of a body.
    fn all(post: PostId, body: &PostHtml) -> Result<Vec<Self>> {
        let headings: Vec<Heading> = serde_json::from_value(body.table_of_contents.clone()).map_err(|error| {
            tracing::error!(%error, %post, "the stored table of contents is unreadable");
            Fault::Internal
        })?;
        Ok(headings.into_iter().map(Self::from).collect())
    }
}

impl From<Heading> for TableOfContentsEntry {
    fn from(heading: Heading) -> Self {
        Self {
            level: heading.level.into(),
            anchor: heading.id,
            text: heading.text,
        }
    }
}

impl Object for TableOfContentsEntry {
    const DESCRIPTION: &'static str = "A heading of a body: an entry of its table of contents.";

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
