//! The items of an export as they stand in the file, without what readers did not see, before anything is made of them.

use super::audience::ShownShortcodes;
use super::hidden::{Hidden, take_out};
use super::xml::{Space, Xml};
use crate::import::place::Place;
use crate::import::record::SourceError;

/// An `<item>`: a post, page, attachment, menu entry …
#[derive(Debug, Default)]
pub(super) struct Item {
    /// Where it begins.
    pub place: Place,
    pub title: String,
    pub link: String,
    pub guid: String,
    /// `dc:creator`, a login.
    pub creator: String,
    pub content: String,
    pub excerpt: String,
    pub id: String,
    pub date: String,
    pub date_gmt: String,
    pub modified: String,
    pub modified_gmt: String,
    /// `wp:post_name`, the slug.
    pub name: String,
    pub status: String,
    /// `wp:post_type`.
    pub kind: String,
    pub parent: String,
    pub menu_order: String,
    pub password: String,
    pub is_sticky: bool,
    pub attachment_url: String,
    pub terms: Vec<ItemTerm>,
    /// `wp:postmeta`, key and value, in order.
    pub meta: Vec<(String, String)>,
    pub comments: Vec<ItemComment>,
    /// What was left out of its texts.
    pub hidden: Hidden,
}

/// A `<category>` of an item.
#[derive(Debug)]
pub(super) struct ItemTerm {
    /// The taxonomy; none in hand-made and very old files.
    pub domain: Option<String>,
    pub nicename: String,
    pub name: String,
}

/// A `<wp:comment>`. The IP address is left in the file.
#[derive(Debug, Default)]
pub(super) struct ItemComment {
    pub id: String,
    pub author: String,
    pub author_email: String,
    pub author_url: String,
    pub date: String,
    pub date_gmt: String,
    pub content: String,
    pub approved: String,
    pub kind: String,
    pub parent: String,
}

impl Item {
    /// Reads the item that was just opened, through its end.
    pub fn read(xml: &mut Xml, place: Place, shown: &ShownShortcodes) -> Result<Self, SourceError> {
        let mut item = Self {
            place,
            ..Self::default()
        };
        while let Some(element) = xml.child()? {
            let field = match element.key() {
                (Space::Rss, "title") => &mut item.title,
                (Space::Rss, "link") => &mut item.link,
                (Space::Rss, "guid") => &mut item.guid,
                (Space::Dc, "creator") => &mut item.creator,
                (Space::Content, "encoded") => &mut item.content,
                (Space::Excerpt, "encoded") => &mut item.excerpt,
                (Space::Wp, "post_id") => &mut item.id,
                (Space::Wp, "post_date") => &mut item.date,
                (Space::Wp, "post_date_gmt") => &mut item.date_gmt,
                (Space::Wp, "post_modified") => &mut item.modified,
                (Space::Wp, "post_modified_gmt") => &mut item.modified_gmt,
                (Space::Wp, "post_name") => &mut item.name,
                (Space::Wp, "status") => &mut item.status,
                (Space::Wp, "post_type") => &mut item.kind,
                (Space::Wp, "post_parent") => &mut item.parent,
                (Space::Wp, "menu_order") => &mut item.menu_order,
                (Space::Wp, "post_password") => &mut item.password,
                (Space::Wp, "attachment_url") => &mut item.attachment_url,
                (Space::Wp, "is_sticky") => {
                    item.is_sticky = xml.text()?.trim() == "1";
                    continue;
                }
                (Space::Rss, "category") => {
                    let domain = element.attribute("domain").map(|domain| domain.trim().to_owned());
                    let nicename = element.attribute("nicename").unwrap_or_default().trim().to_owned();
                    item.terms.push(ItemTerm {
                        domain,
                        nicename,
                        name: xml.text()?,
                    });
                    continue;
                }
                (Space::Wp, "postmeta") => {
                    item.meta.push(read_meta(xml)?);
                    continue;
                }
                (Space::Wp, "comment") => {
                    item.comments.push(ItemComment::read(xml)?);
                    continue;
                }
                _ => {
                    xml.skip()?;
                    continue;
                }
            };
            let text = xml.text()?;
            // The texts of the author are kept to the letter; everything else is a name, a number or a date.
            *field = if element.name == "encoded" {
                text
            } else {
                text.trim().to_owned()
            };
        }
        item.hidden = take_out(&mut item, shown);
        Ok(item)
    }

    /// The first value of a custom field.
    pub fn meta(&self, key: &str) -> Option<&str> {
        self.meta
            .iter()
            .find(|(found, _)| found == key)
            .map(|(_, value)| value.as_str())
    }
}

impl ItemComment {
    fn read(xml: &mut Xml) -> Result<Self, SourceError> {
        let mut comment = Self::default();
        while let Some(element) = xml.child()? {
            let field = match element.key() {
                (Space::Wp, "comment_id") => &mut comment.id,
                (Space::Wp, "comment_author") => &mut comment.author,
                (Space::Wp, "comment_author_email") => &mut comment.author_email,
                (Space::Wp, "comment_author_url") => &mut comment.author_url,
                (Space::Wp, "comment_date") => &mut comment.date,
                (Space::Wp, "comment_date_gmt") => &mut comment.date_gmt,
                (Space::Wp, "comment_approved") => &mut comment.approved,
                (Space::Wp, "comment_type") => &mut comment.kind,
                (Space::Wp, "comment_parent") => &mut comment.parent,
                (Space::Wp, "comment_content") => {
                    comment.content = xml.text()?;
                    continue;
                }
                _ => {
                    xml.skip()?;
                    continue;
                }
            };
            xml.text()?.trim().clone_into(field);
        }
        Ok(comment)
    }
}

fn read_meta(xml: &mut Xml) -> Result<(String, String), SourceError> {
    let (mut key, mut value) = (String::new(), String::new());
    while let Some(element) = xml.child()? {
        match element.key() {
            (Space::Wp, "meta_key") => xml.text()?.trim().clone_into(&mut key),
            (Space::Wp, "meta_value") => value = xml.text()?,
            _ => xml.skip()?,
        }
    }
    Ok((key, value))
}
