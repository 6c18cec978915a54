//! The files of a site, found by id, by the post that they belong to, and by every address that posts show them at.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use url::Url;

use super::date::date;
use super::item::Item;
use crate::import::ids::Ids;
use crate::import::record::{MediaOrigin, MediaRecord};
use crate::import::text::{percent_decode, plain};

/// A file of the site.
#[derive(Debug)]
pub(super) struct Attachment {
    pub id: String,
    pub url: String,
    pub alt_text: String,
    pub caption: String,
    creator: String,
    created_at: Option<DateTime<Utc>>,
}

/// All files of a site.
#[derive(Debug, Default)]
pub(super) struct Attachments {
    list: Vec<Attachment>,
    ids: Ids,
    by_id: HashMap<String, usize>,
    by_parent: HashMap<String, Vec<usize>>,
    by_address: HashMap<String, usize>,
    /// By the address that the original has where the site shows a smaller copy of it.
    by_stem: HashMap<String, usize>,
}

impl Attachment {
    /// The address without query and fragment; its ending tells the media type.
    pub fn path(&self) -> &str {
        self.url.split(['?', '#']).next().unwrap_or_default()
    }
}

impl Attachments {
    /// Adds an item that is an attachment; the error says why it is none.
    pub fn note(&mut self, item: &Item, base: Option<&Url>) -> Result<(), &'static str> {
        let url = address(item, base)?;
        let index = self.list.len();
        let wanted = if item.id.is_empty() {
            format!("url:{url}")
        } else {
            item.id.clone()
        };
        let id = self.ids.unique(&wanted).0;
        self.by_id.insert(id.clone(), index);
        self.by_parent.entry(item.parent.clone()).or_default().push(index);
        if let Some(key) = Url::parse(&url).ok().as_ref().and_then(key) {
            self.by_stem.entry(unscaled(&key).into_owned()).or_insert(index);
            self.by_address.entry(key).or_insert(index);
        }
        self.list.push(Attachment {
            id,
            url,
            alt_text: item.meta("_wp_attachment_image_alt").map(plain).unwrap_or_default(),
            caption: plain(&item.excerpt),
            creator: item.creator.clone(),
            created_at: date([&item.date_gmt, &item.date]),
        });
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The file with that id.
    pub fn by_id(&self, id: &str) -> Option<&Attachment> {
        self.by_id.get(id).map(|index| &self.list[*index])
    }

    /// The files that were uploaded for a post, in the order of the file.
    pub fn of_post(&self, post: &str) -> impl Iterator<Item = &Attachment> {
        self.by_parent
            .get(post)
            .into_iter()
            .flatten()
            .map(|index| &self.list[*index])
    }

    /// The id of the file behind an address as it stands in a text: the file's own, or that of a smaller copy.
    pub fn by_address(&self, address: &str, base: Option<&Url>) -> Option<&str> {
        let url = absolute(address, base)?;
        let key = key(&url)?;
        let find = |key: &str| {
            self.by_address
                .get(key)
                .or_else(|| self.by_stem.get(unscaled(key).as_ref()))
        };
        let found = find(&key).or_else(|| find(&unresized(&key)?))?;
        Some(&self.list[*found].id)
    }

    /// The files as records; `uploader` finds the author of a login.
    pub fn records<'a>(
        &'a self,
        uploader: impl Fn(&str) -> Option<String> + 'a,
    ) -> impl Iterator<Item = MediaRecord> + 'a {
        self.list.iter().map(move |file| MediaRecord {
            id: file.id.clone(),
            origin: MediaOrigin::Url(file.url.clone()),
            file_name: file_name(file.path()),
            alt_text: file.alt_text.clone(),
            caption: file.caption.clone(),
            uploader: uploader(&file.creator),
            created_at: file.created_at,
        })
    }
}

/// The absolute address of an attachment's file.
pub(super) fn address(item: &Item, base: Option<&Url>) -> Result<String, &'static str> {
    let stated = match item.attachment_url.as_str() {
        // In old exports the guid is the file's address, else that of a page about it.
        "" if !item.guid.contains('?') => &item.guid,
        stated => stated,
    };
    if stated.is_empty() {
        return Err("it names no file");
    }
    // An address that is whole stays as it was written.
    match (crate::import::text::web_address(stated), absolute(stated, base)) {
        (Some(address), _) => Ok(address),
        (None, Some(url)) => Ok(url.into()),
        (None, None) => Err("the address of its file is not one of the web"),
    }
}

fn absolute(address: &str, base: Option<&Url>) -> Option<Url> {
    let address = address.trim();
    let url = match (Url::parse(address), base) {
        (Ok(url), _) => url,
        (Err(_), Some(base)) => base.join(address).ok()?,
        (Err(_), None) => return None,
    };
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// What is the same in all addresses of a file: host and path, decoded; not scheme, query and the site's image proxy.
fn key(url: &Url) -> Option<String> {
    let path = percent_decode(url.path());
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    if host.len() == "i0.wp.com".len() && host.starts_with('i') && host.ends_with(".wp.com") {
        return Some(path.trim_start_matches('/').trim_start_matches("www.").to_owned());
    }
    Some(format!("{host}{path}"))
}

/// `photo-300x200.jpg` -> `photo.jpg`
fn unresized(key: &str) -> Option<String> {
    let (stem, extension) = key.rsplit_once('.')?;
    let (name, size) = stem.rsplit_once('-')?;
    let (width, height) = size.split_once('x')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(width) && is_number(height)).then(|| format!("{name}.{extension}"))
}

/// `photo-scaled.jpg` -> `photo.jpg`: large uploads are kept beside the copy that the site shows.
fn unscaled(key: &str) -> std::borrow::Cow<'_, str> {
    let Some((stem, extension)) = key.rsplit_once('.') else {
        return key.into();
    };
    let name = stem.strip_suffix("-scaled").or_else(|| stem.strip_suffix("-rotated"));
    name.map_or(key.into(), |name| format!("{name}.{extension}").into())
}

fn file_name(path: &str) -> String {
    let name = percent_decode(path.rsplit('/').next().unwrap_or_default());
    // A decoded name may hold folders after all.
    name.rsplit(['/', '\\'])
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or("file")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(urls: &[&str]) -> Attachments {
        let mut files = Attachments::default();
        for (index, url) in urls.iter().enumerate() {
            let item = Item {
                id: index.to_string(),
                attachment_url: (*url).to_owned(),
                ..Item::default()
            };
            files.note(&item, base().as_ref()).unwrap();
        }
        files
    }

    fn base() -> Option<Url> {
        Url::parse("https://example.com").ok()
    }

    #[test]
    fn every_address_of_a_file_leads_to_it() {
        let files = files(&[
            "https://example.com/u/a.jpg",
            "https://example.com/u/b-scaled.jpg",
            "/u/%C3%A9.png",
        ]);
        for (address, id) in [
            ("https://example.com/u/a.jpg", "0"),
            ("http://www.example.com/u/a.jpg?w=300&h=200#x", "0"),
            ("//example.com/u/a-300x200.jpg", "0"),
            ("/u/a-1024x768.jpg", "0"),
            ("https://i0.wp.com/example.com/u/a.jpg?resize=3", "0"),
            ("/u/b-150x150.jpg", "1"),
            ("/u/b.jpg", "1"),
            ("/u/é.png", "2"),
            ("/u/%c3%a9-10x10.png", "2"),
        ] {
            assert_eq!(files.by_address(address, base().as_ref()), Some(id), "{address}");
        }
    }

    #[test]
    fn what_only_looks_alike_leads_nowhere() {
        let files = files(&["https://example.com/u/a.jpg"]);
        for address in [
            "",
            "#",
            "a.jpg",
            "/u/a.png",
            "/u/a-300.jpg",
            "/u/a-x.jpg",
            "mailto:a@b.c",
            "https://other.com/u/a.jpg",
            "http://",
        ] {
            assert_eq!(files.by_address(address, base().as_ref()), None, "{address}");
        }
    }

    #[test]
    fn a_file_whose_own_name_looks_resized_is_found_first() {
        let files = files(&["/u/a.jpg", "/u/a-300x200.jpg"]);
        assert_eq!(files.by_address("/u/a-300x200.jpg", base().as_ref()), Some("1"));
        assert_eq!(files.by_address("/u/a-30x20.jpg", base().as_ref()), Some("0"));
    }

    #[test]
    fn an_attachment_without_a_web_address_is_refused() {
        for url in ["", "file:///etc/passwd", "data:image/png;base64,AA", "javascript:x"] {
            let item = Item {
                attachment_url: url.to_owned(),
                ..Item::default()
            };
            assert!(Attachments::default().note(&item, base().as_ref()).is_err(), "{url}");
        }
    }

    #[test]
    fn file_names_hold_no_folders() {
        assert_eq!(file_name("https://example.com/u/a%2Fb%20c.jpg"), "b c.jpg");
        assert_eq!(file_name("https://example.com/"), "file");
    }
}
