//! Made-up words, and texts of them.

use std::fmt::Write;

use fastrand::Rng;
use serde_json::{Value, json};

/// Characters of an article's text, about.
const LENGTH: usize = 4000;
/// Paragraphs below one heading.
const PARAGRAPHS: usize = 4;

const SYLLABLES: [&str; 24] = [
    "ar", "ben", "cor", "da", "el", "fin", "go", "hal", "in", "jo", "ka", "lu", "mer", "nor", "o", "pa", "qui", "ro",
    "sel", "ta", "un", "ver", "wy", "zen",
];

/// The slug of the article with this number.
pub fn slug(number: usize) -> String {
    format!("article-{number}")
}

/// A word of one to four syllables.
pub fn word(random: &mut Rng) -> String {
    (0..random.usize(1..=4))
        .filter_map(|_| random.choice(SYLLABLES))
        .collect()
}

/// A name: a word with a capital letter.
pub fn name(random: &mut Rng) -> String {
    let mut name = word(random);
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}

/// So many words, the first with a capital letter, without an end mark.
pub fn title(words: usize, random: &mut Rng) -> String {
    let mut title = name(random);
    for _ in 1..words {
        title.push(' ');
        title.push_str(&word(random));
    }
    title
}

/// So many sentences.
pub fn sentences(count: usize, random: &mut Rng) -> String {
    let mut text = String::new();
    for number in 0..count {
        let words = random.usize(6..18);
        let separator = if number > 0 { " " } else { "" };
        let _ = write!(text, "{separator}{}.", title(words, random));
    }
    text
}

/// A text in all the forms that are stored.
#[derive(Default)]
pub struct Article {
    pub source: String,
    pub html: String,
    pub text: String,
    pub table_of_contents: Value,
}

/// An article in Markdown, rendered.
pub fn article(random: &mut Rng) -> Article {
    let mut article = Article::default();
    let mut headings = Vec::new();
    let (Article { source, html, text, .. }, mut paragraphs) = (&mut article, 0);
    // Writing to a String does not fail.
    while text.len() < LENGTH {
        if paragraphs % PARAGRAPHS == PARAGRAPHS - 1 {
            let heading = title(4, random);
            let anchor = heading.to_lowercase().replace(' ', "-");
            let _ = write!(source, "## {heading}\n\n");
            let _ = writeln!(html, r#"<h2 id="{anchor}">{heading}</h2>"#);
            let _ = write!(text, "{heading}\n\n");
            headings.push(json!({ "level": 2, "id": anchor, "text": heading }));
        }
        let (start, linked, stressed) = (sentences(3, random), word(random), word(random));
        let address = format!("https://example.org/{linked}");
        let _ = write!(source, "{start} See [{linked}]({address}), *{stressed}*.\n\n");
        let _ = writeln!(
            html,
            r#"<p>{start} See <a href="{address}" rel="noopener noreferrer">{linked}</a>, <em>{stressed}</em>.</p>"#
        );
        let _ = write!(text, "{start} See {linked}, {stressed}.\n\n");
        paragraphs += 1;
    }
    article.table_of_contents = headings.into();
    article
}
