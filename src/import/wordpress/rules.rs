//! Rules of MemberPress, which stand in an export as items of their own and hide others.

use std::collections::HashSet;

use entity::post::PostKind;

use super::item::Item;
use crate::import::text::percent_decode;

/// What the rules of a site hide.
#[derive(Debug, Default)]
pub(super) struct Rules {
    articles: bool,
    pages: bool,
    /// The ids of posts, and of pages whose children are hidden.
    posts: HashSet<String>,
    parents: HashSet<String>,
    /// The slugs or names of categories and tags.
    terms: HashSet<String>,
}

/// What a rule is for.
enum Target {
    All,
    Articles,
    Pages,
    Post,
    Children,
    Term,
    /// Parts of posts, which a shortcode marks there.
    Parts,
    Unknown,
}

fn target(rule: &Item) -> Target {
    match rule.meta("_mepr_rules_type").unwrap_or_default() {
        "all" => Target::All,
        "all_post" => Target::Articles,
        "all_page" => Target::Pages,
        "single_post" | "single_page" => Target::Post,
        "parent_post" | "parent_page" => Target::Children,
        "category" | "tag" => Target::Term,
        kind if kind.starts_with("tax_") => Target::Term,
        "partial" => Target::Parts,
        _ => Target::Unknown,
    }
}

/// What a rule does, for the report.
pub(super) fn effect(rule: &Item) -> &'static str {
    match target(rule) {
        Target::Unknown => {
            "rules of this kind cannot be applied; look whether the posts that it hid are private, since others are public"
        }
        Target::Parts => "what it is for is left out of the posts that name it",
        _ => "posts that it hid are private",
    }
}

impl Rules {
    /// Learns a rule.
    pub fn note(&mut self, rule: &Item) {
        if rule.status != "publish" {
            return;
        }
        let content = rule.meta("_mepr_rules_content").unwrap_or_default();
        let named = content.split(',').map(|name| percent_decode(name.trim()));
        let named = named.filter(|name| !name.is_empty());
        match target(rule) {
            Target::All => (self.articles, self.pages) = (true, true),
            Target::Articles => self.articles = true,
            Target::Pages => self.pages = true,
            Target::Post => self.posts.extend(named),
            Target::Children => self.parents.extend(named),
            Target::Term => self.terms.extend(named),
            Target::Parts | Target::Unknown => {}
        }
    }

    /// Whether a rule hides a post or page.
    pub fn hide(&self, item: &Item, kind: PostKind) -> bool {
        let by_kind = match kind {
            PostKind::Article => self.articles,
            PostKind::Page => self.pages,
        };
        let mut terms = item.terms.iter();
        by_kind
            || self.posts.contains(&item.id)
            || self.parents.contains(&item.parent)
            || terms.any(|term| self.terms.contains(&percent_decode(&term.nicename)) || self.terms.contains(&term.name))
    }
}
