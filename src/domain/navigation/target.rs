use std::collections::HashMap;

use entity::post::PostKind;
use entity::{CategoryId, PostId, PublicationId, TagId};
use sea_orm::{ConnectionTrait, DbErr};
use url::Url;

use super::NewTarget;
use crate::domain::post::{self, Reach};
use crate::domain::refusal::{Problem, ProblemCode};
use crate::domain::text::line;
use crate::domain::viewer::Viewer;
use crate::domain::{category, tag};

/// The longest address, in characters.
const MOST_ADDRESS: usize = 2_000;

/// What of the things that items lead to is in the publication, and seen by whoever sets the menu.
pub struct Known {
    posts: HashMap<(PostKind, PostId), PublicationId>,
    tags: HashMap<TagId, PublicationId>,
    categories: HashMap<CategoryId, PublicationId>,
    publication: PublicationId,
}

impl Known {
    /// Of these targets.
    pub async fn of(
        transaction: &impl ConnectionTrait,
        viewer: Viewer,
        publication: PublicationId,
        targets: impl Iterator<Item = &NewTarget>,
    ) -> Result<Self, DbErr> {
        let (mut posts, mut tags, mut categories) = (Vec::new(), Vec::new(), Vec::new());
        for target in targets {
            match target {
                NewTarget::Post(_, id) => posts.push(*id),
                NewTarget::Tag(id) => tags.push(*id),
                NewTarget::Category(id) => categories.push(*id),
                NewTarget::Url(_) => {}
            }
        }
        let posts = post::by_ids(transaction, viewer, Reach::Direct, &posts)
            .await?
            .into_iter();
        let tags = tag::by_ids(transaction, &tags).await?.into_iter();
        let categories = category::by_ids(transaction, &categories).await?.into_iter();
        Ok(Self {
            posts: posts.map(|(id, row)| ((row.kind, id), row.publication_id)).collect(),
            tags: tags.map(|(id, row)| (id, row.publication_id)).collect(),
            categories: categories.map(|(id, row)| (id, row.publication_id)).collect(),
            publication,
        })
    }

    /// What is wrong with a target, in the field `items`.
    pub fn problem(&self, target: &NewTarget) -> Option<Problem> {
        let (of, thing) = match target {
            NewTarget::Url(address) => return check_address(address).err(),
            NewTarget::Post(kind, id) => (self.posts.get(&(*kind, *id)), post::noun(*kind)),
            NewTarget::Tag(id) => (self.tags.get(id), "tag"),
            NewTarget::Category(id) => (self.categories.get(id), "category"),
        };
        let message = format!("There is no such {thing} in this publication.");
        (of != Some(&self.publication)).then(|| Problem::new(ProblemCode::Invalid, "items", message))
    }
}

/// A web address, one to write or call to, or a path of the front end. What browsers would take for an address elsewhere
/// is no path: `//host`, and `\` too, which they read as `/`.
fn check_address(text: &str) -> Result<(), Problem> {
    let text = line("items", text, MOST_ADDRESS)?;
    let is_path = text.starts_with('/') && !text.starts_with("//") && !text.contains('\\');
    let is_address = || Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "mailto" | "tel"));
    if is_path || is_address() {
        return Ok(());
    }
    let message = "Give an address that begins with https://, http://, mailto: or tel:, or a path that begins with /.";
    Err(Problem::new(ProblemCode::Invalid, "items", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_that_a_reader_may_follow() {
        for fine in [
            "https://a.example",
            "http://a.example/x?y",
            "mailto:ann@example.com",
            "tel:+4912",
            "/",
            "/about",
        ] {
            assert_eq!(check_address(fine), Ok(()), "{fine}");
        }
        for wrong in [
            "",
            "about",
            "javascript:alert(1)",
            " JAVASCRIPT:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "//evil.example",
            "/\\evil.example",
            "/a\0",
            "file:///etc/passwd",
        ] {
            assert!(check_address(wrong).is_err(), "{wrong:?}");
        }
    }
}
