//! Blocks that hide what is in them.

use serde_json::Value;

use super::{NEGATIONS, PEOPLE, has, is_hiding, is_of_screens, restricts, words};
use crate::import::text::plain;

/// Blocks whose content visitors did not see although nothing in their name says so.
const BLOCKS: &[&str] = &[
    "learndash/ld-student",
    "memberful/content",
    "passster/content-protection",
];

/// Blocks that visitors saw although their name says otherwise.
const OPEN_BLOCKS: &[&str] = &[
    "groups/groups-non-member",
    "jetpack/premium-content/container",
    "jetpack/premium-content/logged-out-view",
    "jetpack/subscriber-login",
    "jetpack/subscriptions",
    "learndash/ld-visitor",
    "woocommerce-memberships/non-member-content",
];

/// Plugins for members, by the first part of their blocks' names: what such a block encloses is hidden.
const PLUGINS: &[&str] = &["accessally", "armember", "passster", "pmpro", "ppwp", "profilepress"];

/// Attributes of blocks that hide although no word in them says so, in lower case.
const BLOCK_ATTRIBUTES: &[&str] = &["contentcontrols", "hidden", "hideblock", "ishidden"];

/// Words in the name of a block's attribute that says who sees it.
#[rustfmt::skip]
const BLOCK_WORDS: &[&str] = &[
    "audience", "capabilities", "capability", "condition", "conditional", "conditions", "logged", "loggedin",
    "membership", "memberships", "paywall", "permission", "permissions", "restrict", "restricted", "restriction",
    "restrictions", "roles",
];

/// Words of which one stands beside `visibility` where that is about people, not about a part such as an icon.
const OF_PEOPLE: &[&str] = &["access", "block", "content", "control", "llms", "role", "user"];

/// How much a block hides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Extent {
    Nothing,
    /// Itself with all that is in it.
    Itself,
    /// Itself and all that follows.
    Rest,
}

/// How much a block hides from visitors. `attributes` is the JSON of its comment, as text; `inner` is what it encloses.
pub(in super::super) fn extent(name: &str, attributes: &str, inner: Option<&str>) -> Extent {
    // What stands before the first slash names the plugin.
    let (plugin, own_name) = name.split_once('/').unwrap_or(("", ""));
    let own_words = words(own_name);
    let is_empty = || inner.is_none_or(|inner| plain(inner).is_empty());
    if name == "jetpack/paywall" || (is_divider(&own_words) && is_empty()) {
        return Extent::Rest;
    }
    let is_open = OPEN_BLOCKS.contains(&name);
    let by_name = BLOCKS.contains(&name) || (!is_open && is_hiding(&own_words));
    let by_plugin = inner.is_some() && !is_open && is_for_members(&words(plugin)) && !has(&own_words, NEGATIONS);
    if by_name || by_plugin || hides_by_attribute(attributes) {
        Extent::Itself
    } else {
        Extent::Nothing
    }
}

/// Whether an empty block of this name marks where the part for others begins.
fn is_divider(own_words: &[String]) -> bool {
    let last = own_words.last().map_or("", String::as_str);
    (matches!(last, "gate" | "paywall") && !has(own_words, &["age"]))
        || (matches!(last, "break" | "divider" | "here" | "separator") && is_hiding(own_words))
}

fn is_for_members(plugin: &[String]) -> bool {
    has(plugin, PEOPLE)
        || has(plugin, PLUGINS)
        || has(plugin, &["paywall", "restrict"])
        || plugin.iter().any(|word| word.starts_with("member"))
}

fn hides_by_attribute(attributes: &str) -> bool {
    if attributes.is_empty() {
        return false;
    }
    let Ok(Value::Object(attributes)) = serde_json::from_str(attributes) else {
        return attributes.to_ascii_lowercase().contains("visib");
    };
    attributes.iter().any(|(key, value)| match (key.as_str(), value) {
        ("metadata", Value::Object(metadata)) => metadata.get("blockVisibility").is_some_and(is_off),
        ("blockVisibility", value) => is_off(value),
        (key, value) => {
            let words = words(key);
            let is_named = BLOCK_ATTRIBUTES.iter().any(|known| key.eq_ignore_ascii_case(known))
                || has(&words, BLOCK_WORDS)
                || (has(&words, &["visibility"]) && (words.len() == 1 || has(&words, OF_PEOPLE)));
            is_named && !is_of_screens(&words) && restricts(value)
        }
    })
}

/// Whether a value of `blockVisibility` hides a block: WordPress 6.9 writes false, 7.0 an object with a truth for each
/// viewport, the plugin Block Visibility an object with its rules.
fn is_off(value: &Value) -> bool {
    if *value == Value::Bool(false) {
        return true;
    }
    let Value::Object(rules) = value else { return false };
    rules.iter().any(|(name, rule)| match (name.as_str(), rule) {
        ("viewport", Value::Object(viewports)) => {
            let hidden = viewports.values().filter(|shown| **shown == Value::Bool(false));
            hidden.count() >= 3
        }
        (_, rule) => restricts(rule),
    })
}
