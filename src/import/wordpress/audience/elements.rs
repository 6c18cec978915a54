//! Shortcodes that show to everyone what they enclose: layout, typography and media.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::{is_of_screens, names_audience, words};

/// Page builders, themes and shortcode libraries, by the first part of their shortcodes' names. What such a shortcode
/// encloses was visible unless a word of its name speaks of an audience: `[vc_column_text]`, but not `[su_members]`.
#[rustfmt::skip]
const BUILDERS: &[&str] = &[
    "av", "avia", "basel", "bsf", "bt_bb", "cmsmasters", "cmsms", "cs", "cz", "dt", "edgtf", "eltdf", "et", "et_pb",
    "fusion", "fw", "g5plus", "gdlr", "intense", "jnews", "kc", "mk", "mkdf", "mpc", "nectar", "penci", "porto", "qode",
    "qodef", "su", "symple", "tatsu", "td", "tdc", "tdm", "themify", "thb", "tie", "trx", "ult", "us", "ux", "vc",
    "vcex", "wgl", "woodmart", "wpb", "x", "xts",
];

/// Names that the words below do not make, with `_` for `-`.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "a", "accordion_group", "actionscript", "actionscript3", "arduino", "asciimath", "author_bio", "author_box",
    "authorbox", "bash", "bctt", "button_group", "c", "card_group", "cc", "cci", "click_to_tweet", "clicktotweet",
    "clojure", "coldfusion", "column_group", "contact_field", "contact_form", "cpp", "csharp", "delphi", "diff",
    "donotprint", "drop_cap", "email", "embedyt", "erlang", "expander_maker", "form", "fsharp", "glossary_exclude",
    "groovy", "haskell", "image_credit", "java", "jsx", "key_points", "keypoints", "lead", "lead_paragraph",
    "lead_text", "list_group", "list_group_item", "list_group_item_heading", "list_group_item_text", "mail", "mailto",
    "matlab", "objc", "panel_group", "perl", "person", "photo_credit", "photocredit", "powershell", "pricing_plan",
    "profile_card", "read_more", "readmore", "rmwr", "scala", "show_hide", "show_more", "showhide", "showmore",
    "side_note", "siteorigin_widget", "special_heading", "stextbox", "tab_group", "team_item", "team_member",
    "team_members", "thirstylink", "toggle_group", "tweet", "twitter", "typescript", "vb", "wpex", "x_visibility",
    "yaml",
];

/// Words for parts of a text and how they look: `[pullquote]`, `[two_columns]`, `[icon-box]`.
#[rustfmt::skip]
const ELEMENTS: &[&str] = &[
    "abbr", "abstract", "accordian", "accordion", "accordions", "acronym", "ad", "address", "ads", "adsense",
    "advertisement", "alert", "alerts", "align", "aligncenter", "alignleft", "alignment", "alignright", "anchor",
    "animate", "animated", "animation", "annotation", "answer", "answers", "area", "article", "aside", "audio", "b",
    "background", "badge", "badges", "bandcamp", "banner", "bar", "bars", "bible", "bibliography", "big", "biography",
    "black", "block", "blockquote", "blocks", "blue", "bold", "box", "boxed", "boxes", "br", "breadcrumb",
    "breadcrumbs", "brown", "btn", "bullet", "bullets", "button", "buttons", "byline", "callout", "callouts", "caption",
    "card", "cards", "carousel", "caution", "cell", "center", "centered", "centre", "chapter", "chart", "charts",
    "checklist", "chess", "chord", "chords", "citation", "cite", "clear", "clearboth", "clearfix", "code", "codes",
    "col", "collapse", "collapsed", "collapsible", "collapsibles", "color", "colour", "cols", "column", "columns",
    "conclusion", "cons", "container", "countdown", "counter", "counters", "crayon", "css", "cta", "danger", "dateline",
    "dd", "deck", "definition", "del", "details", "diagram", "dialogue", "directions", "div", "divider", "dl",
    "dropcap", "dropcaps", "dropdown", "dt", "efn", "em", "embed", "emphasis", "endnote", "endnotes", "enlighter",
    "epigraph", "equation", "error", "example", "excerpt", "expand", "expandable", "expander", "fact", "factbox",
    "facts", "fancybox", "faq", "faqs", "feature", "features", "fifth", "fifths", "figure", "flex", "flip", "flipbox",
    "float", "fn", "font", "footer", "footnote", "footnotes", "formula", "fourth", "fourths", "frame", "furigana",
    "galleries", "gallery", "gap", "gist", "glossary", "googlemap", "graph", "gray", "green", "grey", "grid", "h",
    "half", "header", "heading", "headings", "headline", "highlight", "highlighter", "highlights", "hr", "html", "i",
    "icon", "icons", "iframe", "image", "images", "img", "indent", "info", "infographic", "ingredient", "ingredients",
    "ins", "instruction", "instructions", "interview", "intro", "introduction", "italic", "italics", "javascript", "js",
    "json", "jumbotron", "justify", "katex", "kbd", "kicker", "label", "labels", "lang", "language", "latex", "layer",
    "layers", "layout", "lede", "left", "legend", "li", "lightbox", "line", "lines", "link", "links", "list", "listing",
    "lists", "ltr", "lyric", "lyrics", "map", "maps", "mark", "markdown", "marker", "masonry", "math", "mathjax",
    "media", "mermaid", "mfn", "milestone", "modal", "music", "nav", "nocode", "noformat", "notice", "notices",
    "notification", "notranslate", "nutrition", "ol", "orange", "overlay", "p", "pad", "padding", "panel", "panels",
    "paragraph", "parallax", "pgn", "photo", "photos", "php", "picture", "pictures", "pill", "pills", "pink", "player",
    "playlist", "podcast", "poem", "poetry", "polylang", "popover", "popup", "pre", "presentation", "price", "pricing",
    "progress", "promo", "pros", "prose", "pullquote", "pullquotes", "purple", "python", "q", "qa", "quarter",
    "quarters", "question", "questions", "quotation", "quote", "quotes", "rating", "raw", "recipe", "recipes", "red",
    "ref", "reference", "references", "refs", "related", "review", "reviews", "ribbon", "right", "row", "rows", "rt",
    "rtl", "ruby", "s", "samp", "score", "script", "scripture", "second", "section", "sections", "separator", "service",
    "services", "seventh", "shell", "sidebar", "sidenote", "sidenotes", "sixth", "sixths", "size", "skill", "skills",
    "slide", "slider", "slides", "slideshow", "small", "soundcloud", "source", "sourcecode", "sources", "space",
    "spacer", "spacing", "span", "spec", "specs", "spoiler", "spotify", "sql", "standfirst", "stanza", "step", "steps",
    "strike", "strikethrough", "strong", "sub", "subscript", "subtitle", "success", "summary", "sup", "superscript",
    "svg", "tab", "tabbed", "tabgroup", "table", "tables", "tabs", "tagline", "tbody", "td", "teaser", "tenth",
    "tenths", "testimonial", "testimonials", "tex", "text", "textarea", "textblock", "tfoot", "th", "thead", "third",
    "thirds", "thumb", "thumbnail", "thumbnails", "tile", "tiles", "timeline", "tip", "tips", "title", "tldr", "toc",
    "toggle", "togglegroup", "toggler", "toggles", "toolbar", "tooltip", "tooltips", "tr", "transcript", "translation",
    "typography", "u", "ul", "underline", "underlined", "update", "url", "var", "verbatim", "verdict", "verse",
    "verses", "video", "videos", "vimeo", "warning", "well", "white", "width", "wpml", "xml", "yellow", "youtube",
    "zoom",
];

/// Words that only say which part, beside one of [`ELEMENTS`]: `[tab_content]`, `[one_half_last]`.
#[rustfmt::skip]
const MODIFIERS: &[&str] = &[
    "advanced", "alt", "amazon", "and", "basic", "begin", "bg", "blog", "body", "bottom", "bs", "check", "child",
    "close", "colored", "content", "contents", "custom", "dark", "default", "double", "easyazon", "eight", "eighth",
    "element", "eleven", "end", "equal", "even", "fancy", "featured", "first", "five", "flat", "fluid", "four", "full",
    "google", "horizontal", "hover", "inline", "inner", "inset", "item", "items", "key", "large", "last", "lg", "light",
    "main", "margin", "md", "medium", "message", "middle", "mini", "mks", "modern", "multi", "multiple", "narrow",
    "new", "next", "nine", "note", "notes", "number", "numbered", "object", "odd", "of", "one", "open", "ordered",
    "outer", "outside", "page", "parent", "part", "plain", "post", "prev", "previous", "pull", "quick", "responsive",
    "round", "rounded", "sc", "scroll", "scrollable", "seven", "shortcode", "side", "simple", "simpleazon", "single",
    "six", "sized", "sliding", "sm", "square", "start", "sticky", "stop", "story", "style", "styled", "stylish", "ten",
    "theme", "thick", "thin", "three", "tiny", "top", "trailer", "translate", "triple", "twelfth", "twelve", "two",
    "type", "ui", "ultimate", "unordered", "vertical", "wc", "wide", "with", "wp", "wpcol", "wpsm", "wrap", "wrapper",
    "wrapping", "xl", "xs",
];

/// Words that beside one for screens say which of them show a text: `[hide_on_mobile]`.
const SWITCHES: &[&str] = &[
    "device", "for", "from", "hidden", "hide", "is", "not", "on", "only", "show", "view", "visible",
];

static KNOWN: LazyLock<Words> = LazyLock::new(|| Words {
    elements: ELEMENTS.iter().copied().collect(),
    modifiers: MODIFIERS.iter().copied().collect(),
});

struct Words {
    elements: HashSet<&'static str>,
    modifiers: HashSet<&'static str>,
}

/// Which of the known words a word is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Element,
    Modifier,
}

/// Words that are written as one, such as `iconbox`, are at most this long.
const COMPOUND_LENGTH: usize = 24;

impl Words {
    fn find(&self, word: &str) -> Option<Word> {
        if self.elements.contains(word) {
            Some(Word::Element)
        } else if self.modifiers.contains(word) {
            Some(Word::Modifier)
        } else {
            None
        }
    }

    /// The same for a compound of two.
    fn find_compound(&self, word: &str) -> Option<Word> {
        let whole = self.find(word);
        if whole.is_some() || word.len() > COMPOUND_LENGTH {
            return whole;
        }
        (3..word.len().saturating_sub(2)).find_map(|at| {
            let parts = [self.find(word.get(..at)?)?, self.find(word.get(at..)?)?];
            Some(if parts.contains(&Word::Element) {
                Word::Element
            } else {
                Word::Modifier
            })
        })
    }
}

/// Whether everyone saw what a shortcode of this name encloses. `plain` is the name as it stands in tables.
pub(super) fn shows(name: &str, plain: &str) -> bool {
    if !plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return false;
    }
    let mut prefixes = BUILDERS
        .iter()
        .filter_map(|builder| plain.strip_prefix(builder)?.strip_prefix('_'));
    if NAMES.contains(&plain) || prefixes.clone().any(|own| NAMES.contains(&own)) {
        return true;
    }
    let mut words = words(name);
    let by_screen = is_of_screens(&words);
    if by_screen {
        words.retain(|word| !SWITCHES.contains(&word.as_str()));
    }
    if prefixes.next().is_some() {
        return !names_audience(&words);
    }
    let is_screen = |word: &String| is_of_screens(std::slice::from_ref(word));
    words.retain(|word| !is_screen(word));
    let found: Option<Vec<Word>> = words.iter().map(|word| KNOWN.find_compound(word)).collect();
    // These are known as notes of authors for themselves, too.
    let is_note = matches!(plain, "note" | "notes");
    !is_note && found.is_some_and(|found| by_screen || found.contains(&Word::Element))
}
