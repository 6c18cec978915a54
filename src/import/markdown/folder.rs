//! The files of a folder: which are texts, which are data, and what an address in a text leads to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use walkdir::WalkDir;

use super::front_matter::{Language, Parted};
use super::place::{Place, place};
use crate::import::record::{Effect, Notice, Position, SourceError};

/// Bytes that a text or data file may have.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Folders that hold no texts of the site.
#[rustfmt::skip]
const FOREIGN: &[&str] = &[
    "_data", "_includes", "_layouts", "_sass", "_site", "archetypes", "bower_components", "i18n", "layouts",
    "node_modules", "resources", "target", "templates", "themes", "vendor",
];

/// Where sites keep files that are served as they are.
const STATIC: &[&str] = &["static", "public", "assets", "src", ""];

/// How a site keeps its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `_posts`, `_drafts`, and pages anywhere else.
    Jekyll,
    /// `content/section/text.md`: Hugo and Zola.
    Content,
    /// `src/content/collection/text.md` and `src/pages/page.md`.
    Astro,
    /// Just files: Hashnode's backup, Obsidian, a folder of notes.
    Plain,
}

/// A folder and the names of its files.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// How the site keeps its texts.
    pub(super) layout: Layout,
    /// Paths of texts below the root, with `/`, sorted.
    pub(super) texts: Vec<String>,
    /// Paths of data files below `data` or `_data`, sorted.
    pub(super) data: BTreeSet<String>,
    /// What was left out.
    pub(super) notices: Vec<Notice>,
    /// Whether posts are named after their dates, as Jekyll wants it.
    has_dated_posts: bool,
}

impl Folder {
    /// Lists a folder.
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let unreadable = |cause: io::Error| SourceError::Unreadable {
            path: path.to_owned(),
            cause,
        };
        let root = path.canonicalize().map_err(unreadable)?;
        fs::read_dir(&root).map_err(unreadable)?;
        let layout = layout(&root);
        let mut folder = Self {
            root,
            layout,
            texts: Vec::new(),
            data: BTreeSet::new(),
            notices: Vec::new(),
            has_dated_posts: false,
        };
        folder.list();
        let is_dated = |path: &String| is_post(path) && place(path, layout, true).date.is_some();
        folder.has_dated_posts = layout == Layout::Jekyll && folder.texts.iter().any(is_dated);
        if folder.texts.is_empty() {
            return Err(SourceError::Malformed {
                position: Position {
                    file: path.display().to_string(),
                    ..Position::default()
                },
                message: "there is no Markdown in this folder (files that end in .md, .markdown or .mdx)".to_owned(),
            });
        }
        Ok(folder)
    }

    fn list(&mut self) {
        let entries = WalkDir::new(&self.root).sort_by_file_name().into_iter();
        for entry in
            entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name().as_encoded_bytes()))
        {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let name = error.path().map_or_else(String::new, |path| self.name(path));
                    self.notices
                        .push(skipped(&name, None, format!("it cannot be read: {}", cause(&error))));
                    continue;
                }
            };
            let name = self.name(entry.path());
            let (is_text, is_data) = (self.is_text(&name), is_data(&name));
            if entry.path_is_symlink() {
                if is_text || is_data || entry.path().is_dir() {
                    let reason = "it is a symbolic link; what it leads to is read where it stands, if in this folder";
                    self.notices.push(skipped(&name, None, reason.to_owned()));
                }
            } else if entry.file_type().is_file() {
                if is_text {
                    self.texts.push(name);
                } else if is_data {
                    self.data.insert(name);
                }
            }
        }
        // By the whole path: a page comes before those in the folder of its name.
        self.texts.sort();
    }

    fn is_text(&self, name: &str) -> bool {
        let folders = name.rsplit_once('/').map_or("", |(folders, _)| folders);
        let is_markdown = name
            .rsplit_once('.')
            .is_some_and(|(_, extension)| is_markdown(extension));
        let is_ours = match self.layout {
            Layout::Content => name.starts_with("content/"),
            Layout::Astro => name.starts_with("src/content/") || name.starts_with("src/pages/"),
            Layout::Jekyll | Layout::Plain => !folders.split('/').any(|folder| FOREIGN.contains(&folder)),
        };
        is_markdown && is_ours
    }

    /// Whether Jekyll leaves a text among its posts out since nothing says when it was written. Other generators keep their
    /// posts in a folder of this name, too; then none is named after its date.
    pub(super) fn is_undated_post(&self, path: &str, place: &Place<'_>, parted: &Parted<'_>) -> bool {
        let says_when = || {
            parted
                .fields
                .keys()
                .any(|key| key.to_ascii_lowercase().contains("date"))
        };
        self.has_dated_posts && is_post(path) && place.date.is_none() && !says_when()
    }

    /// Whether it is a vault of Obsidian.
    pub(super) fn is_vault(&self) -> bool {
        self.root.join(".obsidian").is_dir()
    }

    /// The folder's own name.
    pub(super) fn own_name(&self) -> String {
        self.root
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// The path of a file below the root, with `/`.
    fn name(&self, path: &Path) -> String {
        let parts = path.strip_prefix(&self.root).unwrap_or(path).iter();
        parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    }

    /// Where a file is.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Whether there is such a file.
    pub(super) fn has(&self, name: &str) -> bool {
        self.path(name).is_file()
    }

    /// Reads a text or data file.
    pub(super) fn read(&self, name: &str) -> Result<String, Notice> {
        let refuse = |line, reason| skipped(name, line, reason);
        let read = || {
            let mut bytes = Vec::new();
            fs::File::open(self.path(name))?
                .take(LARGEST + 1)
                .read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().map_err(|error: io::Error| refuse(None, format!("it cannot be read: {error}")))?;
        if bytes.len() as u64 > LARGEST {
            return Err(refuse(None, format!("it is larger than {} MB", LARGEST / 1024 / 1024)));
        }
        String::from_utf8(bytes).map_err(|error| {
            let valid = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
            let line = valid.matches('\n').count() as u64 + 1;
            refuse(Some(line), "it is not UTF-8".to_owned())
        })
    }

    /// The file that an address in a text leads to: beside the text, or where files are served from. Never outside of
    /// the folder, nor hidden. `Err` for an address that leads to no file.
    pub(super) fn find(&self, text: &str, address: &str) -> Result<String, ()> {
        let bare = address.split(['?', '#']).next().unwrap_or_default();
        let decoded = percent_decode_str(bare).decode_utf8().map_err(|_| ())?;
        let beside = text.rsplit_once('/').map_or("", |(folder, _)| folder);
        let relative = decoded.trim_start_matches('/');
        let first = (relative == decoded).then_some(beside);
        first
            .into_iter()
            .chain(STATIC.iter().copied())
            .filter_map(|folder| join(folder, relative))
            .find(|name| self.is_inside(name))
            .ok_or(())
    }

    fn is_inside(&self, name: &str) -> bool {
        let path = self.path(name).canonicalize();
        path.is_ok_and(|path| path.starts_with(&self.root) && path.is_file())
    }
}

fn is_post(path: &str) -> bool {
    path.starts_with("_posts/") || path.contains("/_posts/")
}

fn layout(root: &Path) -> Layout {
    if root.join("src/content").is_dir() || root.join("src/pages").is_dir() {
        Layout::Astro
    } else if root.join("_posts").is_dir() || root.join("_config.yml").is_file() {
        Layout::Jekyll
    } else if root.join("content").is_dir() {
        Layout::Content
    } else {
        Layout::Plain
    }
}

/// Joins a folder and a relative path; nothing where that leads out of the root or to something hidden.
fn join(folder: &str, relative: &str) -> Option<String> {
    let mut parts = folder.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ if part.contains(['\\', '\0']) || is_hidden(part.as_bytes()) => return None,
            _ => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn is_hidden(name: &[u8]) -> bool {
    name.starts_with(b".")
}

fn is_data(name: &str) -> bool {
    let below = name.strip_prefix("_data/").or_else(|| name.strip_prefix("data/"));
    below.is_some_and(|name| {
        name.rsplit_once('.')
            .is_some_and(|(_, extension)| Language::of_extension(extension).is_some())
    })
}

/// Whether files of this extension are Markdown.
pub(super) fn is_markdown(extension: &str) -> bool {
    ["md", "markdown", "mdown", "mkd", "mdx"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

/// Data files of one kind: `authors` gives `data/authors.yml` and all in `data/authors/`, by the path below that
/// folder without extension (empty for the file itself).
pub(super) fn data_of<'a>(data: &'a BTreeSet<String>, kind: &str) -> BTreeMap<&'a str, &'a str> {
    let mut found = BTreeMap::new();
    for name in data {
        let below = name.strip_prefix("_data/").or_else(|| name.strip_prefix("data/"));
        let Some((stem, _)) = below.and_then(|below| below.rsplit_once('.')) else {
            continue;
        };
        if let Some(rest) = stem.strip_prefix(kind)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            found.insert(rest.trim_start_matches('/'), name.as_str());
        }
    }
    found
}

/// A word that a file was left out.
pub(super) fn skipped(name: &str, line: Option<u64>, reason: String) -> Notice {
    notice(Effect::Skipped, name, line, reason)
}

/// A word that a text is not wholly as it was.
pub(super) fn changed(name: &str, line: Option<u64>, reason: String) -> Notice {
    notice(Effect::Changed, name, line, reason)
}

fn notice(effect: Effect, name: &str, line: Option<u64>, reason: String) -> Notice {
    let position = Position {
        file: name.to_owned(),
        line,
        column: None,
    };
    Notice {
        effect,
        item: name.to_owned(),
        reason,
        position,
    }
}

fn cause(error: &walkdir::Error) -> String {
    error.io_error().map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn paths_never_lead_out() {
        assert_eq!(join("posts/a", "../b/./c.png").as_deref(), Some("posts/b/c.png"));
        assert_eq!(join("", "c.png").as_deref(), Some("c.png"));
        for path in ["../../../etc/passwd", ".env", "x/.git/config", "a\\b", "a\0"] {
            assert_eq!(join("posts/a", path), None, "{path}");
        }
        assert_eq!(join("", "../x"), None);
    }
}
