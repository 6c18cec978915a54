//! One pass over HTML that makes it what the sanitiser and readers expect, and takes from it what we keep beside it.
//!
//! The pass works on tags, not on a tree, so that its cost grows with the length of the input only.

use std::cell::RefCell;
use std::mem;

use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::{Attribute, LocalName};

use super::Heading;
use super::address;
use super::attributes::bound_attributes;
use super::headings::Headings;
use super::hidden::{has_content, is_hidden};
use super::nesting::{Nesting, Step, is_block, is_heading, is_void};
use super::policy::Policy;
use super::text::TextBuilder;

/// Bytes of text on end. The sanitiser searches the rest of a text at each character that it escapes; comments, which
/// it removes, keep that rest short.
const LONGEST_TEXT: usize = 4 * 1024;

/// Bytes of an attribute's value, for the same reason; longer attributes are left out.
const LONGEST_VALUE: usize = 16 * 1024;

/// What the pass yields.
pub(super) struct Rewritten {
    /// HTML, not yet sanitised: allowed elements only, properly and not too deeply nested, headings with ids,
    /// addresses resolved.
    pub(super) html: String,
    /// The text without markup.
    pub(super) text: String,
    /// The headings in order.
    pub(super) headings: Vec<Heading>,
    /// How many hidden elements with text were left out.
    pub(super) hidden: usize,
}

/// Rewrites HTML from any source, sane or not.
pub(super) fn rewrite(html: &str, policy: &Policy, resolve: &dyn Fn(&str) -> Option<String>) -> Rewritten {
    let html = bound_attributes(html);
    let rewriter = Rewriter {
        policy,
        resolve,
        nesting: Nesting::default(),
        text_length: 0,
        steps: Vec::new(),
        html: String::with_capacity(html.len() + html.len() / 8),
        text: TextBuilder::default(),
        headings: Headings::default(),
        heading: None,
        unread: None,
        swallowed: None,
        hidden: None,
        hidden_texts: 0,
    };
    let tokenizer = Tokenizer::new(Sink(RefCell::new(rewriter)), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(&html));
    // The sink never asks for a pause, so that one call takes all.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner().finish()
}

struct Sink<'a>(RefCell<Rewriter<'a>>);

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut rewriter = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(characters) => rewriter.characters(&characters),
            Token::TagToken(tag) => return rewriter.tag(tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

struct Rewriter<'a> {
    policy: &'a Policy,
    resolve: &'a dyn Fn(&str) -> Option<String>,
    nesting: Nesting,
    /// Bytes of text since the last tag.
    text_length: usize,
    /// Emptied after each tag; kept for its memory.
    steps: Vec<Step>,
    html: String,
    text: TextBuilder,
    headings: Headings,
    heading: Option<OpenHeading>,
    /// The depth down to which text is not for reading aloud (the marks of footnotes).
    unread: Option<usize>,
    /// The element that is left out with all that is in it, and how many of its kind are open.
    swallowed: Option<(LocalName, usize)>,
    /// The hidden element that is open.
    hidden: Option<Hidden>,
    /// How many had text.
    hidden_texts: usize,
}

/// An element that a browser would not show. Its tags are followed, to find where it ends, and not written.
struct Hidden {
    name: LocalName,
    /// How many elements are open in it, itself included.
    open: usize,
    has_text: bool,
}

struct OpenHeading {
    level: u8,
    wish: Option<String>,
    text: TextBuilder,
    /// Where in the HTML the id belongs.
    id_at: usize,
}

impl Rewriter<'_> {
    fn characters(&mut self, characters: &str) {
        if self.swallowed.is_some() {
            return;
        }
        if !characters.trim_ascii().is_empty() {
            self.nesting.text(&mut self.steps);
            self.write_steps();
            if let Some(hidden) = &mut self.hidden {
                self.hidden_texts += usize::from(!hidden.has_text);
                hidden.has_text = true;
            }
        }
        if self.hidden.is_some() {
            return;
        }
        if self.unread.is_none() {
            self.text.push(characters);
            if let Some(heading) = &mut self.heading {
                heading.text.push(characters);
            }
        }
        let mut rest = characters;
        while !rest.is_empty() {
            if self.text_length >= LONGEST_TEXT {
                self.html.push_str("<!---->");
                self.text_length = 0;
            }
            let (piece, after) = rest.split_at(rest.ceil_char_boundary(LONGEST_TEXT - self.text_length));
            write_escaped(&mut self.html, piece, false);
            self.text_length += piece.len();
            rest = after;
        }
    }

    fn tag(&mut self, tag: Tag) -> TokenSinkResult<()> {
        if self.is_swallowed(&tag) {
            return TokenSinkResult::Continue;
        }
        match tag.kind {
            TagKind::EndTag => {
                if self.follows(&tag.name) {
                    self.nesting.end(&tag.name, &mut self.steps);
                    self.write_steps();
                }
            }
            TagKind::StartTag => {
                if let Some(result) = self.swallow(&tag) {
                    return result;
                }
                if is_hidden(&tag.name, &tag.attrs) {
                    self.hide(tag);
                } else if self.follows(&tag.name) {
                    self.start(&tag.name, tag.attrs);
                }
            }
        }
        TokenSinkResult::Continue
    }

    /// Whether the nesting has elements of this name: those that may be written, and what a hidden element ends with.
    fn follows(&self, name: &LocalName) -> bool {
        self.policy.allows(name) || self.hidden.as_ref().is_some_and(|hidden| hidden.name == *name)
    }

    /// Leaves an element out whose content is no content of the text; of others only the tag goes.
    fn swallow(&mut self, tag: &Tag) -> Option<TokenSinkResult<()>> {
        let raw = match &*tag.name {
            "script" => Some(RawKind::ScriptData),
            "textarea" | "title" => Some(RawKind::Rcdata),
            "iframe" | "noembed" | "noframes" | "style" | "xmp" => Some(RawKind::Rawtext),
            "math" | "select" | "svg" | "template" if !tag.self_closing => None,
            _ => return None,
        };
        self.swallowed = Some((tag.name.clone(), 1));
        Some(raw.map_or(TokenSinkResult::Continue, TokenSinkResult::RawData))
    }

    fn is_swallowed(&mut self, tag: &Tag) -> bool {
        let Some((name, open)) = &mut self.swallowed else {
            return false;
        };
        if matches!(&**name, "math" | "svg") && tag.kind == TagKind::StartTag && is_block(&tag.name) {
            // A drawing that was never closed ends where text goes on, as in a browser.
            self.swallowed = None;
            return false;
        }
        if *name == tag.name && !tag.self_closing {
            match tag.kind {
                TagKind::StartTag => *open += 1,
                TagKind::EndTag => *open -= 1,
            }
        }
        if *open == 0 {
            self.swallowed = None;
        }
        true
    }

    /// Leaves an element out that a browser would not show.
    fn hide(&mut self, tag: Tag) {
        if !has_content(&tag.name) {
            return;
        }
        if self.nesting.is_full() {
            self.swallowed = Some((tag.name, 1));
            return;
        }
        let accepted = self.nesting.start(&tag.name, &mut self.steps);
        self.write_steps();
        self.part_text(&tag.name);
        match &mut self.hidden {
            // A part of a table whose table may not be written.
            _ if !accepted => self.swallowed = Some((tag.name, 1)),
            Some(hidden) => hidden.open += 1,
            None => {
                self.hidden = Some(Hidden {
                    name: tag.name,
                    open: 1,
                    has_text: false,
                });
            }
        }
    }

    fn start(&mut self, name: &LocalName, attributes: Vec<Attribute>) {
        if &**name == "input"
            && !attributes
                .iter()
                .any(|a| &*a.name.local == "type" && &*a.value == "checkbox")
        {
            return;
        }
        let accepted = self.nesting.start(name, &mut self.steps);
        self.write_steps();
        self.part_text(name);
        if !accepted {
            return;
        }
        if let Some(hidden) = &mut self.hidden {
            // Pictures that a script loads later stand beside themselves without it.
            if &*hidden.name != "noscript" || &**name != "img" {
                hidden.open += usize::from(!is_void(name));
                return;
            }
        }
        self.html.push('<');
        self.html.push_str(name);
        self.text_length = 0;
        let heading = is_heading(name);
        let mut wish = None;
        for Attribute { name: attribute, value } in attributes {
            match &*attribute.local {
                "id" if heading => wish = Some(value.to_string()),
                "id" if !self.headings.take(&value) => {}
                attribute => {
                    if attribute == "class" && is_footnote_mark(&value) && self.unread.is_none() {
                        self.unread = Some(self.nesting.depth());
                    }
                    let resolved = address::resolved(attribute, &value, self.resolve);
                    self.write_attribute(attribute, resolved.as_deref().unwrap_or(&value));
                }
            }
        }
        if heading {
            let level = name.as_bytes()[1] - b'0';
            self.heading = Some(OpenHeading {
                level,
                wish,
                text: TextBuilder::default(),
                id_at: self.html.len(),
            });
        }
        self.html.push('>');
    }

    fn write_attribute(&mut self, name: &str, value: &str) {
        // The tokenizer lets names pass that would end the tag when written out; no attribute that we want is so.
        if value.len() <= LONGEST_VALUE && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            self.html.push(' ');
            self.html.push_str(name);
            self.html.push_str("=\"");
            write_escaped(&mut self.html, value, true);
            self.html.push('"');
        }
    }

    fn write_steps(&mut self) {
        let mut steps = mem::take(&mut self.steps);
        for step in steps.drain(..) {
            match (step, &mut self.hidden) {
                (Step::Open(_), Some(hidden)) => hidden.open += 1,
                (Step::Close(_), Some(hidden)) => {
                    hidden.open -= 1;
                    if hidden.open == 0 {
                        self.hidden = None;
                    }
                }
                (Step::Open(name), None) => {
                    self.html.extend(["<", name, ">"]);
                }
                (Step::Close(name), None) => {
                    if is_heading(&name) {
                        self.close_heading();
                    }
                    self.part_text(&name);
                    self.html.extend(["</", &name, ">"]);
                }
            }
        }
        self.steps = steps;
        self.unread = self.unread.filter(|&depth| depth <= self.nesting.depth());
    }

    fn close_heading(&mut self) {
        if let Some(heading) = self.heading.take() {
            let id = self.headings.add(heading.level, heading.text.finish(), heading.wish);
            self.html.insert_str(heading.id_at, &format!(" id=\"{id}\""));
        }
    }

    /// Parts the text before a tag from the text behind it.
    fn part_text(&mut self, name: &str) {
        if is_block(name) || matches!(name, "br" | "caption" | "tr") {
            self.text.line();
        } else if matches!(name, "td" | "th") {
            self.text.space();
        }
        if let (Some(heading), "br") = (&mut self.heading, name) {
            heading.text.space();
        }
    }

    fn finish(mut self) -> Rewritten {
        self.nesting.finish(&mut self.steps);
        self.write_steps();
        Rewritten {
            html: self.html,
            text: self.text.finish(),
            headings: self.headings.finish(),
            hidden: self.hidden_texts,
        }
    }
}

/// Whether a class is one of a footnote's number in the text or its way back.
fn is_footnote_mark(class: &str) -> bool {
    class
        .split_whitespace()
        .any(|class| matches!(class, "footnote-ref" | "footnote-backref"))
}

fn write_escaped(html: &mut String, text: &str, in_attribute: bool) {
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' if in_attribute => "&quot;",
            _ => continue,
        };
        html.push_str(&text[written..at]);
        html.push_str(escaped);
        written = at + 1;
    }
    html.push_str(&text[written..]);
}
