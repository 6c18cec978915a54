//! Custom fields that hide their whole post.

use serde_json::Value;

use super::super::php;
use super::{has, restricts, words};

/// Custom fields with which plugins hide whole posts, if they are switched on.
#[rustfmt::skip]
const FIELDS: &[&str] = &[
    // Members, WP-Members, Groups
    "_members_access_role", "_wpmem_block", "groups-groups_read_post", "groups-read",
    // Restrict Content (Pro)
    "_is_paid", "rcp_access_level", "rcp_subscription_level", "rcp_user_level",
    // Jetpack, Memberful, Patreon, Leaky Paywall
    "_issuem_leaky_paywall_visibility", "_jetpack_newsletter_access", "memberful_acl",
    "memberful_available_to_any_registered_user", "patreon-level",
    // Paid Member Subscriptions, Profile Builder, Ultimate Membership Pro, ARMember, LifterLMS
    "_llms_is_restricted", "arm_access_plan", "ihc_mb_who", "pms-content-restrict-subscription-plan",
    "pms-content-restrict-user-status", "wppb-content-restrict-user-role", "wppb-content-restrict-user-status",
    // Passster, PPWP, Easy Digital Downloads
    "_edd_cr_restricted_to", "passster_activate_protection", "ppw_post_passwords",
];

/// Whether a custom field hides its whole post from visitors.
pub(in super::super) fn is_field_hiding(key: &str, value: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let parsed = || php::parse(value).unwrap_or_else(|| Value::String(value.to_owned()));
    if matches!(key.as_str(), "um_content_restriction" | "_um_accessible") {
        return is_um_restricted(&parsed());
    }
    if FIELDS.contains(&key.as_str()) {
        // ARMember writes 0 where no plan is enough.
        return key == "arm_access_plan" || restricts(&parsed());
    }
    let words = words(&key);
    if has(&words, &["restrict", "restricted", "restriction", "restrictions"]) {
        return restricts(&parsed());
    }
    let looks = has(&words, &["membersonly", "paywall", "private", "protected"])
        || (has(&words, &["members"]) && has(&words, &["only"]))
        || (has(&words, &["logged"]) && has(&words, &["in"]));
    // A text under such a name is a note, not a switch.
    looks
        && matches!(
            value.trim().to_ascii_lowercase().as_str(),
            "1" | "on"
                | "yes"
                | "true"
                | "enabled"
                | "members"
                | "paid"
                | "premium"
                | "private"
                | "protected"
                | "restricted"
        )
}

/// Ultimate Member writes its settings beside every post: 2 is for those who are signed in.
fn is_um_restricted(settings: &Value) -> bool {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let Value::Object(settings) = settings else {
        return text(settings).trim() == "2";
    };
    let is = |key: &str, wanted: &str| settings.get(key).is_some_and(|value| text(value) == wanted);
    let is_on = is("_um_custom_access_settings", "1") || is("_um_custom_access_settings", "true");
    is_on && is("_um_accessible", "2")
}

#[cfg(test)]
mod tests {
    use super::is_field_hiding;

    #[test]
    fn fields_that_hide_posts_are_known_by_name_or_look() {
        for (key, value) in [
            ("_members_access_role", "subscriber"),
            ("_wpmem_block", "1"),
            ("rcp_user_level", "a:1:{i:0;s:10:\"Subscriber\";}"),
            ("rcp_access_level", "3"),
            ("rcp_subscription_level", "any"),
            ("_jetpack_newsletter_access", "subscribers"),
            (
                "um_content_restriction",
                "a:2:{s:26:\"_um_custom_access_settings\";s:1:\"1\";s:14:\"_um_accessible\";s:1:\"2\";}",
            ),
            ("arm_access_plan", "0"),
            ("_acme_restricted_roles", "a:1:{i:0;s:6:\"editor\";}"),
            ("acme_members_only", "yes"),
            ("_is_private", "1"),
            ("_paywall", "on"),
        ] {
            assert!(is_field_hiding(key, value), "{key} {value}");
        }
        for (key, value) in [
            ("_members_access_role", ""),
            ("_wpmem_block", "0"),
            ("rcp_user_level", "None"),
            ("rcp_user_level", "a:1:{i:0;s:3:\"All\";}"),
            ("_jetpack_newsletter_access", "everybody"),
            (
                "um_content_restriction",
                "a:2:{s:26:\"_um_custom_access_settings\";s:1:\"0\";s:14:\"_um_accessible\";s:1:\"2\";}",
            ),
            (
                "um_content_restriction",
                "a:2:{s:26:\"_um_custom_access_settings\";s:1:\"1\";s:14:\"_um_accessible\";s:1:\"0\";}",
            ),
            (
                "_issuem_leaky_paywall_visibility",
                "a:1:{s:15:\"visibility_type\";s:7:\"default\";}",
            ),
            ("_acme_restriction", "none"),
            ("_private_notes", "Call Ann"),
            ("members", "12"),
            ("_edit_last", "1"),
            ("_thumbnail_id", "9"),
            ("_wp_page_template", "default"),
        ] {
            assert!(!is_field_hiding(key, value), "{key} {value}");
        }
    }
}
