//! The HTML of captions, galleries, players and embeds.

use super::attachments::Attachment;
use super::content::PostContext;
use super::shortcodes::Shortcode;
use crate::import::html::{Token, tokens};
use crate::import::text::{escape, plain, web_address};

const AUDIO: &[&str] = &["src", "mp3", "m4a", "ogg", "wav", "flac", "wma"];
const VIDEO: &[&str] = &["src", "mp4", "m4v", "webm", "ogv", "flv", "wmv"];

/// A picture with its caption: an attribute in old posts, what stands behind the picture in others.
pub(super) fn caption(shortcode: &Shortcode<'_>, inner: &str) -> String {
    let (picture, behind) = inner.split_at(picture_end(inner));
    let (picture, text) = match shortcode.attribute("caption") {
        Some(caption) => (inner, caption),
        None => (picture, behind.trim().to_owned()),
    };
    let align = shortcode.attribute("align").filter(|align| align.starts_with("align"));
    let class = align.map_or_else(
        || "wp-caption".to_owned(),
        |align| format!("wp-caption {}", escape(&align)),
    );
    let text = if text.is_empty() {
        text
    } else {
        format!("<figcaption>{text}</figcaption>")
    };
    format!("<figure class=\"{class}\">{}{text}</figure>", picture.trim())
}

/// Behind the first picture and the end of the link around it; without a picture: the end.
fn picture_end(inner: &str) -> usize {
    let mut all = tokens(inner);
    let mut end = None;
    while let Some(token) = all.next() {
        match token {
            Token::Tag(tag) if end.is_none() && tag.is("img") => end = Some(all.position()),
            Token::Tag(tag) if end.is_some() && tag.is("a") && tag.is_closing => return all.position(),
            Token::Text(text) if end.is_some() && text.trim().is_empty() => {}
            _ if end.is_some() => break,
            _ => {}
        }
    }
    end.unwrap_or(inner.len())
}

/// The pictures of a gallery: those it names, else those of the post. None if there are none in the file.
pub(super) fn gallery(shortcode: &Shortcode<'_>, post: &mut PostContext<'_>) -> Option<String> {
    let ids = shortcode.attribute("ids").or_else(|| shortcode.attribute("include"));
    let files = post.files(ids.as_deref(), "image/");
    if files.is_empty() {
        return None;
    }
    Some(format!(
        "<figure class=\"gallery\">{}</figure>",
        files.into_iter().map(picture).collect::<String>()
    ))
}

fn picture(file: &Attachment) -> String {
    let caption = match file.caption.as_str() {
        "" => String::new(),
        caption => format!("<figcaption>{}</figcaption>", escape(caption)),
    };
    format!(
        "<figure><img src=\"{}\" alt=\"{}\">{caption}</figure>",
        escape(&file.url),
        escape(&file.alt_text)
    )
}

/// An audio or video player for the file that the shortcode names, else for the first one of the post.
pub(super) fn player(shortcode: &Shortcode<'_>, post: &mut PostContext<'_>) -> Option<String> {
    let element = shortcode.name;
    let keys = if element == "audio" { AUDIO } else { VIDEO };
    let named = keys.iter().find_map(|key| shortcode.attribute(key));
    let bare = || {
        let mut values = shortcode.attributes().into_iter().filter(|(name, _)| name.is_empty());
        // Old players put their options behind a bar.
        values.find_map(|(_, value)| value.split('|').next().and_then(web_address))
    };
    let own = |post: &mut PostContext<'_>| {
        let files = post.files(None, &format!("{element}/"));
        files.first().map(|file| file.url.clone())
    };
    let source = named.or_else(bare).or_else(|| own(post))?;
    let poster = shortcode
        .attribute("poster")
        .map(|poster| format!(" poster=\"{}\"", escape(&poster)));
    let poster = poster.filter(|_| element == "video").unwrap_or_default();
    Some(format!(
        "<{element} controls src=\"{}\"{poster}></{element}>",
        escape(&source)
    ))
}

/// An embed; none if there is no address in it.
pub(super) fn embed(inner: &str) -> Option<String> {
    web_address(&plain(inner)).map(|address| linked_figure(&address))
}

/// What stands for a thing that another site would draw: a link to it.
pub(super) fn linked_figure(address: &str) -> String {
    let address = escape(address);
    format!("<figure class=\"wp-block-embed\"><a href=\"{address}\">{address}</a></figure>")
}
