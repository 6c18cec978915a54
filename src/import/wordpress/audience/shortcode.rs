//! Shortcodes that hide what they enclose.

use super::super::shortcodes::Shortcode;
use super::{is_hiding, is_open, words};

/// Who saw what a shortcode encloses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Audience {
    /// Everyone, or unknown.
    Everyone,
    /// Visitors: its tags were never shown, its content was.
    Visitors,
    /// A part of the readers, at some times, or none. `is_known` is false if only the heuristic says so.
    Others { is_known: bool },
}

/// Shortcodes whose content visitors did not see, in lower case, with `_` for `-` and without `_` in front.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    // Members
    "access", "feed", "is_user_logged_in", "members_access", "members_feed", "members_logged_in",
    // MemberPress
    "mepr_active", "mepr_rule", "mepr_show",
    // Restrict Content, Restrict Content Pro, Restrict User Access
    "is_active", "is_expired", "is_free", "is_paid", "restrict",
    // Paid Memberships Pro
    "membership", "pmpro_membership",
    // WooCommerce Memberships
    "wcm_restrict",
    // s2Member, OptimizeMember
    "opmif", "s2if",
    // WishList Member
    "wlm_ismember", "wlm_private", "wishlist_member",
    // Ultimate Member, Ultimate Membership Pro
    "ihc_hide_content", "um_loggedin", "um_show_content",
    // Content Control, Profile Builder, Paid Member Subscriptions, WP-Members
    "content_control", "pms_restrict", "wpmem_logged_in", "wppb_restrict",
    // Simple Membership, eMember, MemberDash and Membership 2, Magic Members, Memberful, MemberMouse
    "emember_protected", "memberful", "mm_access_decision", "mm_member_decision", "ms_protect_content", "private",
    "swpm_protected",
    // ARMember, ProfilePress, Groups, LearnDash, LifterLMS
    "arm_if", "arm_restrict_content", "course_complete", "course_inprogress", "groups_can", "groups_member",
    "ld_group", "lifterlms_hide_content", "pp_logged_users", "student",
    // Passwords: Passster, PPWP
    "content_protection", "content_protector", "passster", "ppwp",
    // Easy Digital Downloads, Patreon, Eyes Only, Leaky Paywall
    "edd_restrict", "eyes_only", "eyesonly", "leaky_paywall", "patreon_content",
    // By time
    "expire", "time_restrict", "timed_content_client", "timed_content_server",
    // Snippets that many sites have
    "hidden", "hide", "if_logged_in", "ignore", "internal", "internal_note", "logged_in", "loggedin", "member",
    "members", "members_only", "membersonly", "secret", "subscribers_only", "user_logged_in",
];

/// Shortcodes whose content was visible to anonymous visitors, or to everyone except members.
#[rustfmt::skip]
const VISITORS: &[&str] = &[
    "arm_not_login_content", "groups_can_not", "groups_non_member", "guest", "is_visitor", "logged_out", "loggedout",
    "members_not_logged_in", "mepr_hide", "nonmember", "not_logged_in", "pp_non_logged_users", "um_loggedout",
    "visitor", "visitors", "wcm_nonmember", "wlm_nonmember", "wpmem_logged_out",
];

/// Attributes that turn a shortcode of the first table into one of the second: name and value.
const TURNED: &[(&str, &str)] = &[
    ("access", "false"),
    ("access", "no"),
    ("ifallowed", "hide"),
    ("ismember", "false"),
    ("level", "0"),
    ("scope", "not_logged_in_users_only"),
    ("status", "logged_out"),
    ("visibility", "not_logged_in"),
];

/// Attributes with which page builders and others hide what any shortcode encloses: name and value; empty: any value.
const SWITCHED_OFF: &[(&str, &str)] = &[
    ("disable_element", "yes"),
    ("disabled", "on"),
    ("disabled", "true"),
    ("disabled", "yes"),
    ("disabled_on", "on|on|on"),
    ("display_conditions", ""),
    ("render_logics", ""),
    ("status", "draft"),
    ("visibility", "hidden"),
    ("visibility", "logged-in"),
    ("visibility", "logged_in"),
    ("visibility", "none"),
    ("visibility", "private"),
];

/// Attributes that name the audience.
const FOR_WHOM: &[&str] = &[
    "capability",
    "logged_in",
    "membership",
    "memberships",
    "password",
    "passwords",
    "plans",
    "require_login",
    "roles",
    "user_role",
    "user_roles",
    "userlevel",
];

/// Whether the name of a shortcode alone says that visitors did not see what it encloses.
pub(in super::super) fn is_hiding_name(name: &str) -> bool {
    let plain = plain_name(name);
    OTHERS.contains(&plain.as_str()) || (is_hiding(&words(name)) && !VISITORS.contains(&plain.as_str()))
}

/// A name as it stands in the tables.
fn plain_name(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_").trim_matches('_').to_owned()
}

/// Who saw what this shortcode encloses.
pub(in super::super) fn of_shortcode(found: &Shortcode<'_>) -> Audience {
    let attributes = found.attributes();
    let is = |pairs: &[(&str, &str)]| {
        attributes.iter().any(|(name, value)| {
            pairs.iter().any(|(known, wanted)| {
                name.eq_ignore_ascii_case(known)
                    && (value.eq_ignore_ascii_case(wanted) || (wanted.is_empty() && !is_open(value)))
            })
        })
    };
    let name = plain_name(found.name);
    let name = name.as_str();
    if VISITORS.contains(&name) {
        return Audience::Visitors;
    }
    if OTHERS.contains(&name) {
        // `[s2If !is_user_logged_in()]`, where one condition is all.
        let condition = found.attributes.trim();
        let is_negated = condition.starts_with('!') && condition.matches('(').count() == 1;
        return if is(TURNED) || (name == "s2if" && is_negated) {
            Audience::Visitors
        } else {
            Audience::Others { is_known: true }
        };
    }
    let for_some = attributes
        .iter()
        .any(|(name, value)| FOR_WHOM.iter().any(|known| name.eq_ignore_ascii_case(known)) && !is_open(value));
    if is(SWITCHED_OFF) || for_some || is_hiding(&words(found.name)) {
        Audience::Others { is_known: false }
    } else {
        Audience::Everyone
    }
}
