//! What a text's path says of it, after the conventions of Jekyll, Hugo, Zola and Astro.

use chrono::{DateTime, NaiveDate, Utc};
use entity::post::PostKind;

use super::folder::Layout;

/// A text's place in its site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// What the text is.
    pub(super) role: Role<'a>,
    /// The name that its path gives it, without date.
    pub(super) name: &'a str,
    /// The date in its name.
    pub(super) date: Option<DateTime<Utc>>,
    /// Lies among drafts.
    pub(super) is_draft: bool,
    /// Why the generator leaves it out because of its path.
    pub(super) hidden: Option<&'static str>,
    /// The categories that its path gives it (Jekyll: the folders above `_posts`).
    pub(super) categories: Vec<&'a str>,
}

/// What a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role<'a> {
    /// An article or page.
    Post(PostKind),
    /// The text of a section: its taxonomy (or other section) and the path below.
    Section(&'a str, &'a str),
    /// Neither, and why.
    Other(&'static str),
}

/// Finds out what the path of a text says. `is_marked`: whether the text has front matter.
pub(super) fn place(path: &str, layout: Layout, is_marked: bool) -> Place<'_> {
    let root = match layout {
        Layout::Content => "content/",
        Layout::Astro => "src/",
        Layout::Jekyll | Layout::Plain => "",
    };
    let inner = path.strip_prefix(root).unwrap_or(path);
    let inner = inner.rsplit_once('.').map_or(inner, |(stem, _)| stem);
    let (folders, file) = inner.rsplit_once('/').unwrap_or(("", inner));
    if file == "_index" {
        let (section, below) = folders.split_once('/').unwrap_or((folders, ""));
        return plain(Role::Section(section, below), file);
    }
    // A bundle is a folder that is named for its text.
    let is_bundle = file.eq_ignore_ascii_case("index") && !folders.is_empty();
    let (folders, name) = match folders.rsplit_once('/') {
        _ if !is_bundle => (folders, file),
        Some((above, own)) => (above, own),
        None => ("", folders),
    };
    let (date, name) = dated(name).map_or((None, name), |(date, name)| (Some(date), name));
    let role = match layout {
        Layout::Jekyll => jekyll(folders, file, is_marked),
        Layout::Content => content(folders),
        Layout::Astro => astro(folders),
        Layout::Plain => plain_folder(folders, file, is_marked),
    };
    let categories = match (layout, folders.split_once("_posts")) {
        (Layout::Jekyll, Some((above, _))) => above.split('/').filter(|part| !part.is_empty()).collect(),
        _ => Vec::new(),
    };
    Place {
        role,
        name,
        date,
        is_draft: has_part(folders, &["_drafts", "drafts"]),
        hidden: hidden(inner, layout),
        categories,
    }
}

/// Why a generator leaves out what has such a path, given without extension.
fn hidden(inner: &str, layout: Layout) -> Option<&'static str> {
    const MARKED: &str = "its generator leaves out files and folders whose name begins with \"_\"";
    let file = inner.rsplit('/').next().unwrap_or(inner);
    let is_marked = match layout {
        Layout::Astro => inner.split('/').any(|part| part.starts_with('_')),
        Layout::Plain => {
            let known = ["_posts", "_drafts", "_pages"];
            inner
                .split('/')
                .any(|part| part.starts_with('_') && !known.contains(&part))
        }
        Layout::Jekyll => {
            let (_, below) = inner.split_once("_posts/").unwrap_or(("", file));
            below.split('/').any(|part| part.starts_with(['_', '#'])) && file != "_drafts"
        }
        Layout::Content => false,
    };
    if is_marked {
        Some(MARKED)
    } else {
        let folders = inner.rsplit_once('/').map_or("", |(folders, _)| folders);
        has_part(folders, &["private"]).then_some("it is in a folder called \"private\"")
    }
}

fn plain<'a>(role: Role<'a>, name: &'a str) -> Place<'a> {
    Place {
        role,
        name,
        date: None,
        is_draft: false,
        hidden: None,
        categories: Vec::new(),
    }
}

fn jekyll(folders: &str, file: &str, is_marked: bool) -> Role<'static> {
    if has_part(folders, &["_posts", "_drafts"]) {
        return Role::Post(PostKind::Article);
    }
    if folders.split('/').any(|part| part.starts_with('_')) {
        return Role::Other("it belongs to a collection that holds neither posts nor drafts");
    }
    if !is_marked {
        return unmarked(file);
    }
    Role::Post(PostKind::Page)
}

fn content(folders: &str) -> Role<'static> {
    match folders.split('/').next() {
        None | Some("" | "page" | "pages") => Role::Post(PostKind::Page),
        _ => Role::Post(PostKind::Article),
    }
}

fn astro(folders: &str) -> Role<'static> {
    let mut parts = folders.split('/');
    match (parts.next(), parts.next()) {
        (Some("content"), Some("pages" | "page")) => Role::Post(PostKind::Page),
        (Some("content"), _) => Role::Post(PostKind::Article),
        _ => Role::Post(PostKind::Page),
    }
}

fn plain_folder(folders: &str, file: &str, is_marked: bool) -> Role<'static> {
    match folders.split('/').next() {
        Some("page" | "pages") => Role::Post(PostKind::Page),
        _ if !is_marked => match unmarked(file) {
            Role::Other(reason) if folders.is_empty() && is_about_folder(file) => Role::Other(reason),
            _ => Role::Post(PostKind::Article),
        },
        _ => Role::Post(PostKind::Article),
    }
}

fn unmarked(file: &str) -> Role<'static> {
    if is_about_folder(file) {
        Role::Other("it is about the folder, not a text of the site")
    } else {
        Role::Other("it has no front matter; Jekyll leaves such files as they are")
    }
}

fn is_about_folder(file: &str) -> bool {
    let names = [
        "readme",
        "license",
        "licence",
        "changelog",
        "contributing",
        "code_of_conduct",
        "security",
    ];
    names.iter().any(|name| file.eq_ignore_ascii_case(name))
}

fn has_part(folders: &str, names: &[&str]) -> bool {
    folders.split('/').any(|part| names.contains(&part))
}

/// Parts `2020-01-31-name`; month and day may have one digit.
fn dated(name: &str) -> Option<(DateTime<Utc>, &str)> {
    let end = name.match_indices('-').nth(1).map(|(at, _)| at + 1)?;
    let digits = name[end..].bytes().take_while(u8::is_ascii_digit).count();
    let (date, rest) = name.split_at(end + digits);
    let is_whole = date.find('-') == Some(4) && date.len() <= 10;
    let rest = rest
        .strip_prefix(['-', '_', ' '])
        .filter(|rest| is_whole && !rest.is_empty())?;
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?;
    Some((date.and_utc(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTICLE: Role<'static> = Role::Post(PostKind::Article);
    const PAGE: Role<'static> = Role::Post(PostKind::Page);

    #[test]
    fn every_convention_names_and_sorts_texts_by_path() {
        for (path, layout, role, name) in [
            ("_posts/2020-01-31-a-b.md", Layout::Jekyll, ARTICLE, "a-b"),
            ("_drafts/c.md", Layout::Jekyll, ARTICLE, "c"),
            ("_posts/2020-1-3-a.md", Layout::Jekyll, ARTICLE, "a"),
            ("about.md", Layout::Jekyll, PAGE, "about"),
            ("about/index.md", Layout::Jekyll, PAGE, "about"),
            ("content/posts/a.md", Layout::Content, ARTICLE, "a"),
            ("content/posts/2020-01-31-a/index.md", Layout::Content, ARTICLE, "a"),
            ("content/about.md", Layout::Content, PAGE, "about"),
            ("content/about/index.md", Layout::Content, PAGE, "about"),
            ("content/pages/x/index.md", Layout::Content, PAGE, "x"),
            (
                "content/categories/craft/binding/_index.md",
                Layout::Content,
                Role::Section("categories", "craft/binding"),
                "_index",
            ),
            ("src/content/blog/first.mdx", Layout::Astro, ARTICLE, "first"),
            ("src/pages/about.md", Layout::Astro, PAGE, "about"),
            ("cjxyz.md", Layout::Plain, ARTICLE, "cjxyz"),
            ("notes/deep/x.md", Layout::Plain, ARTICLE, "x"),
        ] {
            let place = place(path, layout, true);
            assert_eq!((place.role, place.name), (role, name), "{path}");
        }
    }

    #[test]
    fn the_path_gives_date_draft_and_categories() {
        let found = place("books/old/_posts/2020-01-31-x.md", Layout::Jekyll, true);
        assert_eq!(
            found.date.map(|date| date.to_rfc3339()).as_deref(),
            Some("2020-01-31T00:00:00+00:00")
        );
        assert_eq!(found.categories, ["books", "old"]);
        assert!(place("_drafts/x.md", Layout::Jekyll, true).is_draft);
        for path in ["2020-99-31-x.md", "2020-01-31.md", "2020-01-31-.md", "２０２０-01-x.md"] {
            assert_eq!(place(path, Layout::Plain, true).date, None, "{path}");
        }
    }

    #[test]
    fn what_generators_leave_out_is_hidden() {
        for (path, layout) in [
            ("src/content/blog/_later.md", Layout::Astro),
            ("src/content/_blog/a.md", Layout::Astro),
            ("src/pages/_a.md", Layout::Astro),
            ("_a.md", Layout::Jekyll),
            ("_posts/_old/2020-01-01-a.md", Layout::Jekyll),
            ("_posts/_2020-01-01-a.md", Layout::Jekyll),
            ("posts/_a.md", Layout::Plain),
            ("_templates/a.md", Layout::Plain),
            ("private/a.md", Layout::Plain),
        ] {
            assert!(place(path, layout, true).hidden.is_some(), "{path}");
        }
        for (path, layout) in [
            ("src/content/blog/a_b.md", Layout::Astro),
            ("_posts/2020-01-01-a.md", Layout::Jekyll),
            ("a/_posts/b/2020-01-01-a.md", Layout::Jekyll),
            ("_posts/a.md", Layout::Plain),
            ("private.md", Layout::Plain),
            ("content/posts/_a.md", Layout::Content),
        ] {
            assert_eq!(place(path, layout, true).hidden, None, "{path}");
        }
    }

    #[test]
    fn what_is_no_text_of_the_site_says_why() {
        for (path, layout) in [
            ("README.md", Layout::Plain),
            ("LICENSE.md", Layout::Jekyll),
            ("notes.md", Layout::Jekyll),
            ("_team/a.md", Layout::Jekyll),
        ] {
            assert!(matches!(place(path, layout, false).role, Role::Other(_)), "{path}");
        }
        assert_eq!(place("README.md", Layout::Plain, true).role, ARTICLE);
    }
}
