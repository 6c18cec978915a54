//! Shortcodes that hide what they enclose.

use std::collections::BTreeSet;

use super::super::shortcodes::Shortcode;
use super::{NEGATIONS, elements, has, is_of_screens, is_open, names_audience, words};

/// Who saw what a shortcode encloses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Audience<'a> {
    /// Everyone.
    Everyone,
    /// Visitors: its tags were never shown, its content was.
    Visitors,
    /// A part of the readers, at some times, or none.
    Others(Reason<'a>),
}

/// Why a shortcode is taken for one that hides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Reason<'a> {
    /// It is that of a plugin or snippet that does.
    Known,
    /// A word of its name speaks of an audience.
    Name,
    /// An attribute does, or a value without a name.
    Attribute(&'a str),
    /// Nothing says that everyone saw it.
    Unknown,
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
    // Paywalls of which the opening tag stands alone
    "lnpaywall",
    // Easy Digital Downloads, Patreon, Eyes Only, Leaky Paywall
    "edd_restrict", "eyes_only", "eyesonly", "leaky_paywall", "patreon_content",
    // By time
    "expire", "su_scheduler", "time_restrict", "timed_content_client", "timed_content_server",
    // Snippets that many sites have
    "hidden", "hide", "if_logged_in", "ignore", "internal", "internal_note", "logged_in", "loggedin", "member",
    "members", "members_only", "membersonly", "secret", "subscribers_only", "user_logged_in",
];

/// Shortcodes whose content was visible to anonymous visitors, or to everyone except members.
#[rustfmt::skip]
const VISITORS: &[&str] = &[
    "arm_not_login_content", "groups_can_not", "groups_non_member", "guest", "guests", "is_guest", "is_visitor",
    "logged_out", "loggedout", "members_not_logged_in", "mepr_hide", "nonmember", "not_logged_in",
    "pp_non_logged_users", "su_guests", "themify_is_guest", "um_loggedout", "visitor", "visitors", "wcm_nonmember",
    "wlm_nonmember", "wpmem_logged_out",
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

/// Names that authors put in brackets as words, too: `the [student] said`.
const PROSE: &[&str] = &[
    "access",
    "expire",
    "feed",
    "hidden",
    "hide",
    "ignore",
    "internal",
    "member",
    "members",
    "membership",
    "private",
    "restrict",
    "secret",
    "student",
];

/// Attributes with which page builders and others hide what any shortcode encloses: name and value; empty: any value.
const SWITCHED_OFF: &[(&str, &str)] = &[
    ("disable_element", "yes"),
    ("disabled", "on"),
    ("disabled", "true"),
    ("disabled", "yes"),
    ("disabled_on", "on|on|on"),
    ("display_conditions", ""),
    ("hidden", "1"),
    ("hidden", "true"),
    ("hidden", "yes"),
    ("hide", "1"),
    ("hide", "all"),
    ("hide", "true"),
    ("hide", "yes"),
    ("render_logics", ""),
    ("status", "published_until"),
    ("visibility", "none"),
    ("visible", "0"),
    ("visible", "false"),
    ("visible", "no"),
];

/// Attributes that name the audience.
const FOR_WHOM: &[&str] = &["password", "passwords", "plans", "require_login", "roles", "userlevel"];

/// Words in the name of an attribute that names the audience.
#[rustfmt::skip]
const FOR_WHOM_WORDS: &[&str] = &[
    "capabilities", "capability", "enrolled", "logged", "loggedin", "membership", "memberships", "permission",
    "permissions", "purchased", "registered", "restrict", "restricted", "restriction", "restrictions",
];

/// Words that beside `user` or `access` name the audience.
const OF_USERS: &[&str] = &[
    "can", "cap", "caps", "level", "levels", "meta", "plan", "role", "roles", "state", "status", "type",
];

/// Words of which attributes consist whose value may be an audience: `show_to="members"`.
const SHOW_TO: &[&str] = &[
    "access",
    "audience",
    "display",
    "for",
    "from",
    "hidden",
    "hide",
    "only",
    "show",
    "shown",
    "status",
    "to",
    "view",
    "viewable",
    "visibility",
    "visible",
    "who",
];

/// Attributes in which plugins take what they show to some readers: `[memb_has_any_tag tagid="1" output="…"]`.
const TEXTS: &[&str] = &["body", "content", "html", "output", "then"];

/// The roles of WordPress and `WooCommerce`, as attributes write them; `Editor` is the title of a person.
const ROLES: &[&str] = &[
    "administrator",
    "author",
    "contributor",
    "customer",
    "editor",
    "member",
    "members",
    "shop_manager",
    "subscriber",
];

/// Shortcodes whose text the import makes public although they may hide it: by name (`box`), by the start of names of
/// which nothing is known (`acme_*`), or by name and attribute (`box roles`).
#[derive(Clone, Debug, Default)]
pub(in super::super) struct ShownShortcodes(BTreeSet<String>);

impl<'a> FromIterator<&'a String> for ShownShortcodes {
    fn from_iter<T: IntoIterator<Item = &'a String>>(names: T) -> Self {
        let normal = |name: &String| {
            let name = name.trim().trim_start_matches('[').trim_end_matches(']');
            match name.split_once(char::is_whitespace) {
                Some((name, attribute)) => format!("{} {}", plain_name(name), attribute.trim().to_ascii_lowercase()),
                None => plain_name(name),
            }
        };
        Self(names.into_iter().map(normal).collect())
    }
}

impl ShownShortcodes {
    fn start_of(&self, plain: &str) -> bool {
        let mut starts = self.0.iter().filter_map(|name| name.strip_suffix('*'));
        starts.any(|start| plain.starts_with(start))
    }

    fn with_attribute(&self, plain: &str, attribute: &str) -> bool {
        self.0.contains(&format!("{plain} {}", attribute.to_ascii_lowercase()))
    }
}

/// A name as it stands in the tables.
fn plain_name(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_").trim_matches('_').to_owned()
}

/// Who saw what a shortcode of this name encloses, unless its attributes say otherwise.
pub(in super::super) fn of_name(name: &str, shown: &ShownShortcodes) -> Audience<'static> {
    let plain = plain_name(name);
    let is_in = |names: &[&str]| names.contains(&plain.as_str());
    if shown.0.contains(&plain) {
        Audience::Everyone
    } else if is_in(VISITORS) {
        Audience::Visitors
    } else if is_in(OTHERS) {
        Audience::Others(Reason::Known)
    } else if elements::shows(name, &plain) {
        Audience::Everyone
    } else if names_audience(&words(name)) {
        Audience::Others(Reason::Name)
    } else if shown.start_of(&plain) {
        Audience::Everyone
    } else {
        Audience::Others(Reason::Unknown)
    }
}

/// Who saw what this shortcode encloses.
pub(in super::super) fn of_shortcode<'a>(found: &'a Shortcode<'_>, shown: &ShownShortcodes) -> Audience<'a> {
    match of_name(found.name, shown) {
        Audience::Everyone => {
            let plain = plain_name(found.name);
            let mut hiding = found.attributes().into_iter().filter_map(|(name, value)| {
                let written = if name.is_empty() { value } else { name };
                (hides(name, value) && !shown.with_attribute(&plain, written)).then_some(written)
            });
            hiding.next().map_or(Audience::Everyone, |attribute| {
                Audience::Others(Reason::Attribute(attribute))
            })
        }
        Audience::Others(Reason::Known) if is_turned(found) => Audience::Visitors,
        audience => audience,
    }
}

/// Whether a shortcode of the first table shows to visitors what it encloses.
fn is_turned(found: &Shortcode<'_>) -> bool {
    // `[s2If !is_user_logged_in()]`, where one condition is all.
    let condition = found.attributes.trim();
    let is_negated = condition.starts_with('!') && condition.matches('(').count() == 1;
    (plain_name(found.name) == "s2if" && is_negated)
        || found
            .attributes()
            .iter()
            .any(|(name, value)| is_one_of(TURNED, name, value))
}

fn is_one_of(pairs: &[(&str, &str)], name: &str, value: &str) -> bool {
    pairs.iter().any(|(known, wanted)| {
        name.eq_ignore_ascii_case(known)
            && (value.eq_ignore_ascii_case(wanted) || (wanted.is_empty() && !is_open(value)))
    })
}

/// Whether an attribute hides what its shortcode encloses.
fn hides(name: &str, value: &str) -> bool {
    if is_one_of(SWITCHED_OFF, name, value) {
        return true;
    }
    let (of_name, of_value) = (words(name), words(value));
    if name.is_empty() {
        let is_word = value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        return is_word && names_audience(&of_value) && !has(&of_value, NEGATIONS) && !is_of_screens(&of_value);
    }
    let is_of_sizes = has(&of_value, &["small", "medium", "large"]);
    if is_of_screens(&of_name) || is_of_screens(&of_value) || is_of_sizes {
        return false;
    }
    let is_for = |word: &String| matches!(word.as_str(), "for" | "only");
    let people: Vec<String> = of_name.iter().filter(|word| !is_for(word)).cloned().collect();
    let says_who = of_name.iter().all(|word| SHOW_TO.contains(&word.as_str()));
    let turns = has(&of_name, &["hidden", "hide"]);
    if says_who && turns && has(&of_value, NEGATIONS) {
        return true;
    }
    if is_open(value) || has(&of_name, &["out"]) {
        return false;
    }
    (says_who && names_audience(&of_value) && (turns || !has(&of_value, NEGATIONS)))
        || FOR_WHOM.iter().any(|known| name.eq_ignore_ascii_case(known))
        || has(&of_name, FOR_WHOM_WORDS)
        || (has(&of_name, &["access", "user", "users"]) && has(&of_name, OF_USERS))
        || (people.len() < of_name.len() && names_audience(&people))
        || (name == "role" && value.split([',', '|', ' ']).any(|role| ROLES.contains(&role)))
}

/// Whether a shortcode that hides and is never closed hides all that follows.
pub(in super::super) fn hides_rest(found: &Shortcode<'_>, reason: Reason<'_>) -> bool {
    let plain = plain_name(found.name);
    let is_word = PROSE.contains(&plain.as_str()) && !found.attributes.contains('=');
    (reason == Reason::Known && !is_word) || is_divider(found.name, reason)
}

/// Whether the attributes of a shortcode that hides hold what nobody saw: a text or a password.
pub(in super::super) fn holds_text(found: &Shortcode<'_>) -> bool {
    found.attributes().into_iter().any(|(name, value)| {
        let is_in = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
        is_in(&["password", "passwords"]) || (is_in(TEXTS) && value.contains(char::is_whitespace))
    })
}

/// Whether a name marks where the part for others begins.
pub(in super::super) fn is_divider(name: &str, reason: Reason<'_>) -> bool {
    reason == Reason::Name && plain_name(name).ends_with("_paywall")
}
