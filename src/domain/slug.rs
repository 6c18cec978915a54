//! Slugs: the names of things in addresses.

/// The longest slug, in bytes; room is left for the number that makes it unique.
const MOST_BYTES: usize = 190;

/// The name of a thing in addresses: lower-case ASCII letters, digits and single hyphens, never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

impl Slug {
    /// Makes a slug of any text in any script; `fallback` (a slug itself) stands in where nothing of it can be
    /// written in ASCII.
    pub fn from_text(text: &str, fallback: &str) -> Self {
        let mut slug = ::slug::slugify(text);
        if slug.len() > MOST_BYTES {
            let cut = slug[..MOST_BYTES]
                .rfind('-')
                .filter(|cut| *cut > 0)
                .unwrap_or(MOST_BYTES);
            slug.truncate(cut);
        }
        Self(if slug.is_empty() { fallback.to_owned() } else { slug })
    }

    /// This slug with a number behind it.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        Self(format!("{}-{number}", self.0))
    }

    /// Whether `slug` is this one with a number behind it.
    pub fn is_stem_of(&self, slug: &str) -> bool {
        let number = slug.strip_prefix(&self.0).and_then(|rest| rest.strip_prefix('-'));
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl std::fmt::Display for Slug {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_script_gives_a_slug() {
        assert_eq!(Slug::from_text("Grüße aus Köln!", "post").as_str(), "grusse-aus-koln");
        assert_eq!(Slug::from_text("活版印刷", "post").as_str(), "huo-ban-yin-shua");
        assert_eq!(Slug::from_text("¡¿…?!", "post").as_str(), "post");
        assert_eq!(Slug::from_text("", "post").as_str(), "post");
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        let slug = Slug::from_text(&"word ".repeat(100), "post");
        assert!(slug.as_str().len() <= MOST_BYTES && slug.as_str().ends_with("word"));
        assert_eq!(Slug::from_text(&"x".repeat(1000), "post").as_str().len(), MOST_BYTES);
    }

    #[test]
    fn only_a_number_behind_a_hyphen_makes_a_stem() {
        let slug = Slug::from_text("20", "post");
        assert!(slug.is_stem_of("20-2") && slug.is_stem_of(slug.numbered(30).as_str()));
        for other in ["20", "2015", "20-", "20-2-3", "20-x", "2"] {
            assert!(!slug.is_stem_of(other), "{other}");
        }
    }
}
