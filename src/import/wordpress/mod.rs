//! Reads a WordPress export (WXR: RSS 2.0 with WordPress's own elements).
//!
//! A file is read twice as a stream: the first pass proves that it is whole and learns what posts refer to (authors,
//! terms, files); the second makes records. What is held in memory grows with those, never with posts.

mod attachments;
mod audience;
mod authors;
mod blocks;
mod comments;
mod content;
mod custom_fields;
mod date;
mod hidden;
mod input;
mod item;
mod kind;
mod paragraphs;
mod php;
mod players;
mod post;
mod rules;
mod shortcodes;
mod site;
mod terms;
mod xml;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use self::audience::ShownShortcodes;
use self::item::Item;
use self::kind::{Fate, fate};
use self::post::{Pass, post};
use self::site::{Site, walk};
use self::xml::{Space, Xml};
use super::place::Place;
use super::record::{Effect, LeftOut, Notice, Position, Record, Source, SourceError, Stopped, Survey};

/// A WordPress export.
#[derive(Debug)]
pub struct Wordpress {
    path: PathBuf,
    site: Option<Site>,
    /// The custom fields that are imported.
    fields: BTreeSet<String>,
    shown: ShownShortcodes,
}

impl Wordpress {
    /// Opens an export; only whether it can be read is found out here.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        Xml::open(path)?;
        Ok(Self {
            path: path.to_owned(),
            site: None,
            fields: BTreeSet::new(),
            shown: ShownShortcodes::default(),
        })
    }

    /// Imports the text inside these shortcodes although they may have hidden it.
    #[must_use]
    pub fn show_shortcodes(mut self, names: &[String]) -> Self {
        self.shown = names.iter().collect();
        self
    }

    fn site(&mut self) -> Result<&Site, SourceError> {
        let site = match self.site.take() {
            Some(site) => site,
            None => Site::survey(&self.path, &self.shown)?,
        };
        Ok(self.site.insert(site))
    }
}

impl Source for Wordpress {
    fn survey(&mut self) -> Result<Survey, SourceError> {
        // The file may have changed since the last time.
        self.site = None;
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let site = self.site()?;
        let stated = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(Survey {
            source: format!("wordpress:{}", site.url.as_ref().unwrap_or(&stem)),
            title: stated(&site.title),
            tagline: stated(&site.tagline),
            language: stated(&site.language),
            site_url: site.url.clone(),
            records: site.records(),
        })
    }

    fn import_fields(&mut self, names: &BTreeSet<String>) {
        self.fields.clone_from(names);
    }

    fn read(&mut self, emit: &mut dyn FnMut(Record) -> Result<(), Stopped>) -> Result<(), SourceError> {
        let path = self.path.clone();
        let shown = self.shown.clone();
        let mut pass = Pass::new(self.fields.clone(), shown.clone());
        let site = self.site()?;
        around(&path, site, &mut pass, emit)?;
        walk(&path, |xml, element| {
            if element.key() != (Space::Rss, "item") {
                return xml.skip();
            }
            let item = Item::read(xml, element.place, &shown)?;
            let position = xml.position(element.place);
            match fate(&item) {
                Fate::Post(kind) => {
                    let (record, notices) = post(&item, kind, &position, site, &mut pass);
                    emit(Record::Post(Box::new(record)))?;
                    for notice in notices {
                        emit(Record::Notice(notice))?;
                    }
                }
                Fate::Attachment => {
                    pass.doubt(&item.hidden);
                    for reason in &item.hidden.remarks {
                        emit(Record::Notice(notice(&item, Effect::Changed, reason, position.clone())))?;
                    }
                    if let Err(reason) = attachments::address(&item, site.base.as_ref()) {
                        emit(Record::Notice(notice(&item, Effect::Skipped, reason, position)))?;
                    }
                }
                Fate::Guest => {}
                Fate::Rule => {
                    let reason = rules::effect(&item);
                    emit(Record::Notice(notice(&item, Effect::Skipped, reason, position)))?;
                }
                Fate::Skipped(reason) => emit(Record::Notice(notice(&item, Effect::Skipped, reason, position)))?,
            }
            Ok(())
        })?;
        Ok(emit(Record::LeftOut(LeftOut {
            fields: pass.fields.left_out,
            shortcodes: pass.shortcodes,
        }))?)
    }
}

/// Hands over everything but posts.
fn around(
    path: &Path,
    site: &Site,
    pass: &mut Pass,
    emit: &mut dyn FnMut(Record) -> Result<(), Stopped>,
) -> Result<(), SourceError> {
    let changed = |item, reason, place: Place| {
        Record::Notice(Notice {
            effect: Effect::Changed,
            item,
            reason,
            position: Position {
                file: path.display().to_string(),
                line: Some(place.line),
                column: Some(place.column),
            },
        })
    };
    for author in site.authors.records() {
        emit(Record::Author(author.clone()))?;
    }
    let (categories, orphans) = site.categories.categories();
    for category in categories {
        emit(Record::Category(category))?;
    }
    for orphan in orphans {
        let item = format!("category {:?}", orphan.name);
        emit(changed(item, orphan.reason, orphan.place))?;
    }
    for tag in site.tags.tags() {
        emit(Record::Tag(tag))?;
    }
    for (item, place, hidden) in &site.hidden {
        pass.doubt(hidden);
        for reason in &hidden.remarks {
            emit(changed(item.clone(), reason.clone(), *place))?;
        }
    }
    for file in site
        .attachments
        .records(|login| site.authors.by_login(login).map(str::to_owned))
    {
        emit(Record::Media(file))?;
    }
    Ok(())
}

fn notice(item: &Item, effect: Effect, reason: &str, position: Position) -> Notice {
    let kind = if item.kind.is_empty() { "post" } else { &item.kind };
    let name = [&item.id, &item.name, &item.title]
        .into_iter()
        .find(|name| !name.is_empty());
    let item = format!("{kind} {}", name.map_or("", String::as_str));
    Notice {
        effect,
        item: item.trim_end().to_owned(),
        reason: reason.to_owned(),
        position,
    }
}
