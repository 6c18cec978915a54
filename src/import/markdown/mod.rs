//! Reads a folder of Markdown files as Jekyll, Hugo, Zola, Astro and Hashnode keep it; which of them it is shows in each
//! file, nobody is asked.
//!
//! A file that cannot be read is told of and left out; the rest goes on. Texts are read one at a time, twice: first for
//! what they name and show, which must be handed over before them, then for themselves.

mod authors;
mod comments;
mod dates;
mod defaults;
mod fields;
mod folder;
mod front_matter;
mod header;
mod media;
mod pattern;
mod place;
mod post;
mod site;
mod state;
mod template;
mod terms;
mod title;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{DateTime, Utc};
use entity::post::PostKind;

use self::authors::Authors;
use self::comments::CommentFiles;
use self::defaults::Defaults;
use self::fields::Fields;
use self::folder::{Folder, skipped};
use self::front_matter::Problem;
use self::media::MediaFiles;
use self::place::Role;
use self::post::Text;
use self::terms::Terms;
use super::record::{Notice, PostRecord, Record, Source, SourceError, Stopped, Survey};

/// A folder of Markdown files.
#[derive(Debug)]
pub struct Markdown {
    folder: Folder,
    comment_files: CommentFiles,
    defaults: Defaults,
    /// When the import began: what is dated later is scheduled.
    now: DateTime<Utc>,
    /// What the first reading found.
    findings: Option<Findings>,
}

/// What texts name and show.
#[derive(Clone, Debug, Default)]
struct Findings {
    authors: Authors,
    terms: Terms,
    media: MediaFiles,
    notices: Vec<Notice>,
    /// The names of posts whose comments have been read.
    commented: BTreeSet<String>,
    /// The ids of pages by slug.
    pages: BTreeMap<String, String>,
    posts: u64,
}

impl Markdown {
    /// Opens a folder. Fails only where it cannot be listed or has no Markdown in it.
    pub fn open(folder: &Path) -> Result<Self, SourceError> {
        let mut folder = Folder::open(folder)?;
        let mut notices = Vec::new();
        let defaults = Defaults::read(&folder, &mut notices);
        folder.notices.extend(notices);
        let comment_files = CommentFiles::list(&folder);
        Ok(Self {
            folder,
            comment_files,
            defaults,
            now: Utc::now(),
            findings: None,
        })
    }

    /// Reads one text; `None` where it is no post, which `findings` then tell of.
    fn text(&self, path: &str, findings: &mut Findings) -> Option<PostRecord> {
        let notices = &mut findings.notices;
        let source = self.folder.read(path).map_err(|notice| notices.push(notice)).ok()?;
        let skip = |problem: Problem| notices.push(skipped(path, Some(problem.line), problem.message));
        let parted = front_matter::part(&source).map_err(skip).ok()?;
        let mut place = place::place(path, self.folder.layout, parted.is_marked);
        if self.folder.is_undated_post(path, &place, &parted) {
            place.hidden = Some("Jekyll takes only posts that are named YYYY-MM-DD-name");
        }
        match place.role {
            Role::Post(kind) => {
                let text = Text {
                    folder: &self.folder,
                    comment_files: &self.comment_files,
                    path,
                    place: &place,
                    defaults: &self.defaults,
                    kind,
                    now: self.now,
                };
                Some(post::read(&text, parted, findings))
            }
            Role::Section(taxonomy, name) => {
                section(path, taxonomy, name, parted.fields, findings);
                None
            }
            Role::Other(reason) => {
                findings.notices.push(skipped(path, None, reason.to_owned()));
                None
            }
        }
    }

    fn explore(&self) -> Findings {
        let mut findings = Findings {
            notices: self.folder.notices.clone(),
            ..Findings::default()
        };
        findings.authors = Authors::read(&self.folder, &mut findings.notices);
        for path in &self.folder.texts {
            if let Some(post) = self.text(path, &mut findings) {
                findings.posts += 1;
                if post.kind == PostKind::Page {
                    findings.pages.entry(post.slug).or_insert(post.id);
                }
            }
        }
        for name in self
            .comment_files
            .posts()
            .filter(|&name| !findings.commented.contains(name))
        {
            let reason = "there is no post of this name that the comments belong to".to_owned();
            findings
                .notices
                .push(skipped(&format!("comments/{name}"), None, reason));
        }
        findings
    }
}

/// A section's own text says what a term is called and about; other sections are lists, which front ends make.
fn section(
    path: &str,
    taxonomy: &str,
    name: &str,
    fields: serde_json::Map<String, serde_json::Value>,
    findings: &mut Findings,
) {
    if name.is_empty() {
        if !matches!(taxonomy, "authors" | "categories" | "series" | "tags") {
            let reason = "it is the text of a section, not a post".to_owned();
            findings.notices.push(skipped(path, None, reason));
        }
        return;
    }
    if taxonomy == "authors" {
        findings.authors.describe(name, fields);
        return;
    }
    let mut fields = Fields::from(fields);
    let (title, about) = (
        fields.text(&["title", "name"]),
        fields.text(&["description", "summary"]),
    );
    if !findings.terms.describe(taxonomy, name, title, about) {
        let reason = "it is the text of a section, not a post".to_owned();
        findings.notices.push(skipped(path, None, reason));
    }
}

impl Source for Markdown {
    fn survey(&mut self) -> Result<Survey, SourceError> {
        let (mut survey, notice) = site::survey(&self.folder);
        let mut findings = self.explore();
        findings.notices.extend(notice);
        let counts = [
            findings.authors.records().len(),
            findings.terms.categories().len(),
            findings.terms.tags().len(),
            findings.terms.all_series().len(),
            findings.media.records().len(),
        ];
        survey.records = counts.into_iter().sum::<usize>() as u64 + findings.posts;
        self.findings = Some(findings);
        Ok(survey)
    }

    fn read(&mut self, emit: &mut dyn FnMut(Record) -> Result<(), Stopped>) -> Result<(), SourceError> {
        let findings = self.findings.take().unwrap_or_else(|| self.explore());
        for notice in &findings.notices {
            emit(Record::Notice(notice.clone()))?;
        }
        for author in findings.authors.records() {
            emit(Record::Author(author.clone()))?;
        }
        for category in findings.terms.categories() {
            emit(Record::Category(category.clone()))?;
        }
        for tag in findings.terms.tags() {
            emit(Record::Tag(tag.clone()))?;
        }
        for series in findings.terms.all_series() {
            emit(Record::Series(series.clone()))?;
        }
        for media in findings.media.records() {
            emit(Record::Media(media.clone()))?;
        }
        let mut again = Findings {
            authors: findings.authors.clone(),
            ..Findings::default()
        };
        for path in &self.folder.texts {
            // They have been given.
            again.notices.clear();
            if let Some(mut post) = self.text(path, &mut again) {
                post.parent = post
                    .parent
                    .and_then(|parent| findings.pages.get(&parent).cloned().or(Some(parent)));
                emit(Record::Post(Box::new(post)))?;
            }
        }
        self.findings = Some(findings);
        Ok(())
    }
}
