//! Short texts that people type: names, addresses of sites and mailboxes.

use std::fmt::{Display, Formatter};

use url::Url;

use crate::domain::refusal::{Problem, ProblemCode};

/// The longest address of a mailbox, in bytes (RFC 5321 §4.5.3.1.3).
const LONGEST_EMAIL: usize = 254;

/// An e-mail address as it is kept and compared: trimmed and in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Reads an address. Whether it exists is for a mail to find out, so that little is asked of its form.
    ///
    /// # Errors
    /// A problem of the field `email`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let email = text.trim().to_lowercase();
        let well_formed = email.rsplit_once('@').is_some_and(|(local, domain)| {
            let odd = |letter: char| letter.is_whitespace() || letter.is_control() || "<>()[],;:\\\"".contains(letter);
            !local.is_empty()
                && !domain.is_empty()
                && !local.contains('@')
                && !email.contains(odd)
                && !domain.starts_with(['.', '-'])
                && !domain.ends_with(['.', '-'])
        });
        if well_formed && email.len() <= LONGEST_EMAIL {
            return Ok(Self(email));
        }
        let message = format!("Give an e-mail address, like ann@example.com, of at most {LONGEST_EMAIL} bytes.");
        Err(Problem::new(ProblemCode::Invalid, "email", message))
    }

    /// What was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

impl Display for Email {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A number of things: `1 entry`, `2 entries`.
pub fn counted(count: impl Display, one: &str, many: &str) -> String {
    let count = count.to_string();
    let things = if count == "1" { one } else { many };
    format!("{count} {things}")
}

/// A text on one line of 1 to `most` characters, trimmed: a name or a title. It has no characters that
/// [pretend](pretends), and not only invisible ones.
///
/// # Errors
/// A problem of `field`.
pub fn line(field: &'static str, text: &str, most: usize) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().all(is_blank) {
        return Err(Problem::new(ProblemCode::Required, field, "This is needed."));
    }
    let is_break = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    if text.chars().any(is_break) {
        return Err(Problem::new(
            ProblemCode::Invalid,
            field,
            "Give one line of plain text.",
        ));
    }
    if let Some(letter) = text.chars().find(|letter| pretends(*letter)) {
        let message = format!(
            "This has the invisible character U+{:04X}; leave it out.",
            u32::from(letter)
        );
        return Err(Problem::new(ProblemCode::Invalid, field, message));
    }
    bounded(field, text, most)
}

/// Whether a character makes a name look like another one: invisible ones that no script needs, and those that put letters into
/// another order (embeddings and overrides of Unicode UAX #9, section 2; UTR #36, section 2.5). Joiners, marks of direction
/// and isolates are none, since Persian, Indic scripts, Hebrew and emoji need them.
pub fn pretends(letter: char) -> bool {
    matches!(letter, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}')
}

/// Whether a character leaves no mark alone.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace()
        || pretends(letter)
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200c}'..='\u{200f}' | '\u{2061}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// A text of at most `most` characters, which may have several lines and may be empty.
///
/// # Errors
/// A problem of `field`.
pub fn lines(field: &'static str, text: &str, most: usize) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().any(|letter| letter.is_control() && letter != '\n') {
        return Err(Problem::new(ProblemCode::Invalid, field, "Give plain text."));
    }
    bounded(field, text, most)
}

fn bounded(field: &'static str, text: &str, most: usize) -> Result<String, Problem> {
    let length = text.chars().count();
    if length > most {
        let message = format!("This has {length} characters; allowed are {most}.");
        return Err(Problem::new(ProblemCode::TooLong, field, message));
    }
    Ok(text.to_owned())
}

/// An http or https address.
///
/// # Errors
/// A problem of `field`.
pub fn web_address(field: &'static str, text: &str) -> Result<String, Problem> {
    let text = bounded(field, text.trim(), 2_000)?;
    match Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url.into()),
        _ => {
            let message = "Give an address that begins with https:// or http://.";
            Err(Problem::new(ProblemCode::Invalid, field, message))
        }
    }
}

/// An address that comes with an import, as it is written there; none when it is not one of the web: front ends make links
/// of it.
pub fn of_the_web(address: Option<String>) -> Option<String> {
    address.filter(|text| Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_and_in_lower_case() {
        let email = Email::parse(" Ann@Example.COM ").expect("an address");
        assert_eq!((email.as_str(), email.local()), ("ann@example.com", "ann"));
        assert!(Email::parse("jörg@müller.example").is_ok());
        assert!(Email::parse("root@localhost").is_ok());
    }

    #[test]
    fn one_thing_is_no_plural() {
        let entries = |count: i64| counted(count, "entry", "entries");
        assert_eq!([0, 1, 21].map(entries), ["0 entries", "1 entry", "21 entries"]);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(250));
        for wrong in [
            "",
            "@",
            "ann",
            "ann@",
            "@example.com",
            "a@b@c",
            "ann @example.com",
            "ann@example.com\nBcc: x",
            "Ann <ann@example.com>",
            "ann@.example",
            "a\0@example.com",
            &long,
        ] {
            assert_eq!(
                Email::parse(wrong).map_err(|problem| problem.field),
                Err(Some("email")),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(line("name", " Ann ", 3), Ok("Ann".to_owned()));
        for (text, code) in [
            ("  ", ProblemCode::Required),
            ("Anna", ProblemCode::TooLong),
            ("A\nB", ProblemCode::Invalid),
            ("A\0", ProblemCode::Invalid),
            ("A\u{2028}B", ProblemCode::Invalid),
            ("A\u{200b}", ProblemCode::Invalid),
            ("\u{202e}A", ProblemCode::Invalid),
            ("\u{200b}", ProblemCode::Required),
            ("\u{3164}\u{200d}", ProblemCode::Required),
        ] {
            assert_eq!(
                line("name", text, 3).map_err(|problem| problem.code),
                Err(code),
                "{text:?}"
            );
        }
        for name in ["می\u{200c}خواهم", "👩\u{200d}🚀", "❤\u{fe0f}", "\u{200f}א"] {
            assert_eq!(line("name", name, 10), Ok(name.to_owned()));
        }
        let message = line("name", "A\u{202e}B", 3).map_err(|problem| problem.message);
        assert_eq!(
            message,
            Err("This has the invisible character U+202E; leave it out.".into())
        );
        assert_eq!(lines("bio", "A\nB", 3), Ok("A\nB".to_owned()));
    }

    #[test]
    fn an_imported_address_is_kept_as_it_is_or_not_at_all() {
        let kept = Some("https://a.example".to_owned());
        assert_eq!(of_the_web(kept.clone()), kept);
        for wrong in [
            "javascript:alert(1)",
            " java\tscript:alert(1)",
            "data:text/html,x",
            "//a.example",
            "a",
        ] {
            assert_eq!(of_the_web(Some(wrong.to_owned())), None, "{wrong:?}");
        }
    }

    #[test]
    fn only_addresses_of_the_web_are_web_addresses() {
        for wrong in [
            "",
            "example.com",
            "javascript:alert(1)",
            "ftp://example.com",
            "data:text/html,x",
        ] {
            assert!(web_address("websiteUrl", wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            web_address("websiteUrl", "https://a.example"),
            Ok("https://a.example/".to_owned())
        );
    }
}
