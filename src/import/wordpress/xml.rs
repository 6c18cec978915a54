//! A pull reader for well-formed XML with namespaces, on top of `quick_xml`: children, text, and where they stand.

use std::io;
use std::path::Path;

use quick_xml::Error;
use quick_xml::XmlVersion;
use quick_xml::encoding::EncodingError;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

use super::input::{ITEM_LIMIT, Input, TooLarge};
use crate::import::place::Place;
use crate::import::record::{Position, SourceError};

/// How deep elements may stand in each other; an export needs six.
const DEPTH_LIMIT: usize = 64;

/// What an element costs of [`ITEM_LIMIT`] beside its text, so that empty ones are not free.
const ELEMENT_COST: usize = 64;

/// The namespaces of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// No namespace: RSS itself.
    Rss,
    /// WordPress's own, in any version.
    Wp,
    /// `content:encoded`.
    Content,
    /// `excerpt:encoded`.
    Excerpt,
    /// Dublin Core.
    Dc,
    /// Any other.
    Other,
}

/// An element that was just opened.
#[derive(Debug)]
pub(super) struct Element {
    pub space: Space,
    pub name: String,
    /// Name (without prefix) and value.
    pub attributes: Vec<(String, String)>,
    /// Where it begins.
    pub place: Place,
}

impl Element {
    /// Namespace and name, to match on.
    pub fn key(&self) -> (Space, &str) {
        (self.space, &self.name)
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What comes next inside an element.
enum Step {
    Open(Element),
    Text,
    Close,
    End,
}

/// Reads one file from start to end.
pub(super) struct Xml {
    reader: NsReader<Input>,
    buffer: Vec<u8>,
    text: String,
    depth: usize,
    taken: usize,
    /// Where the last event began.
    place: Place,
    file: String,
}

impl Xml {
    /// Opens a file; nothing is read yet but its encoding.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let file = path.display().to_string();
        let input = Input::open(path).map_err(|cause| {
            if cause.kind() == io::ErrorKind::InvalidData {
                let position = Position {
                    file: file.clone(),
                    line: Some(1),
                    column: Some(1),
                };
                SourceError::Malformed {
                    position,
                    message: cause.to_string(),
                }
            } else {
                SourceError::Unreadable {
                    path: path.to_owned(),
                    cause,
                }
            }
        })?;
        let place = input.place;
        let mut reader = NsReader::from_reader(input);
        reader.config_mut().expand_empty_elements = true;
        Ok(Self {
            reader,
            buffer: Vec::new(),
            text: String::new(),
            depth: 0,
            taken: 0,
            place,
            file,
        })
    }

    /// The next child of the open element (of the document, at first); none when the element ends.
    pub fn child(&mut self) -> Result<Option<Element>, SourceError> {
        loop {
            match self.step()? {
                Step::Open(element) => return Ok(Some(element)),
                Step::Text if self.depth == 0 && !self.text.trim().is_empty() => {
                    return Err(self.malformed(self.place, "this is not XML: text stands outside of all elements"));
                }
                Step::Text => self.text.clear(),
                Step::Close | Step::End => return Ok(None),
            }
        }
    }

    /// The text of the element that was just opened, through its end; nested elements are left out.
    pub fn text(&mut self) -> Result<String, SourceError> {
        self.text.clear();
        loop {
            match self.step()? {
                Step::Open(_) => {
                    let text = std::mem::take(&mut self.text);
                    self.skip()?;
                    self.text = text;
                }
                Step::Text => {}
                Step::Close | Step::End => return Ok(std::mem::take(&mut self.text)),
            }
        }
    }

    /// Leaves the element that was just opened, through its end.
    pub fn skip(&mut self) -> Result<(), SourceError> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.step()?;
            self.text.clear();
        }
        Ok(())
    }

    /// Starts to count text anew towards [`ITEM_LIMIT`].
    pub fn begin_item(&mut self) {
        self.taken = 0;
    }

    /// An error at a place of this file.
    pub fn malformed(&self, place: Place, message: impl Into<String>) -> SourceError {
        SourceError::Malformed {
            position: self.position(place),
            message: message.into(),
        }
    }

    /// A place with this file's name.
    pub fn position(&self, place: Place) -> Position {
        Position {
            file: self.file.clone(),
            line: Some(place.line),
            column: Some(place.column),
        }
    }

    /// Reads one event; text is added to `self.text`.
    fn step(&mut self) -> Result<Step, SourceError> {
        loop {
            self.buffer.clear();
            // One large post should not keep its memory for the rest of the file.
            self.buffer.shrink_to(1 << 20);
            self.place = self.reader.get_mut().place;
            self.reader.get_mut().allow();
            let Self {
                reader,
                buffer,
                text,
                taken,
                ..
            } = self;
            let (space, event) = match reader.read_resolved_event_into(buffer) {
                Ok(read) => read,
                Err(error) => return Err(self.failed(error)),
            };
            let before = text.len();
            let step = match event {
                Event::Start(start) => {
                    *taken += ELEMENT_COST;
                    let element = element(space_of(&space), &start, self.place);
                    self.depth += 1;
                    if self.depth > DEPTH_LIMIT {
                        return Err(self.malformed(self.place, "elements are nested too deeply"));
                    }
                    Step::Open(element.map_err(|error| self.failed(error))?)
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Step::Close
                }
                Event::Text(content) => {
                    push(text, &content.xml10_content());
                    Step::Text
                }
                Event::CData(content) => {
                    push(text, &content.xml10_content());
                    Step::Text
                }
                Event::GeneralRef(reference) => match (reference.resolve_char_ref(), resolve_xml_entity(&reference)) {
                    (Ok(Some(character)), _) => {
                        push(text, character.encode_utf8(&mut [0; 4]));
                        Step::Text
                    }
                    (Ok(None), Some(resolved)) => {
                        text.push_str(resolved);
                        Step::Text
                    }
                    (Ok(None), None) => {
                        let message = format!("the entity &{}; is not defined", &*reference);
                        return Err(self.malformed(self.place, message));
                    }
                    (Err(error), _) => return Err(self.failed(error)),
                },
                Event::DocType(_) => {
                    return Err(self.malformed(self.place, "a document type (DOCTYPE) is not accepted"));
                }
                Event::Eof if self.depth > 0 => {
                    return Err(self.malformed(self.place, "the file ends too early: it is cut off"));
                }
                Event::Eof => Step::End,
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            };
            self.taken += self.text.len().saturating_sub(before);
            if self.taken > ITEM_LIMIT {
                return Err(self.malformed(self.place, TooLarge.to_string()));
            }
            return Ok(step);
        }
    }

    fn failed(&mut self, error: Error) -> SourceError {
        let place = match &error {
            // The bytes that were read are still there: the place is that of the first bad one.
            Error::Encoding(EncodingError::Utf8(cause)) => self
                .place
                .behind(&self.buffer[..cause.valid_up_to().min(self.buffer.len())]),
            Error::Io(_) => self.reader.get_mut().place,
            _ => self.place,
        };
        let message = match error {
            Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData || is_too_large(&cause) => cause.to_string(),
            Error::Io(cause) => {
                let own = || io::Error::new(cause.kind(), cause.to_string());
                let cause = cause.raw_os_error().map_or_else(own, io::Error::from_raw_os_error);
                return SourceError::Unreadable {
                    path: self.file.clone().into(),
                    cause,
                };
            }
            Error::Encoding(_) => "the text is not valid UTF-8, although the file says so".to_owned(),
            other => format!("the XML is not well-formed: {other}"),
        };
        self.malformed(place, message)
    }
}

fn is_too_large(cause: &io::Error) -> bool {
    cause
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<TooLarge>)
}

fn element(space: Space, start: &BytesStart<'_>, place: Place) -> Result<Element, Error> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute?;
        let value = attribute.normalized_value_with(XmlVersion::Implicit1_0, 1, resolve_xml_entity)?;
        let mut text = String::new();
        push(&mut text, &value);
        attributes.push((attribute.key.local_name().as_ref().to_owned(), text));
    }
    Ok(Element {
        space,
        name: start.local_name().as_ref().to_owned(),
        attributes,
        place,
    })
}

/// Adds text without the control characters that XML forbids and databases refuse; some exports hold them.
fn push(text: &mut String, more: &str) {
    let forbidden = |character: char| matches!(character, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
    for piece in more.split(forbidden) {
        text.push_str(piece);
    }
}

/// Namespaces differ in scheme and version from export to export; what follows is the same.
fn space_of(resolved: &ResolveResult<'_>) -> Space {
    let ResolveResult::Bound(Namespace(name)) = resolved else {
        return if *resolved == ResolveResult::Unbound {
            Space::Rss
        } else {
            Space::Other
        };
    };
    let name = name
        .split_once("://")
        .map_or(*name, |(_, rest)| rest)
        .trim_end_matches('/');
    if let Some(version) = name.trim_start_matches("www.").strip_prefix("wordpress.org/export/") {
        return match version.split_once('/') {
            None => Space::Wp,
            Some((_, "excerpt")) => Space::Excerpt,
            Some(_) => Space::Other,
        };
    }
    match name {
        "purl.org/rss/1.0/modules/content" => Space::Content,
        "purl.org/dc/elements/1.1" => Space::Dc,
        _ => Space::Other,
    }
}
