//! Elements that a browser does not show: what an author has hidden must not come to light because its attributes are
//! removed.

use html5ever::Attribute;

/// Elements that never have content (HTML, section 13.1.2), also those that no text may contain.
const VOID: &[&str] = &[
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link",
    "meta", "param", "source", "track", "wbr",
];

/// Whether an element and all that is in it is hidden when a page is opened (HTML, sections 6.1 and 15.3.1). What readers
/// find or open by themselves is not: `details`, `hidden="until-found"`.
pub(super) fn is_hidden(element: &str, attributes: &[Attribute]) -> bool {
    let attribute = |name: &str| {
        let found = attributes.iter().find(|attribute| &*attribute.name.local == name);
        found.map(|attribute| &*attribute.value)
    };
    let by_element = match element {
        "datalist" | "noscript" => true,
        "dialog" => attribute("open").is_none(),
        _ => false,
    };
    by_element
        || attribute("hidden").is_some_and(|hidden| !hidden.eq_ignore_ascii_case("until-found"))
        || attribute("popover").is_some()
        || attribute("style").is_some_and(hides)
}

/// Whether an element can have content.
pub(super) fn has_content(element: &str) -> bool {
    !VOID.contains(&element)
}

/// Whether the declarations of a `style` attribute hide an element: of each property the last one counts, unless an
/// earlier one is important.
fn hides(style: &str) -> bool {
    let style = without_comments(&style.to_ascii_lowercase());
    [
        ("display", &["none"][..]),
        ("visibility", &["hidden", "collapse"]),
        ("content-visibility", &["hidden"]),
    ]
    .iter()
    .any(|(property, hiding)| {
        let values = style.split(';').filter_map(|declaration| {
            let (name, value) = declaration.split_once(':')?;
            (name.trim() == *property).then(|| match value.rsplit_once('!') {
                Some((value, important)) if important.trim() == "important" => (true, value.trim()),
                _ => (false, value.trim()),
            })
        });
        // The last of the greatest.
        let value = values.max_by_key(|(is_important, _)| *is_important);
        value.is_some_and(|(_, value)| hiding.contains(&value))
    })
}

fn without_comments(style: &str) -> String {
    let mut rest = style;
    let mut kept = String::with_capacity(style.len());
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::hides;

    #[test]
    fn declarations_hide_as_in_a_browser() {
        for (style, expected) in [
            ("display:none", true),
            (" Display : NONE ", true),
            ("color: red; display: none;", true),
            ("display:none!important", true),
            ("display: none ! important", true),
            ("display:none;display:block", false),
            ("display:none!important;display:block", true),
            ("display:block!important;display:none", false),
            ("dis/**/play:none", true),
            ("/* display:none */", false),
            ("/* display:none", false),
            ("visibility:hidden", true),
            ("visibility:collapse", true),
            ("visibility:visible", false),
            ("content-visibility:hidden", true),
            ("display:none-such", false),
            ("--display:none", false),
            ("background:url(x;display:none)", false),
            ("overflow:hidden", false),
            ("", false),
            (";;:;", false),
        ] {
            assert_eq!(hides(style), expected, "{style}");
        }
    }
}
