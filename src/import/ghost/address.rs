//! Where the site was, and what its addresses mean.

use url::Url;

use crate::import::text::web_address;

/// What Ghost writes in place of the site's own address.
const PLACEHOLDER: &str = "__GHOST_URL__";

/// Where the site was, as far as that is known: exports do not say.
#[derive(Clone, Debug, Default)]
pub(super) struct Home {
    url: Option<Url>,
}

impl Home {
    /// A site at an address of the web.
    pub fn new(url: Option<Url>) -> Self {
        Self { url }
    }

    /// The address without a slash at its end.
    pub fn url(&self) -> Option<&str> {
        self.url.as_ref().map(|url| url.as_str().trim_end_matches('/'))
    }

    /// Puts the site's address where Ghost left a place for it. Where it is not known, addresses begin at the root.
    pub fn fill(&self, text: String) -> String {
        if !text.contains(PLACEHOLDER) {
            return text;
        }
        match self.url() {
            Some(url) => text.replace(PLACEHOLDER, url),
            None => text.replace("__GHOST_URL__/", "/").replace(PLACEHOLDER, "/"),
        }
    }

    /// The whole address of what `address` names, if it is one of the web.
    pub fn absolute(&self, address: &str) -> Option<String> {
        let filled = self.fill(address.trim().to_owned());
        if let Some(address) = filled.strip_prefix("//") {
            return web_address(&format!("https://{address}"));
        }
        match (filled.starts_with('/'), &self.url) {
            (true, Some(url)) => Some(url.join(&filled).ok()?.into()),
            _ => web_address(&filled),
        }
    }

    /// The whole address of a file that Ghost kept for the site; of a smaller copy: that of the original.
    pub fn own_file(&self, address: &str) -> Option<String> {
        let absolute = self.absolute(address)?;
        let url = Url::parse(&absolute).ok()?;
        let is_here = self.url.as_ref().is_some_and(|home| home.host_str() == url.host_str());
        (is_here && is_file(url.path())).then(|| original(&absolute))
    }
}

/// Whether this can be a file that Ghost keeps, wherever the site is.
pub(super) fn is_file(address: &str) -> bool {
    ["/content/images/", "/content/media/", "/content/files/"]
        .iter()
        .any(|folder| address.contains(folder))
}

/// `…/content/images/size/w600/format/webp/2020/a.png` -> `…/content/images/2020/a.png`
pub(super) fn original(address: &str) -> String {
    const FOLDER: &str = "/content/images/";
    let Some((before, mut path)) = address.split_once(FOLDER) else {
        return address.to_owned();
    };
    for marker in ["size/", "format/"] {
        if let Some((_, rest)) = path.strip_prefix(marker).and_then(|path| path.split_once('/')) {
            path = rest;
        }
    }
    format!("{before}{FOLDER}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(url: &str) -> Home {
        Home::new(Url::parse(url).ok())
    }

    #[test]
    fn the_place_of_the_address_is_filled() {
        for (url, text, expected) in [
            ("https://a.example/", "__GHOST_URL__/b/", "https://a.example/b/"),
            (
                "https://a.example/blog/",
                "x __GHOST_URL__ y",
                "x https://a.example/blog y",
            ),
            ("", "\"__GHOST_URL__/b/\" \"__GHOST_URL__\"", "\"/b/\" \"/\""),
            ("", "__GHOST_URL__#/portal", "/#/portal"),
        ] {
            assert_eq!(home(url).fill(text.to_owned()), expected);
        }
    }

    #[test]
    fn a_copy_of_another_size_is_the_same_file() {
        let home = home("https://a.example");
        for address in [
            "__GHOST_URL__/content/images/2020/b.png",
            "/content/images/size/w600/2020/b.png",
            "https://a.example/content/images/size/w1000h600/format/webp/2020/b.png",
            "//a.example/content/images/2020/b.png",
        ] {
            let expected = "https://a.example/content/images/2020/b.png";
            assert_eq!(home.own_file(address).as_deref(), Some(expected), "{address}");
        }
    }

    #[test]
    fn what_is_not_of_the_site_is_no_file_of_it() {
        for (url, address) in [
            ("https://a.example", "https://b.example/content/images/b.png"),
            ("https://a.example", "/about/"),
            ("https://a.example", "javascript:alert('/content/images/')"),
            ("", "__GHOST_URL__/content/images/b.png"),
            ("", "https://a.example/content/images/b.png"),
            ("", ""),
        ] {
            assert_eq!(home(url).own_file(address), None, "{address}");
        }
    }
}
