//! Finds shortcodes (`[gallery ids="1,2"]`) in HTML and puts what they stand for in their place.

use std::collections::HashMap;

use super::content::PostContext;
use super::players::{self, linked_figure};
use crate::import::html::{Token, tokens, tokens_from};

/// Elements whose content is shown as it is.
const VERBATIM: &[&str] = &["pre", "code", "kbd", "script", "style", "textarea", "svg"];

/// An opening tag of a shortcode.
pub(super) struct Shortcode<'a> {
    pub name: &'a str,
    /// What stands between the name and the end.
    pub attributes: &'a str,
    /// Behind its `]`.
    pub end: usize,
}

impl Shortcode<'_> {
    /// The value of an attribute, entities decoded; none if it is empty.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let (_, value) = self
            .attributes()
            .into_iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        Some(crate::import::text::decode(value)).filter(|value| !value.is_empty())
    }

    /// Names and values in order; a value without a name has an empty one.
    pub fn attributes(&self) -> Vec<(&str, &str)> {
        let mut attributes = Vec::new();
        let mut rest = self.attributes.trim_start();
        while !rest.is_empty() {
            // What is no name before a `=` is a value: an address may hold one.
            let (name, behind) = rest.split_at(name_length(rest));
            let value = behind.trim_start().strip_prefix('=').filter(|_| !name.is_empty());
            let (name, value) = value.map_or(("", rest), |value| (name, value.trim_start()));
            let (value, behind) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
                _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
            };
            attributes.push((name, value));
            rest = behind.trim_start();
        }
        attributes
    }
}

/// Renders the shortcodes of a text that are known, notes the others, and takes comments out. In classic content an
/// address that stands alone on its line is an embed, too.
pub(super) fn expand(html: &str, is_classic: bool, post: &mut PostContext<'_>) -> String {
    let mut expander = Expander {
        html,
        closings: closings(html),
        is_classic,
        post,
    };
    expander.run()
}

struct Expander<'a, 'c, 's> {
    html: &'a str,
    /// Where `[/name]` stands, in order.
    closings: HashMap<&'a str, Vec<usize>>,
    is_classic: bool,
    post: &'c mut PostContext<'s>,
}

impl<'a> Expander<'a, '_, '_> {
    fn run(&mut self) -> String {
        let mut expanded = String::with_capacity(self.html.len());
        let mut all = tokens(self.html);
        let mut verbatim: Option<(&str, usize)> = None;
        let mut links = 0_usize;
        loop {
            let start = all.position();
            let Some(token) = all.next() else { return expanded };
            match token {
                Token::Comment { content, .. } => {
                    if content.trim() == "nextpage" {
                        expanded.push_str("<hr class=\"page-break\">");
                    }
                }
                Token::Tag(tag) => {
                    expanded.push_str(tag.raw);
                    if tag.is("a") {
                        links = if tag.is_closing {
                            links.saturating_sub(1)
                        } else {
                            links + 1
                        };
                    }
                    verbatim = match verbatim {
                        Some((name, depth)) if tag.is(name) && tag.is_closing => {
                            (depth > 1).then_some((name, depth - 1))
                        }
                        Some((name, depth)) if tag.is(name) => Some((name, depth + 1)),
                        None if !tag.is_closing => VERBATIM.iter().find(|name| tag.is(name)).map(|name| (*name, 1)),
                        other => other,
                    };
                }
                Token::Text(text) if verbatim.is_some() => expanded.push_str(text),
                Token::Text(text) => {
                    let end = self.text(start, start + text.len(), links == 0, &mut expanded);
                    if end > start + text.len() {
                        all = tokens_from(self.html, end);
                    }
                }
            }
        }
    }

    /// Expands a piece of text; says where it stopped, which is behind the piece if a shortcode runs on.
    fn text(&mut self, start: usize, end: usize, may_embed: bool, expanded: &mut String) -> usize {
        let mut at = start;
        // Everything before this was written.
        let mut written = start;
        while at < end {
            let line_end = self.html[at..end].find('\n').map_or(end, |newline| at + newline);
            if may_embed && let Some(address) = self.lone_address(at, line_end) {
                expanded.push_str(&self.html[written..at]);
                expanded.push_str(&linked_figure(&crate::import::text::decode(address)));
                (at, written) = (line_end, line_end);
            }
            while let Some(open) = self.html[at..line_end].find('[').map(|open| at + open) {
                at = open + 1;
                if let Some((replacement, behind)) = self.shortcode(open) {
                    expanded.push_str(&self.html[written..open]);
                    expanded.push_str(&replacement);
                    (at, written) = (behind, behind);
                    if at > line_end {
                        break;
                    }
                }
            }
            if at > end {
                return at;
            }
            if at <= line_end {
                at = line_end + 1;
            }
        }
        expanded.push_str(&self.html[written..end]);
        end
    }

    /// The address that is all of a line of classic content.
    fn lone_address(&self, start: usize, end: usize) -> Option<&'a str> {
        let bytes = self.html.as_bytes();
        let is_line = (start == 0 || bytes[start - 1] == b'\n') && (end == bytes.len() || bytes[end] == b'\n');
        if !self.is_classic || !is_line {
            return None;
        }
        let line = self.html[start..end].trim();
        let is_address = ["http://", "https://"].iter().any(|scheme| line.starts_with(scheme))
            && !line.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '['));
        (is_address && crate::import::text::web_address(line).is_some()).then_some(line)
    }

    /// What stands for the shortcode at a `[`, and where the text goes on; none if it stays as it is.
    fn shortcode(&mut self, start: usize) -> Option<(String, usize)> {
        let html = self.html;
        if html[start + 1..].starts_with('[') {
            return self.escaped(start);
        }
        let found = opening(html, start)?;
        let rendered = match found.name {
            "caption" | "wp_caption" => self.closing(&found).map(|(close, behind)| {
                let inner = expand(&html[found.end..close], false, self.post);
                (Some(players::caption(&found, &inner)), behind)
            }),
            "embed" => match self.closing(&found) {
                Some((close, behind)) => {
                    let inner = &html[found.end..close];
                    Some((players::embed(inner).or_else(|| Some(inner.to_owned())), behind))
                }
                None => found
                    .attribute("src")
                    .map(|address| (players::embed(&address), found.end)),
            },
            "gallery" => Some((players::gallery(&found, self.post), self.behind_empty(&found))),
            "audio" | "video" => Some((players::player(&found, self.post), self.behind_empty(&found))),
            _ => None,
        };
        match rendered {
            Some((Some(replacement), behind)) => Some((replacement, behind)),
            Some((None, behind)) => {
                self.post.empty_shortcodes.insert(found.name.to_owned());
                Some((String::new(), behind))
            }
            None => {
                if self.is_meant(&found) {
                    self.post.kept_shortcodes.insert(found.name.to_owned());
                }
                None
            }
        }
    }

    /// `[[name]]` shows `[name]`, `[[name]…[/name]]` shows `[name]…[/name]`.
    fn escaped(&self, start: usize) -> Option<(String, usize)> {
        let html = self.html;
        let found = opening(html, start + 1)?;
        if html[found.end..].starts_with(']') {
            return Some((html[start + 1..found.end].to_owned(), found.end + 1));
        }
        let (_, behind) = self
            .closing(&found)
            .filter(|(_, behind)| html[*behind..].starts_with(']'))?;
        Some((html[start + 1..behind].to_owned(), behind + 1))
    }

    /// Where the closing tag of a shortcode begins and ends.
    fn closing(&self, found: &Shortcode<'_>) -> Option<(usize, usize)> {
        let all = self.closings.get(found.name)?;
        let close = *all.get(all.partition_point(|close| *close < found.end))?;
        Some((close, close + found.name.len() + 3))
    }

    /// Behind a shortcode without content, and behind its closing tag if that follows at once.
    fn behind_empty(&self, found: &Shortcode<'_>) -> usize {
        match self.closing(found) {
            Some((close, behind)) if self.html[found.end..].find('[') == Some(close - found.end) => behind,
            _ => found.end,
        }
    }

    /// Tells calls of plugins from words that authors put in brackets.
    fn is_meant(&self, found: &Shortcode<'_>) -> bool {
        let attributes = found.attributes.trim();
        if attributes.is_empty() {
            return self.closing(found).is_some() || (found.name.len() > 2 && found.name != "sic");
        }
        attributes.contains('=') || self.closing(found).is_some()
    }
}

/// The opening tag at a `[`.
fn opening(html: &str, start: usize) -> Option<Shortcode<'_>> {
    let rest = &html[start + 1..];
    let name = &rest[..name_length(rest)];
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    let behind = &rest[name.len()..];
    if !behind.starts_with(|c: char| matches!(c, ']' | '/') || c.is_whitespace()) {
        return None;
    }
    // The search ends at the next `[`, so that many of them cost no more than one.
    let close = behind
        .find(['[', ']'])
        .filter(|close| behind[*close..].starts_with(']'))?;
    let attributes = behind[..close].trim_end().trim_end_matches('/');
    Some(Shortcode {
        name,
        attributes,
        end: start + 1 + name.len() + close + 1,
    })
}

fn closings(html: &str) -> HashMap<&str, Vec<usize>> {
    let mut closings: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, _) in html.match_indices("[/") {
        let rest = &html[at + 2..];
        let (name, behind) = rest.split_at(name_length(rest));
        if behind.starts_with(']') {
            closings.entry(name).or_default().push(at);
        }
    }
    closings
}

/// How long the name at the start is.
pub(super) fn name_length(text: &str) -> usize {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    text.bytes().position(|byte| !is_name(byte)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::super::item::Item;
    use super::super::site::Site;
    use super::*;

    fn expanded(html: &str) -> (String, Vec<String>) {
        let site = site();
        let mut post = PostContext::new(&site, "9", None);
        let html = expand(html, true, &mut post);
        (html, post.remarks())
    }

    /// A site with a picture, a song and nothing else, both of post 9.
    fn site() -> Site {
        let mut site = Site::default();
        for (id, name) in [("1", "a.jpg"), ("2", "b.mp3")] {
            let attachment_url = format!("https://example.com/{name}");
            let file = Item {
                id: id.to_owned(),
                parent: "9".to_owned(),
                attachment_url,
                ..Item::default()
            };
            site.attachments.note(&file, None).unwrap();
        }
        site
    }

    #[test]
    fn captions_of_both_ages_become_figures() {
        let expected = "<figure class=\"wp-caption\"><img src=a><figcaption>x &amp; y</figcaption></figure>";
        assert_eq!(
            expanded("[caption width=\"3\"]<img src=a> x &amp; y[/caption]").0,
            expected
        );
        let old = "[caption caption=\"x &amp;amp; y\"]<img src=a>[/caption]";
        assert_eq!(expanded(old).0, expected);
    }

    #[test]
    fn galleries_and_players_show_what_belongs_to_the_post() {
        let (html, remarks) = expanded("[gallery columns=3][audio][video]");
        assert_eq!(
            html,
            "<figure class=\"gallery\"><figure><img src=\"https://example.com/a.jpg\" alt=\"\"></figure></figure>\
             <audio controls src=\"https://example.com/b.mp3\"></audio>"
        );
        assert_eq!(
            remarks,
            ["nothing in the file fills these shortcodes; they were left out: video"]
        );
    }

    #[test]
    fn players_take_their_file_in_every_notation() {
        let expected = "<audio controls src=\"https://example.com/x.mp3\"></audio>";
        for html in [
            "[audio src=\"https://example.com/x.mp3\"]",
            "[audio mp3='https://example.com/x.mp3'][/audio]",
            "[audio https://example.com/x.mp3]",
            "[audio \"https://example.com/x.mp3\" /]",
            "[audio https://example.com/x.mp3|titles=A]",
        ] {
            assert_eq!(expanded(html).0, expected, "{html}");
        }
    }

    #[test]
    fn embeds_and_lone_addresses_become_links() {
        let figure = "<figure class=\"wp-block-embed\"><a href=\"https://v.example/?a=1&amp;b=2\">\
                      https://v.example/?a=1&amp;b=2</a></figure>";
        for html in [
            "[embed width=3]https://v.example/?a=1&amp;b=2[/embed]",
            " https://v.example/?a=1&amp;b=2",
        ] {
            assert_eq!(expanded(html).0, figure, "{html}");
        }
        for html in [
            "see https://v.example",
            "<a href=x>\nhttps://v.example\n</a>",
            "https://a b",
            "[embed]no[/embed]",
        ] {
            assert!(!expanded(html).0.contains("figure"), "{html}");
        }
        assert_eq!(
            expanded("a\nhttps://v.example/?a=1&amp;b=2\nb").0,
            format!("a\n{figure}\nb")
        );
    }

    #[test]
    fn what_is_escaped_shown_as_code_or_in_a_tag_is_left_alone() {
        assert_eq!(
            expanded("[[gallery]] [[caption a=b]x[/caption]]").0,
            "[gallery] [caption a=b]x[/caption]"
        );
        for html in [
            "<code>[gallery]</code>",
            "<pre><b>[audio]</b></pre>",
            "<a title=\"[gallery]\">x</a>",
        ] {
            assert_eq!(expanded(html), (html.to_owned(), Vec::new()));
        }
    }

    #[test]
    fn unknown_shortcodes_stay_and_are_told_but_words_in_brackets_are_not() {
        let html = "[form id=\"1\"] [box]x[/box] [caption]no end [1] [sic] [two words] [a] [] [/x] [é]";
        let (same, remarks) = expanded(html);
        assert_eq!(same, html);
        assert_eq!(
            remarks,
            ["these shortcodes are not known and stay as text: box, caption, form"]
        );
    }

    #[test]
    fn shortcodes_inside_kept_ones_are_rendered() {
        assert!(
            expanded("[row][audio src=https://example.com/x.mp3][/row]")
                .0
                .starts_with("[row]<audio")
        );
    }

    #[test]
    fn comments_go_and_pages_break() {
        assert_eq!(
            expanded("a<!--more Read on--><!--nextpage-->b").0,
            "a<hr class=\"page-break\">b"
        );
    }

    #[test]
    fn any_input_takes_linear_time() {
        for piece in [
            "[",
            "]",
            "[a",
            "[a]",
            "[[a]",
            "[[a",
            "[caption]",
            "[/caption]",
            "[caption",
            "[gallery ids=\"",
            "[audio]",
            "[a b=",
            "[[a]x[/a]",
            "[caption]<img>",
            "<a [",
            "\nhttps://a",
            "[embed]",
            "<code>",
            "[a='\"",
            "é[é",
            "[/a][b]",
        ] {
            let html = piece.repeat(300_000 / piece.len());
            assert!(expanded(&html).0.len() < html.len() * 40);
        }
        let html = "[caption]".repeat(20_000) + &"[/caption]".repeat(20_000);
        assert!(!expanded(&html).0.is_empty());
    }
}
