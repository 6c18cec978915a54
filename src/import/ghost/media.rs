//! The files that posts show: no export holds them, only their addresses.

use std::collections::{BTreeMap, HashMap};

use url::Url;

use super::address::{Home, is_file, original};
use super::row::Row;
use crate::domain::render;
use crate::import::record::{MediaOrigin, MediaRecord};
use crate::import::text::{percent_decode, plain};

/// The addresses that stand for a post's picture, in older versions too.
const FEATURED: [&str; 2] = ["feature_image", "image"];

/// What a first pass sees, before it knows where the site was.
#[derive(Default)]
pub(super) struct Seen {
    /// Addresses in texts, and what they show.
    shown: BTreeMap<String, String>,
    /// The pictures that stand for posts.
    featured: Vec<Featured>,
}

struct Featured {
    post: String,
    address: String,
    alt: String,
    caption: String,
}

/// The files of the site, by address.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<String, MediaRecord>);

/// The address of the picture that stands for a post.
pub(super) fn featured(row: &Row) -> Option<&str> {
    FEATURED.into_iter().find_map(|column| row.stated(column))
}

impl Seen {
    /// Notes what a post shows; `html` is its text.
    pub fn note(&mut self, post: &str, row: &Row, html: &str) {
        if let Some(address) = featured(row) {
            self.featured.push(Featured {
                post: post.to_owned(),
                address: address.to_owned(),
                alt: row.text("feature_image_alt").to_owned(),
                caption: row.text("feature_image_caption").to_owned(),
            });
        }
        if !html.contains("/content/") {
            return;
        }
        for address in render::addresses(html) {
            if is_file(&address.value) {
                let alt = self.shown.entry(address.value).or_default();
                if alt.is_empty() {
                    *alt = address.alt;
                }
            }
        }
    }

    /// The files, once it is known where the site was and what else posts say of their pictures.
    pub fn files(self, home: &Home, meta: &HashMap<String, Row>) -> Files {
        let mut files = Files::default();
        for seen in self.featured {
            let Some(address) = home.absolute(&seen.address) else {
                continue;
            };
            let meta = meta.get(&seen.post);
            let or_meta = |text: String, column| match meta {
                Some(meta) if text.is_empty() => meta.text(column).to_owned(),
                _ => text,
            };
            let alt = or_meta(seen.alt, "feature_image_alt");
            let caption = or_meta(seen.caption, "feature_image_caption");
            files.add(original(&address), alt.trim(), &plain(&caption));
        }
        for (address, alt) in self.shown {
            if let Some(address) = home.own_file(&address) {
                files.add(address, &alt, "");
            }
        }
        files
    }
}

impl Files {
    /// What a file shows is said by its first use that says it.
    fn add(&mut self, address: String, alt: &str, caption: &str) {
        let file = self.0.entry(address).or_insert_with_key(|address| MediaRecord {
            id: address.clone(),
            origin: MediaOrigin::Url(address.clone()),
            file_name: file_name(address),
            alt_text: String::new(),
            caption: String::new(),
            uploader: None,
            created_at: None,
        });
        for (text, said) in [(&mut file.alt_text, alt), (&mut file.caption, caption)] {
            if text.is_empty() {
                said.clone_into(text);
            }
        }
    }

    /// The files, in the order of their addresses.
    pub fn records(&self) -> impl ExactSizeIterator<Item = &MediaRecord> {
        self.0.values()
    }

    /// The file that stands for a post.
    pub fn featured(&self, row: &Row, home: &Home) -> Option<String> {
        let address = original(&home.absolute(featured(row)?)?);
        self.0.contains_key(&address).then_some(address)
    }

    /// Which addresses in a text mean which file.
    pub fn shown(&self, html: &str, home: &Home) -> Vec<(String, String)> {
        let mut shown = BTreeMap::new();
        for address in render::addresses(html) {
            let file = home.absolute(&address.value).map(|absolute| original(&absolute));
            if let Some(file) = file.filter(|file| self.0.contains_key(file)) {
                shown.insert(address.value, file);
            }
        }
        shown.into_iter().collect()
    }
}

fn file_name(address: &str) -> String {
    let url = Url::parse(address).ok();
    let path = url.as_ref().map_or("", Url::path);
    let name = percent_decode(path.rsplit('/').next().unwrap_or_default());
    // A decoded name may hold folders after all.
    name.rsplit(['/', '\\'])
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or("file")
        .to_owned()
}
