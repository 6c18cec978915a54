//! Makes HTML of a post's content, be it classic or of blocks.

use std::collections::BTreeSet;

use super::attachments::Attachment;
use super::paragraphs::paragraphs;
use super::site::Site;
use super::{blocks, shortcodes};
use crate::import::html::{Token, tokens};

/// How many pictures the galleries of one post may show.
const PICTURE_LIMIT: usize = 5_000;

/// How many names a remark lists.
const NAME_LIMIT: usize = 10;

/// What is known of the post around its content, and what is learned on the way.
pub(super) struct PostContext<'a> {
    site: &'a Site,
    /// The `wp:post_id`, as attachments refer to it.
    id: &'a str,
    /// The JSON that footnotes are kept in.
    pub footnotes: Option<&'a str>,
    pictures_left: usize,
    /// Shortcodes that stay as text.
    pub kept_shortcodes: BTreeSet<String>,
    /// Galleries and players that nothing in the file fills.
    pub empty_shortcodes: BTreeSet<String>,
    /// Blocks that a running WordPress would fill.
    pub dynamic_blocks: BTreeSet<String>,
}

impl<'a> PostContext<'a> {
    /// The context of a post.
    pub fn new(site: &'a Site, id: &'a str, footnotes: Option<&'a str>) -> Self {
        Self {
            site,
            id,
            footnotes,
            pictures_left: PICTURE_LIMIT,
            kept_shortcodes: BTreeSet::new(),
            empty_shortcodes: BTreeSet::new(),
            dynamic_blocks: BTreeSet::new(),
        }
    }

    /// The files with these ids, or all that belong to the post, of a media type (`image/`, or any: empty).
    pub fn files(&mut self, ids: Option<&str>, media_type: &str) -> Vec<&'a Attachment> {
        let site = self.site;
        let is_wanted = |file: &&Attachment| {
            media_type.is_empty()
                || mime_guess::from_path(file.path())
                    .iter()
                    .any(|found| found.as_ref().starts_with(media_type))
        };
        let files: Vec<_> = match ids {
            Some(ids) => {
                let ids = ids.split([',', ' ']).filter(|id| !id.is_empty());
                ids.filter_map(|id| site.attachments.by_id(id))
                    .take(self.pictures_left)
                    .collect()
            }
            None if self.id.is_empty() => Vec::new(),
            None => site
                .attachments
                .of_post(self.id)
                .filter(is_wanted)
                .take(self.pictures_left)
                .collect(),
        };
        self.pictures_left -= files.len();
        files
    }

    /// What a reader of the report should know, a line each.
    pub fn remarks(&self) -> Vec<String> {
        [
            (&self.kept_shortcodes, "these shortcodes are not known and stay as text"),
            (
                &self.empty_shortcodes,
                "nothing in the file fills these shortcodes; they were left out",
            ),
            (
                &self.dynamic_blocks,
                "these blocks have no content of their own; they were left out",
            ),
        ]
        .into_iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, remark)| {
            let listed: Vec<_> = names.iter().take(NAME_LIMIT).map(String::as_str).collect();
            let more = if names.len() > NAME_LIMIT { " …" } else { "" };
            format!("{remark}: {}{more}", listed.join(", "))
        })
        .collect()
    }
}

/// The HTML of a post's content.
pub(super) fn render(content: &str, post: &mut PostContext<'_>) -> String {
    let unix;
    let content = if content.contains('\r') {
        unix = content.replace("\r\n", "\n").replace('\r', "\n");
        &unix
    } else {
        content
    };
    if content.contains("<!-- wp:") {
        blocks::render(content, post)
    } else {
        classic(content, post)
    }
}

/// The HTML of content that was written without blocks.
pub(super) fn classic(content: &str, post: &mut PostContext<'_>) -> String {
    paragraphs(&shortcodes::expand(content, true, post))
}

/// Which addresses in a text mean which file: the address as it stands there, decoded, and the id of the attachment.
pub(super) fn media(html: &str, site: &Site) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    let mut media = Vec::new();
    for token in tokens(html) {
        let Token::Tag(tag) = token else { continue };
        if tag.is_closing {
            continue;
        }
        for (name, value) in tag.attributes() {
            if !name.eq_ignore_ascii_case("src") && !name.eq_ignore_ascii_case("href") {
                continue;
            }
            let address = crate::import::text::decode(value);
            if let Some(id) = site.attachments.by_address(&address, site.base.as_ref())
                && seen.insert(address.clone())
            {
                media.push((address, id.to_owned()));
            }
        }
    }
    media
}
