//! What a site says of itself in its configuration.

use serde_json::Value;

use super::fields::Fields;
use super::folder::{Folder, skipped};
use super::front_matter::Language;
use crate::import::record::{Notice, Survey};

/// Where generators keep their configuration; the first that is there counts.
const FILES: &[&str] = &[
    "quoin.yml",
    "_config.yml",
    "hugo.toml",
    "hugo.yaml",
    "hugo.json",
    "config.toml",
    "config.yaml",
    "config.yml",
    "config.json",
    "config/_default/hugo.toml",
    "config/_default/config.toml",
];

/// Reads the configuration into a survey that counts nothing yet; the notice says why it could not be read.
pub(super) fn survey(folder: &Folder) -> (Survey, Option<Notice>) {
    let (mut fields, notice) = match configuration(folder) {
        Ok(fields) => (fields, None),
        Err(notice) => (Fields::default(), Some(notice)),
    };
    fields.flatten("params");
    fields.flatten("extra");
    let title = fields.text(&["title", "name"]);
    let own_name = slug::slugify(title.clone().unwrap_or_else(|| folder.own_name()));
    let survey = Survey {
        source: format!("markdown:{own_name}"),
        title,
        tagline: fields.text(&["tagline", "description", "subtitle"]),
        language: fields.text(&[
            "language_code",
            "locale",
            "language",
            "lang",
            "default_language",
            "default_content_language",
        ]),
        site_url: fields
            .text(&["base_url", "url", "site"])
            .filter(|url| url.starts_with("http://") || url.starts_with("https://"))
            .map(|url| url.trim_end_matches('/').to_owned()),
        records: 0,
    };
    (survey, notice)
}

/// The fields of the site's configuration; none where it has none.
pub(super) fn configuration(folder: &Folder) -> Result<Fields, Notice> {
    let Some(name) = FILES.iter().find(|name| folder.has(name)) else {
        return Ok(Fields::default());
    };
    read(folder, name).map(|value| match value {
        Value::Object(fields) => Fields::from(fields),
        _ => Fields::default(),
    })
}

/// Reads a data file.
pub(super) fn read(folder: &Folder, name: &str) -> Result<Value, Notice> {
    let text = folder.read(name)?;
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let language = Language::of_extension(extension).unwrap_or(Language::Yaml);
    language
        .parse(&text)
        .map_err(|problem| skipped(name, Some(problem.line), problem.message))
}
