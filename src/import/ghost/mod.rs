//! Reads a Ghost export: one JSON document with the tables of its database.
//!
//! A file is read twice as a stream: the first pass proves that it is whole and learns what posts refer to (authors,
//! tags, who wrote what, files), since tables come in any order; the second makes records. What is held in memory grows
//! with those, never with posts. Exports hold password hashes and keys of the site: columns and settings that are not
//! needed are passed over, and no error says a word of what the file holds.

mod address;
mod body;
mod cards;
mod editor;
mod fields;
mod input;
mod json;
mod links;
mod media;
mod post;
mod row;
mod site;
mod state;

use std::fs::File;
use std::path::{Path, PathBuf};

use url::Url;

use self::json::{Entry, position, walk};
use self::post::post;
use self::site::{POST, Site};
use super::ids::Ids;
use super::record::{Record, Source, SourceError, Stopped, Survey};

/// A Ghost export.
pub struct Ghost {
    path: PathBuf,
    home: Option<Url>,
    site: Option<Site>,
}

impl Ghost {
    /// Opens an export; only whether it can be read is found out here. `home` is where the site was, which exports do
    /// not say.
    pub fn open(path: &Path, home: Option<Url>) -> Result<Self, SourceError> {
        File::open(path).map_err(|cause| SourceError::Unreadable {
            path: path.to_owned(),
            cause,
        })?;
        Ok(Self {
            path: path.to_owned(),
            home,
            site: None,
        })
    }

    fn site(&mut self) -> Result<&Site, SourceError> {
        let site = match self.site.take() {
            Some(site) => site,
            None => Site::survey(&self.path, self.home.as_ref())?,
        };
        Ok(self.site.insert(site))
    }
}

impl Source for Ghost {
    fn survey(&mut self) -> Result<Survey, SourceError> {
        // The file may have changed since the last time.
        self.site = None;
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let site = self.site()?;
        let stated = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        // The name of an export has its date in it: `site.ghost.2024-01-02-03-04-05.json`.
        let stem = stem.split(".ghost.").next().unwrap_or_default();
        let name = site
            .key
            .as_deref()
            .or(Some(&site.title).filter(|title| !title.is_empty()).map(String::as_str));
        Ok(Survey {
            source: format!("ghost:{}", name.unwrap_or(stem)),
            title: stated(&site.title),
            tagline: stated(&site.tagline),
            language: stated(&site.language),
            site_url: site.home.url().map(str::to_owned),
            records: site.records(),
        })
    }

    fn read(&mut self, emit: &mut dyn FnMut(Record) -> Result<(), Stopped>) -> Result<(), SourceError> {
        let path = self.path.clone();
        let site = self.site()?;
        for author in &site.authors {
            emit(Record::Author(author.clone()))?;
        }
        for tag in &site.tags {
            emit(Record::Tag(tag.clone()))?;
        }
        for file in site.files.records() {
            emit(Record::Media(file.clone()))?;
        }
        for notice in &site.notices {
            emit(Record::Notice(notice.clone()))?;
        }
        let mut given = Ids::default();
        let posts = |table: &str| (table == "posts").then_some(POST);
        walk(&path, posts, &mut |entry| {
            if let Entry::Row { row, place, .. } = entry {
                let (record, notices) = post(row, &position(&path, place), site, &mut given);
                emit(Record::Post(Box::new(record)))?;
                for notice in notices {
                    emit(Record::Notice(notice))?;
                }
            }
            Ok(())
        })
    }
}
