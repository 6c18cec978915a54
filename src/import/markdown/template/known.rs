//! The tags and expressions whose meaning is known without the site's templates.

use super::tag::Tag;

/// Markdown (or HTML on one line) for a tag.
pub(super) fn replacement(tag: &Tag<'_>) -> Option<String> {
    match tag.name {
        "figure" => figure(tag),
        "ref" | "relref" | "link" => tag.argument("path").or_else(|| tag.argument("")).map(str::to_owned),
        "post_url" => post_url(tag.argument("")?),
        "youtube" => video(tag, "https://www.youtube.com/watch?v="),
        "vimeo" => video(tag, "https://vimeo.com/"),
        _ => None,
    }
}

/// The value of a Liquid expression.
pub(super) fn expression(text: &str) -> Option<&str> {
    let mut parts = text.split('|').map(str::trim);
    let value = parts.next()?;
    let known = [
        "relative_url",
        "absolute_url",
        "prepend: site.baseurl",
        "prepend: site.url",
        "escape",
        "url_encode",
    ];
    if !parts.all(|filter| known.contains(&filter)) {
        return None;
    }
    match value {
        "site.baseurl" | "site.url" | "site.github.url" | "site.base_url" | "site.BaseURL" | ".Site.BaseURL" => {
            Some("")
        }
        _ => {
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
            (!inner.contains(quote)).then_some(inner)
        }
    }
}

fn figure(tag: &Tag<'_>) -> Option<String> {
    let source = tag.argument("src").or_else(|| tag.argument(""))?;
    let mut image = format!(
        "<img src=\"{}\" alt=\"{}\"",
        attribute(source),
        attribute(
            tag.argument("alt")
                .or_else(|| tag.argument("caption"))
                .unwrap_or_default()
        )
    );
    for name in ["width", "height", "loading"] {
        if let Some(value) = tag.argument(name) {
            image.extend([" ", name, "=\"", &attribute(value), "\""]);
        }
    }
    image.push('>');
    if let Some(address) = tag.argument("link") {
        image = format!("<a href=\"{}\">{image}</a>", attribute(address));
    }
    let caption = [tag.argument("title"), tag.argument("caption"), tag.argument("attr")];
    let caption = caption
        .into_iter()
        .flatten()
        .map(attribute)
        .collect::<Vec<_>>()
        .join(" ");
    let class = tag
        .argument("class")
        .map_or_else(String::new, |class| format!(" class=\"{}\"", attribute(class)));
    let caption = if caption.is_empty() {
        caption
    } else {
        format!("<figcaption>{caption}</figcaption>")
    };
    Some(format!("<figure{class}>{image}{caption}</figure>"))
}

/// A video is shown as a link: frames of other sites are not let in.
fn video(tag: &Tag<'_>, site: &str) -> Option<String> {
    let id = tag.argument("id").or_else(|| tag.argument(""))?;
    let is_id = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    is_id.then(|| format!("<figure class=\"video\"><a href=\"{site}{id}\">{site}{id}</a></figure>"))
}

/// `2020-01-31-name` or `folder/2020-01-31-name` leads to the post of that name.
fn post_url(name: &str) -> Option<String> {
    let name = name.rsplit('/').next()?;
    let dashes = name.match_indices('-').nth(2).map_or(0, |(at, _)| at + 1);
    let slug = slug::slugify(name.get(dashes..)?);
    (!slug.is_empty()).then(|| format!("/{slug}"))
}

fn attribute(text: &str) -> String {
    // A line break would end the block of HTML.
    let text = text
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
