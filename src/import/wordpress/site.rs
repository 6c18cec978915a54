//! What a first pass over an export learns: everything that posts refer to, but no post.

use std::path::Path;

use url::Url;

use super::attachments::Attachments;
use super::audience::ShownShortcodes;
use super::authors::Authors;
use super::hidden::Hidden;
use super::item::Item;
use super::kind::{Fate, fate};
use super::rules::Rules;
use super::terms::{ItemTerms, Term, Terms};
use super::xml::{Element, Space, Xml};
use crate::import::place::Place;
use crate::import::record::{AuthorRecord, SourceError};
use crate::import::text::{plain, web_address};

/// The site around the posts.
#[derive(Debug, Default)]
pub(super) struct Site {
    pub title: String,
    pub tagline: String,
    pub language: String,
    /// The address of the site, without a slash at the end.
    pub url: Option<String>,
    /// The same, to resolve relative addresses against.
    pub base: Option<Url>,
    pub authors: Authors,
    pub categories: Terms,
    pub tags: Terms,
    pub attachments: Attachments,
    pub rules: Rules,
    /// Categories and tags of which the description was not seen whole: what they are called, where they stand and what
    /// was left out.
    pub hidden: Vec<(String, Place, Hidden)>,
    /// How many items become posts or pages.
    pub posts: u64,
    addresses: Addresses,
    version: Option<(String, Place)>,
}

/// The addresses that a channel states, the one to trust first.
#[derive(Debug, Default)]
struct Addresses {
    blog: Option<String>,
    link: Option<String>,
    /// On a network of sites: that of the network.
    network: Option<String>,
}

impl Site {
    /// Reads a file from start to end; proves that it is a whole export.
    pub fn survey(path: &Path, shown: &ShownShortcodes) -> Result<Self, SourceError> {
        let mut site = Self::default();
        let mut channel = None;
        walk(path, |xml, element| {
            channel.get_or_insert(element.place);
            if element.key() == (Space::Rss, "item") {
                let item = Item::read(xml, element.place, shown)?;
                site.item(&item);
                Ok(())
            } else {
                site.channel(xml, &element, shown)
            }
        })?;
        let xml = Xml::open(path)?;
        match &site.version {
            None => {
                let message = "this is a feed, but no WordPress export (WXR): it has no wp:wxr_version";
                return Err(xml.malformed(channel.unwrap_or_default(), message));
            }
            Some((version, place)) if !version.starts_with("1.") => {
                let message = format!("version {version:?} of the export format is not known; 1.0 to 1.2 are");
                return Err(xml.malformed(*place, message));
            }
            Some(_) => {}
        }
        site.locate();
        site.authors.finish();
        Ok(site)
    }

    /// How many records there are.
    pub fn records(&self) -> u64 {
        let around = self.authors.records().len() + self.categories.len() + self.tags.len() + self.attachments.len();
        around as u64 + self.posts
    }

    fn channel(&mut self, xml: &mut Xml, element: &Element, shown: &ShownShortcodes) -> Result<(), SourceError> {
        match element.key() {
            (Space::Rss, "title") => self.title = plain(&xml.text()?),
            (Space::Rss, "description") => self.tagline = plain(&xml.text()?),
            (Space::Rss, "language") => self.language = xml.text()?.trim().replace('_', "-"),
            (Space::Rss, "link") => self.addresses.link = web_address(&xml.text()?),
            (Space::Wp, "base_blog_url") => self.addresses.blog = web_address(&xml.text()?),
            (Space::Wp, "base_site_url") => self.addresses.network = web_address(&xml.text()?),
            (Space::Wp, "wxr_version") => self.version = Some((xml.text()?.trim().to_owned(), element.place)),
            (Space::Wp, "author") => self.author(xml)?,
            (Space::Wp, "category" | "tag" | "term") => self.term(xml, element, shown)?,
            _ => xml.skip()?,
        }
        Ok(())
    }

    fn author(&mut self, xml: &mut Xml) -> Result<(), SourceError> {
        let mut author = AuthorRecord::default();
        let (mut first, mut last) = (String::new(), String::new());
        while let Some(element) = xml.child()? {
            match element.key() {
                (Space::Wp, "author_login") => xml.text()?.trim().clone_into(&mut author.id),
                (Space::Wp, "author_display_name") => author.display_name = plain(&xml.text()?),
                (Space::Wp, "author_first_name") => first = plain(&xml.text()?),
                (Space::Wp, "author_last_name") => last = plain(&xml.text()?),
                (Space::Wp, "author_email") => {
                    author.email = Some(xml.text()?.trim().to_owned()).filter(|address| address.contains('@'));
                }
                _ => xml.skip()?,
            }
        }
        author.username.clone_from(&author.id);
        let full_name = format!("{first} {last}");
        for name in [full_name.trim(), &author.id.clone()] {
            if author.display_name.is_empty() {
                name.clone_into(&mut author.display_name);
            }
        }
        self.authors.declare(author);
        Ok(())
    }

    fn term(&mut self, xml: &mut Xml, element: &Element, shown: &ShownShortcodes) -> Result<(), SourceError> {
        let mut taxonomy = element.name.clone();
        let mut nicename = String::new();
        let mut hidden = Hidden::default();
        let mut term = Term {
            place: element.place,
            ..Term::default()
        };
        while let Some(field) = xml.child()? {
            match field.key() {
                (Space::Wp, "term_taxonomy") => xml.text()?.trim().clone_into(&mut taxonomy),
                (Space::Wp, "category_nicename" | "tag_slug" | "term_slug") => {
                    xml.text()?.trim().clone_into(&mut nicename);
                }
                (Space::Wp, "cat_name" | "tag_name" | "term_name") => term.name = plain(&xml.text()?),
                (Space::Wp, "category_description" | "tag_description" | "term_description") => {
                    let mut description = xml.text()?;
                    hidden.take_out_of("description", &mut description, shown);
                    term.description = plain(&description);
                }
                (Space::Wp, "category_parent" | "term_parent") => {
                    term.parent = crate::import::text::percent_decode(xml.text()?.trim());
                }
                _ => xml.skip()?,
            }
        }
        let kind = if taxonomy == "category" { "category" } else { "tag" };
        let name = format!("{kind} {:?}", term.name);
        match taxonomy.as_str() {
            "category" => self.categories.declare(&nicename, term),
            "tag" | "post_tag" => self.tags.declare(&nicename, term),
            // Menus, formats and the like.
            _ => return Ok(()),
        }
        if !hidden.remarks.is_empty() {
            self.hidden.push((name, element.place, hidden));
        }
        Ok(())
    }

    fn item(&mut self, item: &Item) {
        // What the channel says of itself stands in front of its items.
        self.locate();
        match fate(item) {
            Fate::Post(_) => {
                self.posts += 1;
                self.authors.note(item);
                let terms = ItemTerms::of(item);
                terms
                    .categories
                    .iter()
                    .for_each(|term| self.categories.note(term, item.place));
                terms.tags.iter().for_each(|term| self.tags.note(term, item.place));
            }
            Fate::Attachment => {
                // The second pass says why one is none.
                let _is_file = self.attachments.note(item, self.base.as_ref()).is_ok();
            }
            Fate::Guest => self.authors.note_guest(item),
            Fate::Rule => self.rules.note(item),
            Fate::Skipped(_) => {}
        }
    }

    fn locate(&mut self) {
        if self.url.is_none() {
            let Addresses { blog, link, network } = &self.addresses;
            let stated = blog.as_ref().or(link.as_ref()).or(network.as_ref());
            self.url = stated.map(|url| url.trim_end_matches('/').to_owned());
            self.base = stated.and_then(|url| Url::parse(&format!("{}/", url.trim_end_matches('/'))).ok());
        }
    }
}

/// Reads a file, and hands over each element of its channel with the reader behind its start; the receiver reads it
/// through its end.
pub(super) fn walk(
    path: &Path,
    mut each: impl FnMut(&mut Xml, Element) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let mut xml = Xml::open(path)?;
    let Some(root) = xml.child()? else {
        return Err(xml.malformed(
            Place::default(),
            "the file is empty; a WordPress export (WXR) was expected",
        ));
    };
    if root.key() != (Space::Rss, "rss") {
        let message = format!(
            "this is no WordPress export (WXR): it begins with <{}> in place of <rss>",
            root.name
        );
        return Err(xml.malformed(root.place, message));
    }
    let mut has_channel = false;
    while let Some(child) = xml.child()? {
        if child.key() == (Space::Rss, "channel") && !has_channel {
            has_channel = true;
            xml.begin_item();
            while let Some(element) = xml.child()? {
                each(&mut xml, element)?;
                xml.begin_item();
            }
        } else {
            xml.skip()?;
        }
    }
    if !has_channel {
        return Err(xml.malformed(root.place, "this is no WordPress export (WXR): it has no <channel>"));
    }
    match xml.child()? {
        None => Ok(()),
        Some(more) => Err(xml.malformed(
            more.place,
            format!("<{}> stands behind the end of the export", more.name),
        )),
    }
}
