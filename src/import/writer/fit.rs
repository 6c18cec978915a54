//! Makes records fit what the domain keeps: no NUL, which PostgreSQL has no text for, and names of a bounded length without
//! characters that pretend.

use serde_json::Value;

use crate::domain::text::pretends;
use crate::import::record::{
    AuthorRecord, CategoryRecord, CommentRecord, MediaOrigin, MediaRecord, PostRecord, SeriesRecord, TagRecord,
};

/// The longest name of anything, in characters.
const MOST_NAME: usize = 255;

/// Something that can be made to fit.
pub trait Fit {
    /// Drops and cuts what does not fit.
    fn fit(&mut self);
}

fn text(text: &mut String) {
    if text.contains('\0') {
        text.retain(|character| character != '\0');
    }
}

fn name(name: &mut String) {
    line(name);
    if let Some((end, _)) = name.char_indices().nth(MOST_NAME) {
        name.truncate(end);
    }
}

fn line(line: &mut String) {
    if line.contains(|letter| letter == '\0' || pretends(letter)) {
        line.retain(|letter| letter != '\0' && !pretends(letter));
    }
}

fn file_name(file_name: &mut String) {
    text(file_name);
    let Some((over, _)) = file_name.char_indices().nth(MOST_NAME) else {
        return;
    };
    // The ending says of what type the file is.
    let ending = file_name.rfind('.').filter(|dot| file_name.len() - dot <= 16);
    let ending = ending.map_or_else(String::new, |dot| file_name.split_off(dot));
    file_name.truncate(file_name.floor_char_boundary(over.min(file_name.len()).saturating_sub(16)));
    file_name.push_str(&ending);
}

fn json(value: &mut Value) {
    match value {
        Value::String(string) => text(string),
        Value::Array(values) => values.iter_mut().for_each(json),
        Value::Object(fields) => {
            if fields.keys().any(|key| key.contains('\0')) {
                *fields = std::mem::take(fields)
                    .into_iter()
                    .map(|(key, value)| (key.replace('\0', ""), value))
                    .collect();
            }
            fields.values_mut().for_each(json);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Fit for AuthorRecord {
    fn fit(&mut self) {
        name(&mut self.display_name);
        text(&mut self.bio);
        self.email.iter_mut().for_each(text);
        self.website_url.iter_mut().for_each(text);
    }
}

impl Fit for CategoryRecord {
    fn fit(&mut self) {
        name(&mut self.name);
        text(&mut self.description);
    }
}

impl Fit for TagRecord {
    fn fit(&mut self) {
        name(&mut self.name);
        text(&mut self.description);
    }
}

impl Fit for SeriesRecord {
    fn fit(&mut self) {
        name(&mut self.title);
        text(&mut self.description);
    }
}

impl Fit for MediaRecord {
    fn fit(&mut self) {
        file_name(&mut self.file_name);
        text(&mut self.alt_text);
        text(&mut self.caption);
        if let MediaOrigin::Url(url) = &mut self.origin {
            text(url);
        }
    }
}

impl Fit for PostRecord {
    fn fit(&mut self) {
        line(&mut self.title);
        self.excerpt.iter_mut().for_each(text);
        text(&mut self.body.source);
        text(&mut self.body.html);
        self.canonical_url.iter_mut().for_each(text);
        if self.custom_fields.keys().any(|key| key.contains('\0')) {
            self.custom_fields = std::mem::take(&mut self.custom_fields)
                .into_iter()
                .map(|(key, value)| (key.replace('\0', ""), value))
                .collect();
        }
        self.custom_fields.values_mut().for_each(json);
        self.comments.iter_mut().for_each(Fit::fit);
    }
}

impl Fit for CommentRecord {
    fn fit(&mut self) {
        name(&mut self.author_name);
        self.author_email.iter_mut().for_each(text);
        self.author_url.iter_mut().for_each(text);
        text(&mut self.source);
        text(&mut self.html);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_nul_is_left_in_custom_fields() {
        let mut value = json!({"a\0": ["\0b", {"c": "d\0"}], "e": 1});
        json(&mut value);
        assert_eq!(value, json!({"a": ["b", {"c": "d"}], "e": 1}));
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let mut long = "é".repeat(300);
        name(&mut long);
        assert_eq!(long.chars().count(), MOST_NAME);
    }

    #[test]
    fn a_name_does_not_look_like_another_one() {
        let mut odd = "\u{feff}ad\u{200b}m\u{202e}in\0".to_owned();
        name(&mut odd);
        assert_eq!(odd, "admin");
    }

    #[test]
    fn a_long_file_name_keeps_its_ending() {
        for stem in ["x", "é"] {
            let mut long = format!("{}.jpeg", stem.repeat(300));
            file_name(&mut long);
            assert!(
                long.rfind(".jpeg") == Some(long.len() - 5) && long.chars().count() <= MOST_NAME,
                "{long}"
            );
        }
        let mut odd = format!("a.{}", "b".repeat(300));
        file_name(&mut odd);
        assert!(odd.starts_with("a.b") && odd.chars().count() <= MOST_NAME);
    }
}
