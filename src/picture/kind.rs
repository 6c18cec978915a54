//! Which files are taken, by their first bytes. Their names and what clients say of them tell nothing.

/// How many first bytes tell what a file is.
pub const HEAD_BYTES: u64 = 8_192;

/// Kinds of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// To be looked at.
    Image,
    /// To be heard.
    Audio,
    /// To be watched.
    Video,
    /// To be read or kept.
    Document,
}

/// The pictures that can be decoded here, and made smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// GIF; only ever decoded.
    Gif,
}

/// A kind of file that is taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its media type.
    pub mime: &'static str,
    /// What one does with it.
    pub class: Class,
    /// How names of such files end, the usual ending first.
    pub extensions: &'static [&'static str],
    /// As a picture, if it can be decoded here.
    pub format: Option<Format>,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// It has no bytes.
    Empty,
    /// It is SVG, HTML or XML, which can run scripts.
    Markup,
    /// It is none of the kinds that are taken.
    Unknown,
}

const fn kind(mime: &'static str, class: Class, extensions: &'static [&'static str], format: Option<Format>) -> Kind {
    Kind {
        mime,
        class,
        extensions,
        format,
    }
}

/// Every kind that is taken, by the names that signatures go by.
const KINDS: &[(&str, Kind)] = {
    use Class::{Audio, Document, Image, Video};
    &[
        (
            "image/jpeg",
            kind("image/jpeg", Image, &["jpg", "jpeg", "jpe", "jfif"], Some(Format::Jpeg)),
        ),
        (
            "image/png",
            kind("image/png", Image, &["png", "apng"], Some(Format::Png)),
        ),
        ("image/webp", kind("image/webp", Image, &["webp"], Some(Format::Webp))),
        ("image/gif", kind("image/gif", Image, &["gif"], Some(Format::Gif))),
        ("image/avif", kind("image/avif", Image, &["avif"], None)),
        ("audio/mpeg", kind("audio/mpeg", Audio, &["mp3"], None)),
        ("audio/m4a", kind("audio/mp4", Audio, &["m4a", "mp4"], None)),
        (
            "audio/ogg",
            kind("audio/ogg", Audio, &["ogg", "oga", "ogv", "opus"], None),
        ),
        ("audio/opus", kind("audio/ogg", Audio, &["opus", "ogg"], None)),
        ("audio/x-flac", kind("audio/flac", Audio, &["flac"], None)),
        ("audio/x-wav", kind("audio/wav", Audio, &["wav"], None)),
        ("video/mp4", kind("video/mp4", Video, &["mp4", "m4v"], None)),
        ("video/x-m4v", kind("video/mp4", Video, &["mp4", "m4v"], None)),
        ("video/webm", kind("video/webm", Video, &["webm"], None)),
        ("video/quicktime", kind("video/quicktime", Video, &["mov", "qt"], None)),
        ("application/pdf", kind("application/pdf", Document, &["pdf"], None)),
        ("application/zip", kind("application/zip", Document, &["zip"], None)),
        (
            "application/epub+zip",
            kind("application/epub+zip", Document, &["epub"], None),
        ),
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            kind(
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                Document,
                &["docx"],
                None,
            ),
        ),
        (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            kind(
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                Document,
                &["xlsx"],
                None,
            ),
        ),
        (
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            kind(
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                Document,
                &["pptx"],
                None,
            ),
        ),
        (
            "application/vnd.oasis.opendocument.text",
            kind("application/vnd.oasis.opendocument.text", Document, &["odt"], None),
        ),
        (
            "application/vnd.oasis.opendocument.spreadsheet",
            kind(
                "application/vnd.oasis.opendocument.spreadsheet",
                Document,
                &["ods"],
                None,
            ),
        ),
        (
            "application/vnd.oasis.opendocument.presentation",
            kind(
                "application/vnd.oasis.opendocument.presentation",
                Document,
                &["odp"],
                None,
            ),
        ),
    ]
};

/// Text that is nothing else. The ending of its name may say which: what is text is harmless as any of them.
const TEXTS: &[Kind] = &[
    kind(
        "text/plain",
        Class::Document,
        &["txt", "text", "md", "srt", "log"],
        None,
    ),
    kind("text/csv", Class::Document, &["csv"], None),
    kind("text/vtt", Class::Document, &["vtt"], None),
];

/// What a file is that begins with these bytes, at most [`HEAD_BYTES`]; `extension` is that of its name, in small
/// letters, and parts texts only.
///
/// # Errors
/// When it is nothing that is taken.
pub fn sniff(head: &[u8], extension: &str) -> Result<&'static Kind, NotTaken> {
    if head.is_empty() {
        return Err(NotTaken::Empty);
    }
    if let Some(known) = infer::get(head).map(|known| known.mime_type()) {
        if let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == known) {
            return Ok(kind);
        }
        if matches!(known, "text/html" | "text/xml") {
            return Err(NotTaken::Markup);
        }
    }
    // Some signatures are short: a text may begin with the letters of one.
    let text = text(head).ok_or(NotTaken::Unknown)?;
    if text.trim_start().starts_with('<') {
        return Err(NotTaken::Markup);
    }
    let named = TEXTS.iter().find(|kind| kind.extensions.contains(&extension));
    Ok(named.unwrap_or(&TEXTS[0]))
}

/// The bytes as text, if they are: UTF-8, which may end within a letter, without controls but those of lines.
fn text(head: &[u8]) -> Option<&str> {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    let is_odd = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\x0C');
    (!text.is_empty() && !text.contains(is_odd)).then_some(text)
}

/// The kind with this media type, if it is one that is taken.
pub fn kind_of(mime: &str) -> Option<&'static Kind> {
    let binary = KINDS.iter().map(|(_, kind)| kind);
    binary.chain(TEXTS).find(|kind| kind.mime == mime)
}

/// Whether browsers may show such a file themselves: pictures that run nothing, and recordings. Anything else is for
/// keeping, PDF too: whatever headers it has, Chromium's viewer runs its scripts, which open dialogs in our name.
pub fn is_inline(mime: &str) -> bool {
    let class = mime.split('/').next().unwrap_or_default();
    matches!(class, "image" | "audio" | "video") && !mime.contains("xml")
}
