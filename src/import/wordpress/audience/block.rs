//! Blocks that hide what is in them.

use serde_json::Value;

use super::{is_hiding, is_of_screens, restricts, words};

/// Blocks whose content visitors did not see although nothing in their name says so.
const BLOCKS: &[&str] = &[
    "learndash/ld-student",
    "memberful/content",
    "passster/content-protection",
];

/// Blocks that visitors saw although their name says otherwise.
const OPEN_BLOCKS: &[&str] = &[
    "groups/groups-non-member",
    "jetpack/paywall",
    "jetpack/premium-content/container",
    "jetpack/premium-content/logged-out-view",
    "jetpack/subscriber-login",
    "jetpack/subscriptions",
    "learndash/ld-visitor",
    "woocommerce-memberships/non-member-content",
];

/// Attributes of blocks that hide although no word in them says so, in lower case.
const BLOCK_ATTRIBUTES: &[&str] = &["contentcontrols", "hidden", "hideblock", "ishidden"];

/// Words in the name of a block's attribute that says who sees it.
#[rustfmt::skip]
const BLOCK_WORDS: &[&str] = &[
    "condition", "conditional", "conditions", "logged", "loggedin", "membership", "memberships", "permission",
    "permissions", "restrict", "restricted", "restriction", "restrictions",
];

/// Words of which one stands beside `visibility` where that is about people, not about a part such as an icon.
const OF_PEOPLE: &[&str] = &["access", "block", "content", "control", "llms", "role", "user"];

/// Whether visitors did not see a block. `attributes` is the JSON of its comment, as text.
pub(in super::super) fn is_block_hidden(name: &str, attributes: &str) -> bool {
    if BLOCKS.contains(&name) {
        return true;
    }
    // What stands before the first slash names the plugin.
    let own_name = name.split_once('/').map_or("", |(_, own)| own);
    if !OPEN_BLOCKS.contains(&name) && is_hiding(&words(own_name)) {
        return true;
    }
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
            let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
            let is_named = BLOCK_ATTRIBUTES.iter().any(|known| key.eq_ignore_ascii_case(known))
                || has(BLOCK_WORDS)
                || (has(&["visibility"]) && (words.len() == 1 || has(OF_PEOPLE)));
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
