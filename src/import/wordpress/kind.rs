//! What becomes of an item.

use entity::post::PostKind;

use super::item::Item;

/// What becomes of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// An article or page.
    Post(PostKind),
    /// A file.
    Attachment,
    /// The profile of a guest author (Co-Authors Plus).
    Guest,
    /// A rule that hides others (MemberPress).
    Rule,
    /// Nothing, and why.
    Skipped(&'static str),
}

/// Decides by `wp:post_type` and `wp:status`.
pub(super) fn fate(item: &Item) -> Fate {
    let kind = match item.kind.as_str() {
        // A missing type is that of articles, as in WordPress.
        "post" | "" => PostKind::Article,
        "page" => PostKind::Page,
        "attachment" if item.status == "trash" => return Fate::Skipped("it was in the trash"),
        "attachment" => return Fate::Attachment,
        "guest-author" => return Fate::Guest,
        "memberpressrule" => return Fate::Rule,
        "cc_restriction" | "restriction" | "wc_membership_plan" => {
            return Fate::Skipped("rules that hide posts are not imported; look whether what it hid is private");
        }
        "nav_menu_item" | "wp_navigation" => return Fate::Skipped("menus are not imported"),
        "revision" => return Fate::Skipped("old revisions are not imported"),
        "wp_block" => return Fate::Skipped("reusable blocks are not imported"),
        "custom_css"
        | "customize_changeset"
        | "wp_global_styles"
        | "wp_template"
        | "wp_template_part"
        | "wp_font_family"
        | "wp_font_face" => return Fate::Skipped("themes are not imported"),
        "oembed_cache" => return Fate::Skipped("caches are not imported"),
        "user_request" => return Fate::Skipped("requests for personal data are not imported"),
        _ => return Fate::Skipped("items of custom types are not imported"),
    };
    match item.status.as_str() {
        "auto-draft" => Fate::Skipped("it was never saved"),
        "inherit" => Fate::Skipped("it belongs to another item"),
        _ => Fate::Post(kind),
    }
}
