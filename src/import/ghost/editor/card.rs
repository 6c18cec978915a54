//! The HTML of cards, which both editors keep with the same fields.

use serde_json::Value;

use super::{Rendering, list, text};
use crate::domain::render;
use crate::import::text::escape;

/// Writes a card. `name` is that of Mobiledoc or of Lexical.
pub(super) fn card(name: &str, card: &Value, to: &mut Rendering) {
    if is_gated(card) {
        to.is_cut = true;
        return;
    }
    let html = match name {
        "image" => figure(
            "kg-image-card",
            &linked(picture(card), text(card, "href")),
            text(card, "caption"),
        ),
        "gallery" => {
            let pictures: String = list(card, "images").iter().map(picture).collect();
            figure("kg-gallery-card", &pictures, text(card, "caption"))
        }
        "html" => text(card, "html").to_owned(),
        "markdown" | "card-markdown" => return markdown_card(text(card, "markdown"), to),
        "code" | "codeblock" => {
            let class = match text(card, "language") {
                "" => String::new(),
                language => format!(" class=\"language-{}\"", escape(language)),
            };
            let code = format!("<pre><code{class}>{}</code></pre>", escape(text(card, "code")));
            match text(card, "caption") {
                "" => code,
                caption => figure("kg-code-card", &code, caption),
            }
        }
        "hr" | "horizontalrule" => "<hr>".to_owned(),
        "bookmark" => bookmark(card),
        "embed" => figure("kg-embed-card", embed(card).as_str(), text(card, "caption")),
        "callout" => {
            let parts = [escape(text(card, "calloutEmoji")), text(card, "calloutText").to_owned()];
            division("kg-callout-card", &parts.map(|part| wrapped("div", &part)).concat())
        }
        "toggle" => {
            let heading = wrapped("h4", text(card, "heading"));
            division("kg-toggle-card", &(heading + &wrapped("div", text(card, "content"))))
        }
        "aside" => wrapped("blockquote", text(card, "html")),
        "button" => division("kg-button-card", &button(card, "buttonText", "buttonUrl")),
        "file" => {
            let name = [text(card, "fileTitle"), text(card, "fileName"), text(card, "src")];
            let name = name.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
            let caption = wrapped("div", &escape(text(card, "fileCaption")));
            division("kg-file-card", &(anchor(text(card, "src"), name) + &caption))
        }
        "audio" | "video" => {
            let player = format!("<{name} controls src=\"{}\"></{name}>", escape(text(card, "src")));
            let title = wrapped("div", &escape(text(card, "title")));
            figure(&format!("kg-{name}-card"), &(player + &title), text(card, "caption"))
        }
        "header" => {
            let words = wrapped("h2", text(card, "heading").trim().trim_start_matches("<br>"))
                + &wrapped("p", text(card, "subheading"));
            division("kg-header-card", &(words + &button(card, "buttonText", "buttonUrl")))
        }
        "product" => {
            let image = match text(card, "productImageSrc") {
                "" => String::new(),
                source => format!("<img src=\"{}\" alt=\"\">", escape(source)),
            };
            let words = wrapped("h4", text(card, "productTitle")) + text(card, "productDescription");
            division(
                "kg-product-card",
                &(image + &words + &button(card, "productButton", "productUrl")),
            )
        }
        "call-to-action" => division(
            "kg-cta-card",
            &(text(card, "textValue").to_owned() + &button(card, "buttonText", "buttonUrl")),
        ),
        // These are for letters, and no part of the site.
        "email" | "email-cta" => {
            to.is_cut = true;
            return;
        }
        // Where the part for members begins; the whole post is theirs then.
        "paywall" => return,
        other => {
            to.lost.insert(format!("card {other:?}"));
            return;
        }
    };
    to.html.push_str(&html);
    to.html.push('\n');
}

/// Writes Markdown.
pub(super) fn markdown_card(source: &str, to: &mut Rendering) {
    if !source.trim().is_empty() {
        to.html.push_str(&render::markdown(source));
    }
}

/// Whether visitors without an account did not get it. Ghost wrote who sees a card as `emailOnly`, then as `showOnWeb`, then
/// under `web`; without any of them, everyone does.
pub(super) fn is_gated(card: &Value) -> bool {
    let Some(visibility) = card.get("visibility").filter(|visibility| !visibility.is_null()) else {
        return false;
    };
    let is = |name: &str, wanted: bool| visibility.get(name) == Some(&Value::Bool(wanted));
    let is_kept_from_web = match visibility.get("web") {
        None | Some(Value::Null) => false,
        Some(web) => web.get("nonMember") != Some(&Value::Bool(true)),
    };
    is_kept_from_web || is("showOnWeb", false) || is("emailOnly", true) || !visibility.is_object()
}

fn picture(image: &Value) -> String {
    match text(image, "src") {
        "" => String::new(),
        source => format!(
            "<img src=\"{}\" alt=\"{}\">",
            escape(source),
            escape(text(image, "alt"))
        ),
    }
}

fn linked(html: String, address: &str) -> String {
    if address.is_empty() {
        return html;
    }
    format!("<a href=\"{}\">{html}</a>", escape(address))
}

/// The caption is HTML.
fn figure(class: &str, inner: &str, caption: &str) -> String {
    if inner.is_empty() {
        return String::new();
    }
    let caption = wrapped("figcaption", caption);
    format!("<figure class=\"kg-card {class}\">{inner}{caption}</figure>")
}

fn division(class: &str, inner: &str) -> String {
    format!("<div class=\"kg-card {class}\">{inner}</div>")
}

fn wrapped(element: &str, inner: &str) -> String {
    if inner.trim().is_empty() {
        return String::new();
    }
    format!("<{element}>{inner}</{element}>")
}

fn anchor(address: &str, words: &str) -> String {
    let words = if words.is_empty() { address } else { words };
    if address.is_empty() {
        return escape(words);
    }
    format!("<a href=\"{}\">{}</a>", escape(address), escape(words))
}

fn button(card: &Value, words: &str, address: &str) -> String {
    match text(card, address) {
        "" => String::new(),
        address => wrapped("p", &anchor(address, text(card, words))),
    }
}

fn bookmark(card: &Value) -> String {
    let known = card.get("metadata").unwrap_or(&Value::Null);
    let address = [text(card, "url"), text(known, "url")];
    let address = address
        .into_iter()
        .find(|address| !address.is_empty())
        .unwrap_or_default();
    let description = wrapped("div", &escape(text(known, "description")));
    let inner = anchor(address, text(known, "title")) + &description;
    figure("kg-bookmark-card", &inner, text(card, "caption"))
}

/// What the other site gave, or a link to it.
fn embed(card: &Value) -> String {
    match (text(card, "html"), text(card, "url")) {
        ("", "") => String::new(),
        ("", address) => anchor(address, ""),
        (html, _) => html.to_owned(),
    }
}
