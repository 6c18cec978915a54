//! Makes Ghost's cards readable where nothing runs: players get controls, frames become links, forms go.

use crate::import::html::{Tag, Token, tokens};
use crate::import::text::{decode, escape};

/// Begins and ends a part that not all readers get.
const GATE: &str = "<!--kg-gated-block:begin";
const GATE_END: &str = "<!--kg-gated-block:end-->";

/// Parts of cards that do something only with Ghost's scripts.
const MACHINERY: &[&str] = &[
    "kg-audio-player",
    "kg-signup-card",
    "kg-toggle-card-icon",
    "kg-video-overlay",
    "kg-video-player-container",
];

/// A text without what only some of its readers got.
pub(super) struct Ungated {
    pub html: String,
    /// Whether anything had to go.
    pub is_cut: bool,
}

/// Takes out what visitors without an account did not get.
pub(super) fn ungated(html: String) -> Ungated {
    if !html.contains(GATE) {
        return Ungated { html, is_cut: false };
    }
    let mut open = String::with_capacity(html.len());
    let (mut rest, mut is_cut) = (html.as_str(), false);
    while let Some((before, gated)) = rest.split_once(GATE) {
        open.push_str(before);
        let (rule, gated) = gated.split_once("-->").unwrap_or((gated, ""));
        let (inner, behind) = gated.split_once(GATE_END).unwrap_or((gated, ""));
        if rule.contains("nonMember:true") {
            open.push_str(inner);
        } else {
            is_cut = true;
        }
        rest = behind;
    }
    open.push_str(rest);
    Ungated { html: open, is_cut }
}

/// A text that reads well without scripts.
#[derive(Debug, Default)]
pub(super) struct Readable {
    pub html: String,
    /// What a reader of the report should know.
    pub remarks: Vec<&'static str>,
}

/// Makes the cards of a text readable.
pub(super) fn readable(html: &str) -> Readable {
    let mut readable = Readable {
        html: String::with_capacity(html.len()),
        remarks: Vec::new(),
    };
    // The element that is left out, and how many of its name are open.
    let mut left_out: Option<(&str, usize)> = None;
    for token in tokens(html) {
        if let Some((name, open)) = &mut left_out {
            if let Token::Tag(tag) = token
                && tag.name.eq_ignore_ascii_case(name)
            {
                *open = if tag.is_closing { *open - 1 } else { *open + 1 };
                if *open == 0 {
                    left_out = None;
                }
            }
            continue;
        }
        match token {
            Token::Text(raw) | Token::Comment { raw, .. } => readable.html.push_str(raw),
            Token::Tag(tag) if tag.is_closing => readable.html.push_str(tag.raw),
            Token::Tag(tag) => {
                if readable.open(&tag) {
                    left_out = Some((tag.name, 1));
                }
            }
        }
    }
    readable
}

impl Readable {
    /// Takes an opening tag; says whether its element is left out.
    fn open(&mut self, tag: &Tag<'_>) -> bool {
        if tag.is("iframe") {
            self.link(tag);
            return true;
        }
        if tag.is("script") {
            let is_embed = attribute(tag, "src").is_some_and(|source| source.contains("//gist.github.com/"));
            if is_embed {
                self.link(tag);
            } else {
                self.remark("scripts in its text were left out");
            }
            return true;
        }
        let classes = attribute(tag, "class").unwrap_or_default();
        let may_hold = ["button", "div", "form"].iter().any(|name| tag.is(name));
        let machinery = classes.split_whitespace().find(|class| MACHINERY.contains(class));
        if let Some(class) = machinery.filter(|_| may_hold) {
            if class == "kg-signup-card" {
                self.remark("forms to sign up were left out");
            }
            return true;
        }
        let is_player = tag.is("audio") || tag.is("video");
        if is_player && attribute(tag, "controls").is_none() {
            let (start, end) = tag.raw.split_at(1 + tag.name.len());
            self.html.push_str(&format!("{start} controls{end}"));
        } else {
            self.html.push_str(tag.raw);
        }
        false
    }

    /// Leads to what another site would have drawn.
    fn link(&mut self, tag: &Tag<'_>) {
        let Some(source) = attribute(tag, "src").filter(|source| !source.trim().is_empty()) else {
            return;
        };
        let source = source.trim();
        let source = source
            .strip_prefix("//")
            .map_or_else(|| source.to_owned(), |rest| format!("https://{rest}"));
        let address = escape(&source);
        self.html.push_str(&format!("<a href=\"{address}\">{address}</a>"));
    }

    fn remark(&mut self, remark: &'static str) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }
}

fn attribute(tag: &Tag<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    attributes
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| decode(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_a_link() {
        let found =
            readable("<figure><iframe src=\"//v.example/a?b=1&amp;c=2\">x</iframe><figcaption>C</figcaption></figure>");
        assert_eq!(
            found.html,
            "<figure><a href=\"https://v.example/a?b=1&amp;c=2\">https://v.example/a?b=1&amp;c=2</a>\
             <figcaption>C</figcaption></figure>"
        );
    }

    #[test]
    fn players_get_controls_and_lose_their_buttons() {
        let found = readable(
            "<div class=\"kg-video-container\"><video src=\"a.mp4\"></video><div class=\"kg-video-overlay\">\
             <div>0:00</div></div></div><audio controls src=\"b.mp3\"></audio>",
        );
        assert_eq!(
            found.html,
            "<div class=\"kg-video-container\"><video controls src=\"a.mp4\"></video></div><audio controls src=\"b.mp3\"></audio>"
        );
    }

    #[test]
    fn scripts_and_forms_go_and_are_told_once() {
        let found = readable(
            "<script>a()</script><p>b</p><script>c()</script><div class=\"kg-card kg-signup-card\">d<div>e</div></div>f",
        );
        assert_eq!(found.html, "<p>b</p>f");
        assert_eq!(
            found.remarks,
            ["scripts in its text were left out", "forms to sign up were left out"]
        );
    }

    #[test]
    fn what_only_members_got_goes() {
        let gated = "a<!--kg-gated-block:begin nonMember:false memberSegment:\"status:free\" -->secret<!--kg-gated-block:end-->\
                     b<!--kg-gated-block:begin nonMember:true memberSegment:\"\" -->c<!--kg-gated-block:end-->d";
        let found = ungated(gated.to_owned());
        assert!(found.is_cut);
        assert_eq!(found.html, "abcd");
    }

    #[test]
    fn a_gate_that_is_never_closed_hides_the_rest() {
        for gated in [
            "a<!--kg-gated-block:begin nonMember:false -->secret",
            "a<!--kg-gated-block:begin secret",
        ] {
            assert_eq!(ungated(gated.to_owned()).html, "a");
        }
    }

    #[test]
    fn broken_markup_is_no_trouble() {
        for html in [
            "<iframe",
            "<iframe>",
            "<div class='kg-signup-card'>",
            "<video",
            "</iframe>",
            "<iframe src=' '>",
        ] {
            let _ = readable(html);
        }
        assert_eq!(readable("</div></video>a").html, "</div></video>a");
    }
}
