//! What a site says of many texts at once, as far as it can hide them: front matter defaults (Jekyll), `cascade` (Hugo),
//! data of folders and `.eleventyignore` (Eleventy), and lists of files that are left out.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::fields::{Fields, text_of};
use super::folder::{Folder, Layout, changed};
use super::front_matter;
use super::pattern::Pattern;
use super::site;
use super::state::can_hide;
use crate::import::record::Notice;

/// What a site says of many texts at once.
#[derive(Debug, Default)]
pub(super) struct Defaults {
    scopes: Vec<Scope>,
    excluded: Vec<(Pattern, &'static str)>,
    included: Vec<Pattern>,
}

/// Fields of the texts in a folder.
#[derive(Debug)]
struct Scope {
    /// The path of the folder with `/` at its end, or of one text; empty: all.
    path: String,
    pattern: Option<Pattern>,
    /// A part of the path that must be there: `_posts`.
    part: Option<String>,
    fields: Map<String, Value>,
}

impl Scope {
    fn of(path: String, fields: &Map<String, Value>) -> Self {
        let fields = fields.iter().filter(|(name, value)| can_hide(name, value));
        Self {
            path,
            pattern: None,
            part: None,
            fields: fields.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }

    fn is_of(&self, path: &str) -> bool {
        let is_below =
            self.path.is_empty() || path == self.path || (self.path.ends_with('/') && path.starts_with(&self.path));
        is_below
            && self.pattern.as_ref().is_none_or(|pattern| pattern.is_of(path))
            && self
                .part
                .as_ref()
                .is_none_or(|part| path.split('/').any(|name| name == part))
    }
}

impl Defaults {
    /// Reads what a folder says of its texts.
    pub(super) fn read(folder: &Folder, notices: &mut Vec<Notice>) -> Self {
        let mut defaults = Self::default();
        // That it cannot be read is said where the site is named.
        let mut configuration = site::configuration(folder).unwrap_or_default();
        match folder.layout {
            Layout::Jekyll => defaults.jekyll(&mut configuration),
            Layout::Content => defaults.content(folder, &mut configuration),
            Layout::Plain => defaults.eleventy(folder, notices),
            Layout::Astro => {}
        }
        // The nearest counts.
        defaults.scopes.retain(|scope| !scope.fields.is_empty());
        defaults.scopes.sort_by_key(|scope| std::cmp::Reverse(scope.path.len()));
        defaults
    }

    /// Adds to the fields of a text what it does not say itself.
    pub(super) fn fill(&self, path: &str, fields: &mut Fields) {
        for scope in self.scopes.iter().filter(|scope| scope.is_of(path)) {
            fields.fill(&scope.fields);
        }
    }

    /// Why the generator leaves a file out.
    pub(super) fn excluded(&self, path: &str) -> Option<&'static str> {
        let (_, reason) = self.excluded.iter().find(|(pattern, _)| pattern.is_of(path))?;
        (!self.included.iter().any(|pattern| pattern.is_of(path))).then_some(reason)
    }

    fn exclude(&mut self, patterns: Option<Value>, below: &str, reason: &'static str) {
        let patterns = match patterns {
            Some(Value::Array(patterns)) => patterns,
            Some(pattern) => vec![pattern],
            None => Vec::new(),
        };
        let patterns = patterns.iter().filter_map(text_of);
        self.excluded
            .extend(patterns.map(|pattern| (Pattern::new(&format!("{below}{pattern}")), reason)));
    }

    fn jekyll(&mut self, configuration: &mut Fields) {
        self.exclude(
            configuration.take(&["exclude"]),
            "",
            "the site's configuration excludes it",
        );
        if let Some(Value::Array(included)) = configuration.take(&["include"]) {
            self.included = included
                .iter()
                .filter_map(text_of)
                .map(|text| Pattern::new(&text))
                .collect();
        }
        let Some(Value::Array(defaults)) = configuration.take(&["defaults"]) else {
            return;
        };
        for default in &defaults {
            let Some(values) = default.get("values").and_then(Value::as_object) else {
                continue;
            };
            let stated = |name: &str| default.pointer(&format!("/scope/{name}")).and_then(text_of);
            let path = stated("path").unwrap_or_default();
            let mut scope = Scope::of(folder_path(&path), values);
            if path.contains('*') {
                scope.path = String::new();
                scope.pattern = Some(Pattern::new(&format!("/{path}")));
            } else if path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
                scope.path = path;
            }
            scope.part = stated("type")
                .filter(|kind| kind != "pages")
                .map(|kind| format!("_{kind}"));
            self.scopes.push(scope);
        }
    }

    fn content(&mut self, folder: &Folder, configuration: &mut Fields) {
        self.exclude(
            configuration.take(&["ignored_content"]),
            "**/",
            "the site's configuration ignores it",
        );
        self.cascade("", configuration.take(&["cascade"]));
        for path in folder.texts.iter().filter(|path| path.contains("/_index.")) {
            // Why one cannot be read is said where it stands among the texts.
            let Ok(source) = folder.read(path) else { continue };
            let Ok(parted) = front_matter::part(&source) else {
                continue;
            };
            let above = path.rsplit_once('/').map_or("", |(above, _)| above);
            self.cascade(&format!("{above}/"), Fields::from(parted.fields).take(&["cascade"]));
        }
    }

    /// One cascade, or a list of them, each of which may name what it is for.
    fn cascade(&mut self, path: &str, cascade: Option<Value>) {
        let cascades = match cascade {
            Some(Value::Array(cascades)) => cascades,
            Some(cascade) => vec![cascade],
            None => Vec::new(),
        };
        for cascade in cascades.iter().filter_map(Value::as_object) {
            let mut scope = Scope::of(path.to_owned(), cascade);
            let target = cascade.get("target").or(cascade.get("_target"));
            let target = target.and_then(|target| target.get("path")?.as_str());
            // What is more than stars is taken to mean everything: rather hidden than public.
            if let Some(target) = target.filter(|target| !target.contains(['{', '['])) {
                scope.pattern = Some(Pattern::new(&format!("/content/{}", target.trim_start_matches('/'))));
            }
            self.scopes.push(scope);
        }
    }

    fn eleventy(&mut self, folder: &Folder, notices: &mut Vec<Notice>) {
        if let Ok(ignored) = folder.read(".eleventyignore") {
            let lines = ignored.lines().map(str::trim);
            let patterns = lines.filter(|line| !line.is_empty() && !line.starts_with(['#', '!']));
            let reason = ".eleventyignore names it";
            self.excluded.extend(patterns.map(|line| (Pattern::new(line), reason)));
        }
        let mut above = BTreeSet::new();
        for text in &folder.texts {
            let stem = text.rsplit_once('.').map_or(text.as_str(), |(stem, _)| stem);
            self.data(
                folder,
                &[format!("{stem}.11tydata.json"), format!("{stem}.json")],
                text,
                notices,
            );
            above.extend(text.match_indices('/').map(|(at, _)| &text[..at]));
        }
        for path in above {
            let name = path.rsplit('/').next().unwrap_or(path);
            let files = [format!("{path}/{name}.11tydata.json"), format!("{path}/{name}.json")];
            self.data(folder, &files, &format!("{path}/"), notices);
            for code in ["js", "cjs", "mjs"].map(|kind| format!("{path}/{name}.11tydata.{kind}")) {
                if folder.has(&code) {
                    let reason = "it is code that may hide the texts of its folder, which only Eleventy can run; look \
                                  whether all of them may be public";
                    notices.push(changed(&code, None, reason.to_owned()));
                }
            }
        }
    }

    fn data(&mut self, folder: &Folder, files: &[String], path: &str, notices: &mut Vec<Notice>) {
        for file in files.iter().filter(|file| folder.has(file)) {
            match site::read(folder, file) {
                Ok(Value::Object(fields)) => self.scopes.push(Scope::of(path.to_owned(), &fields)),
                Ok(_) => {}
                Err(notice) => notices.push(notice),
            }
        }
    }
}

fn folder_path(path: &str) -> String {
    let path = path.trim_matches('/');
    if path.is_empty() {
        String::new()
    } else {
        format!("{path}/")
    }
}
