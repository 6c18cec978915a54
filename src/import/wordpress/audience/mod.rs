//! Which shortcodes, blocks and custom fields of WordPress plugins hide content from visitors: tables of those that are
//! known, and a heuristic for those that look like them.
//!
//! In doubt content counts as hidden: what is left out wrongly is in the report and can be added again, what is published
//! wrongly cannot be taken back. So the text inside a shortcode stays only if [`elements`] knows that everyone saw it.

mod block;
mod elements;
mod field;
mod shortcode;

use serde_json::Value;

pub(super) use block::{Extent, extent};
pub(super) use field::is_field_hiding;
pub(super) use shortcode::{
    Audience, Reason, ShownShortcodes, hides_rest, holds_text, is_divider, of_name, of_shortcode,
};

/// Words in the name of a shortcode or block that hides.
#[rustfmt::skip]
const HIDING: &[&str] = &[
    "admin", "bought", "capability", "conditional", "draft", "enrolled", "exclusive", "expire", "expires", "gate",
    "gated", "hidden", "hide", "if", "insider", "insiders", "lock", "locked", "locker", "logged", "loggedin",
    "memberonly", "membersonly", "paid", "password", "patron", "patrons", "paywall", "paywalled", "premium", "private",
    "protect", "protected", "protector", "purchased", "registered", "restrict", "restricted", "restriction",
    "restrictions", "role", "roles", "secret", "secure", "secured", "unlock", "unpublished", "vip", "visibility",
    "visible",
];

/// Words that hide unless they stand for people who are shown: `[team_member]`.
#[rustfmt::skip]
const PEOPLE: &[&str] = &[
    "member", "members", "membership", "memberships", "patreon", "subscriber", "subscribers", "subscription",
    "subscriptions",
];

/// The same for shortcodes and their attributes only; blocks have such words for other reasons, too.
const IN_SHORTCODES: &[&str] = &[
    "access",
    "customer",
    "customers",
    "only",
    "student",
    "students",
    "user",
    "users",
];

/// Words beside [`PEOPLE`] that make a shortcode one that shows something.
#[rustfmt::skip]
const SHOWN: &[&str] = &[
    "account", "bio", "box", "button", "buttons", "card", "cards", "directory", "form", "forms", "grid", "list",
    "login", "price", "pricing", "profile", "register", "registration", "review", "reviews", "signup", "staff", "table",
    "team", "testimonial", "testimonials", "widget",
];

/// Words that turn a name around: `not_paid`.
const NEGATIONS: &[&str] = &[
    "guest",
    "guests",
    "loggedout",
    "non",
    "nonmember",
    "nonmembers",
    "not",
    "out",
    "unauthorized",
    "visitor",
    "visitors",
];

/// Keys of rules that say nothing about people.
const LABELS: &[&str] = &[
    "clientid", "enable", "enabled", "id", "label", "name", "title", "uid", "uniqueid",
];

/// Whether a rule is enabled and restricts the audience. Rules about screens do not count: the content is public.
fn restricts(rule: &Value) -> bool {
    match rule {
        Value::Null => false,
        Value::Bool(is_set) => *is_set,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !is_open(text),
        Value::Array(rules) => rules.iter().any(restricts),
        Value::Object(rules) => {
            let is = |key: &str, known: &str| key.eq_ignore_ascii_case(known);
            let is_off = rules
                .iter()
                .any(|(key, value)| (is(key, "enable") || is(key, "enabled")) && *value == Value::Bool(false));
            let is_rule = |key: &str| !LABELS.iter().any(|label| is(key, label)) && !is_of_screens(&words(key));
            !is_off && rules.iter().any(|(key, value)| is_rule(key) && restricts(value))
        }
    }
}

fn is_of_screens(words: &[String]) -> bool {
    const SCREENS: &[&str] = &[
        "desktop",
        "device",
        "mobile",
        "phone",
        "responsive",
        "screen",
        "tablet",
        "viewport",
    ];
    has(words, SCREENS)
}

/// Whether a value means everyone, or is empty.
fn is_open(value: &str) -> bool {
    const OPEN: &[&str] = &[
        "",
        "0",
        "all",
        "always",
        "default",
        "disabled",
        "everybody",
        "everyone",
        "false",
        "guests",
        "inherit",
        "logged_out",
        "loggedout",
        "loggedoutuser",
        "no",
        "none",
        "not_enrolled",
        "null",
        "off",
        "open",
        "out",
        "public",
        "show",
        "unreg",
        "visible",
        "visitors",
    ];
    let value = value.trim().to_ascii_lowercase().replace('-', "_");
    OPEN.contains(&value.as_str())
}

fn has(words: &[String], known: &[&str]) -> bool {
    words.iter().any(|word| known.contains(&word.as_str()))
}

/// Whether words of a shortcode speak of a part of the readers, be it of those who are shown something or of others.
fn names_audience(words: &[String]) -> bool {
    has(words, HIDING) || ((has(words, PEOPLE) || has(words, IN_SHORTCODES)) && !has(words, SHOWN))
}

/// Whether words of a block say that visitors did not see it.
fn is_hiding(words: &[String]) -> bool {
    let hides = has(words, HIDING) || (has(words, PEOPLE) && !has(words, SHOWN));
    hides && (!has(words, NEGATIONS) || has(words, &["hide", "hidden"])) && !is_of_screens(words)
}

/// The words of a name: `isLoggedIn`, `is_logged-in`, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let characters: Vec<char> = name.chars().collect();
    for (at, character) in characters.iter().enumerate() {
        let is_lower = |at: Option<usize>| {
            at.and_then(|at| characters.get(at))
                .is_some_and(char::is_ascii_lowercase)
        };
        let begins = character.is_ascii_uppercase() && (is_lower(at.checked_sub(1)) || is_lower(Some(at + 1)));
        if begins || !character.is_ascii_alphabetic() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (character.is_ascii_alphabetic(), words.last_mut()) {
            word.push(character.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_into_words() {
        for (name, expected) in [
            ("isUserLoggedIn", "is user logged in"),
            ("UAGDisplayConditions", "uag display conditions"),
            ("is_logged-in2", "is logged in"),
            ("ÄB", "b"),
            ("", ""),
        ] {
            assert_eq!(words(name).join(" "), expected);
        }
    }
}
