//! Files beside the texts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fields::Fields;
use super::folder::{Folder, changed, is_markdown};
use super::post::Text;
use crate::domain::render;
use crate::import::record::{MediaOrigin, MediaRecord, Notice};

/// The files that texts show so far, by id.
#[derive(Clone, Debug, Default)]
pub(super) struct MediaFiles {
    by_id: BTreeMap<String, MediaRecord>,
}

/// What an address in a text is.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// A file of the folder: its path there.
    File(String),
    /// A file that ought to be in the folder and is not.
    Missing,
    /// A page, another text, another site.
    Elsewhere,
}

impl MediaFiles {
    /// Remembers a file; what it shows is said by its first use that says it.
    pub(super) fn add(&mut self, id: &str, origin: MediaOrigin, alt: &str) {
        let media = self.by_id.entry(id.to_owned()).or_insert_with(|| MediaRecord {
            id: id.to_owned(),
            origin,
            file_name: file_name(id),
            alt_text: String::new(),
            caption: String::new(),
            uploader: None,
            created_at: None,
        });
        if media.alt_text.is_empty() {
            alt.clone_into(&mut media.alt_text);
        }
    }

    /// The files, by id.
    pub(super) fn records(&self) -> impl ExactSizeIterator<Item = &MediaRecord> {
        self.by_id.values()
    }
}

/// Takes the image that stands for a text: an address, or fields with one.
pub(super) fn featured(
    fields: &mut Fields,
    text: &Text<'_>,
    files: &mut MediaFiles,
    notices: &mut Vec<Notice>,
) -> Option<String> {
    let names = [
        "featured_image",
        "feature_image",
        "cover",
        "cover_image",
        "hero_image",
        "image",
        "thumbnail",
        "banner",
    ];
    let image = fields.take(&names)?;
    let mut alt = fields.text(&[
        "featured_image_alt",
        "feature_image_alt",
        "cover_alt",
        "hero_image_alt",
        "image_alt",
    ]);
    let address = match image {
        Value::Object(image) => {
            let mut image = Fields::from(image);
            alt = image.text(&["alt", "alt_text", "caption"]).or(alt);
            image.text(&["image", "src", "url", "path", "feature", "relative_path"])?
        }
        Value::Array(images) => images.first()?.as_str()?.to_owned(),
        Value::String(address) => address,
        _ => return None,
    };
    let alt = alt.unwrap_or_default();
    if address.starts_with("https://") || address.starts_with("http://") {
        files.add(&address, MediaOrigin::Url(address.clone()), &alt);
        return Some(address);
    }
    match target(text.folder, text.path, &address, true) {
        Target::File(id) => {
            files.add(&id, MediaOrigin::File(text.folder.path(&id)), &alt);
            Some(id)
        }
        Target::Missing | Target::Elsewhere => {
            notices.push(changed(
                text.path,
                Some(1),
                format!("the image {address} is not in the folder"),
            ));
            None
        }
    }
}

/// The files that a text shows or links to: their addresses there, and their ids.
pub(super) fn shown(
    html: &str,
    text: &Text<'_>,
    files: &mut MediaFiles,
    notices: &mut Vec<Notice>,
) -> Vec<(String, String)> {
    let mut media = Vec::new();
    let mut seen = BTreeSet::new();
    for address in render::addresses(html) {
        if !seen.insert(address.value.clone()) {
            continue;
        }
        match target(text.folder, text.path, &address.value, address.is_embedded) {
            Target::File(id) => {
                files.add(&id, MediaOrigin::File(text.folder.path(&id)), &address.alt);
                media.push((address.value, id));
            }
            Target::Missing => {
                let name = render::truncate(&address.value, 200);
                notices.push(changed(
                    text.path,
                    None,
                    format!("the file {name} is not in the folder"),
                ));
            }
            Target::Elsewhere => {}
        }
    }
    media
}

/// Finds out what an address in a text is.
fn target(folder: &Folder, text: &str, address: &str, is_embedded: bool) -> Target {
    let bare = address.split(['?', '#']).next().unwrap_or_default();
    if bare.is_empty() || bare.starts_with("//") || has_scheme(bare) {
        return Target::Elsewhere;
    }
    let Ok(found) = folder.find(text, address) else {
        let is_file = is_embedded || is_media(bare);
        return if is_file { Target::Missing } else { Target::Elsewhere };
    };
    if is_media(&found) {
        Target::File(found)
    } else {
        Target::Elsewhere
    }
}

/// Whether an address names a scheme (`https:`, `mailto:`, `data:`).
pub(super) fn has_scheme(address: &str) -> bool {
    let scheme = address.split_once(':').map_or("", |(scheme, _)| scheme);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Whether a file is one to show or hand out, by its name: no text or template of the site.
fn is_media(name: &str) -> bool {
    let Some((_, extension)) = name.rsplit('/').next().and_then(|file| file.rsplit_once('.')) else {
        return false;
    };
    if is_markdown(extension) {
        return false;
    }
    mime_guess::from_ext(extension).first().is_some_and(|kind| {
        let text = ["csv", "plain", "calendar"];
        match kind.type_().as_str() {
            "audio" | "font" | "image" | "video" => true,
            "application" => {
                !["javascript", "json", "xhtml+xml", "toml", "x-httpd-php"].contains(&kind.subtype().as_str())
            }
            "text" => text.contains(&kind.subtype().as_str()),
            _ => false,
        }
    })
}

fn file_name(id: &str) -> String {
    let bare = id.split(['?', '#']).next().unwrap_or_default();
    bare.rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_templates_and_pages_are_no_media() {
        for name in [
            "a.png", "x/b.JPG", "c.pdf", "d.zip", "e.csv", "f.epub", "g.mp3", "h.woff2",
        ] {
            assert!(is_media(name), "{name}");
        }
        for name in [
            "a.md",
            "b.html",
            "c.js",
            "d.json",
            "e",
            "f.toml",
            "g.unknown",
            ".png/x",
            "h.mdx",
        ] {
            assert!(!is_media(name), "{name}");
        }
    }

    #[test]
    fn a_scheme_is_seen() {
        for address in ["https://a.example", "mailto:a@b", "data:image/png;base64,x", "C:x"] {
            assert!(has_scheme(address), "{address}");
        }
        for address in ["a/b.png", "/a:b", "./a", "a b:c", ":x", ""] {
            assert!(!has_scheme(address), "{address}");
        }
    }
}
