use std::fmt::{Display, Formatter};

use sha2::{Digest as _, Sha256};

/// The SHA-256 of a document's text.
pub type Digest = [u8; 32];

/// The SHA-256 of a text.
pub fn digest(text: &str) -> Digest {
    Sha256::digest(text).into()
}

/// A SHA-256 written as 64 hexadecimal digits.
pub fn read_hexadecimal(text: &str) -> Option<Digest> {
    let mut digest = Digest::default();
    if text.len() != 2 * digest.len() || !text.bytes().all(|letter| letter.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(digest)
}

/// A SHA-256 as 64 hexadecimal digits.
pub fn hexadecimal(digest: &Digest) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How many characters a name may have.
const LONGEST: usize = 128;

/// What a client names a document by:
/// <https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20A%20--%20Persisted%20Documents.md>.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DocumentName {
    /// The digest of its text: `sha256:` and 64 hexadecimal digits, or these alone, as most manifests have them.
    Digest(Digest),
    /// A name that its maker chose.
    Chosen(String),
}

impl DocumentName {
    /// Reads a name.
    ///
    /// # Errors
    /// What is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(digest) = read_hexadecimal(text.strip_prefix("sha256:").unwrap_or(text)) {
            return Ok(Self::Digest(digest));
        }
        let unreserved = |text: &str| {
            let is_one = |letter: u8| letter.is_ascii_alphanumeric() || b"-._~".contains(&letter);
            !text.is_empty() && text.bytes().all(is_one)
        };
        let is_allowed = match text.split_once(':') {
            None => unreserved(text),
            Some((prefix, payload)) => unreserved(payload) && prefix.strip_prefix("x-").is_some_and(unreserved),
        };
        if is_allowed && text.len() <= LONGEST {
            return Ok(Self::Chosen(text.to_owned()));
        }
        Err(format!(
            "a document's id is `sha256:` with 64 hexadecimal digits, or at most {LONGEST} letters, digits and `-._~`, \
             perhaps after a prefix like `x-mine:`"
        ))
    }
}

impl Display for DocumentName {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Digest(digest) => write!(formatter, "sha256:{}", hexadecimal(digest)),
            Self::Chosen(name) => formatter.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_one_however_it_is_written() {
        let plain = "ab".repeat(32);
        let digest = DocumentName::Digest([0xab; 32]);
        for text in [plain.clone(), plain.to_uppercase(), format!("sha256:{plain}")] {
            assert_eq!(DocumentName::parse(&text), Ok(digest.clone()), "{text}");
        }
        assert_eq!(digest.to_string(), format!("sha256:{plain}"));
    }

    #[test]
    fn names_of_the_clients_own_are_as_they_are() {
        let longest = "n".repeat(128);
        for text in [
            "FrontPage",
            "a-b.c_d~1",
            "x-mine:3",
            "7dba4bd717b41f10434822356a93c32b",
            longest.as_str(),
        ] {
            assert_eq!(
                DocumentName::parse(text),
                Ok(DocumentName::Chosen(text.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn what_no_name_may_be_is_refused() {
        let long = "n".repeat(129);
        let cut = format!("sha256:{}", "a".repeat(63));
        for text in [
            "",
            "a b",
            "a/b",
            "é",
            "md5:abc",
            "x-:a",
            "x-a:",
            "x-a:b:c",
            ":",
            "a\0",
            cut.as_str(),
            long.as_str(),
        ] {
            assert!(DocumentName::parse(text).is_err(), "{text}");
        }
    }
}
