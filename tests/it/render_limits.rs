//! No text is so long, so deep or so tangled that rendering fails, hangs or takes memory out of proportion.

use std::fmt::Write;

use quoin::domain::render::{finish, markdown, sanitise};

const MEGABYTE: usize = 1_000_000;

/// Renders on the stack that a server's thread has.
fn render(source: &str) -> String {
    let html = markdown(source);
    sanitise(&html);
    finish(&html, &|_| None).html
}

#[test]
fn markup_nested_a_hundred_thousand_deep_is_survived() {
    for opening in [
        ">", "[", "*", "_", "![", "- ", "(", "`", "<b>", "<div>", "> - ", "[^", "~~", "**a *", "[a](", "&", "|",
    ] {
        let html = render(&opening.repeat(100_000));
        assert!(html.len() < 30 * MEGABYTE, "{opening}");
    }
}

#[test]
fn html_made_to_hurt_parsers_is_survived() {
    let many = |pattern: &str| pattern.repeat(MEGABYTE / 4 / pattern.len());
    let mut attributes = String::from("<p");
    let mut formats = String::new();
    for number in 0..20_000 {
        write!(attributes, " a{number}").unwrap();
        write!(formats, "<p><b id=\"{number}\">").unwrap();
    }
    for html in [
        many("<div>"),
        many("<p><b><i>"),
        many("<a href=x><p>"),
        many("<table><tr><td>"),
        many("<table><b>"),
        format!("<table>{}", many("<i></i>")),
        many("<table>x</table>"),
        many("<ul><li>"),
        many("<li>"),
        many("<b><table><td></b></table>"),
        many("<div><select></div></select>"),
        many("<svg><g>"),
        many("<h1>"),
        many("<h1>a</h1>"),
        many("<details><summary>"),
        many("</p>"),
        many("<!--"),
        many("<"),
        many("&amp"),
        many("<a b=\""),
        format!("<p title=\"{}\">", many("&amp;")),
        many("\u{a9}"),
        attributes,
        formats,
    ] {
        let post = finish(&html, &|_| None);
        assert!(post.html.len() < 40 * MEGABYTE, "{}", &html[..40]);
        sanitise(&html);
    }
}

#[test]
fn five_megabytes_of_prose_are_rendered() {
    let paragraph = "A *quoin* is a **wedge** that locks [type](https://example.com/x) in `the` chase[^1].\n\n";
    let source = format!("{}[^1]: Note.\n", paragraph.repeat(5 * MEGABYTE / paragraph.len()));
    let post = finish(&markdown(&source), &|_| None);
    assert_eq!(post.text.matches("quoin").count(), 5 * MEGABYTE / paragraph.len());
}

#[test]
fn five_megabytes_of_code_are_rendered() {
    let source = format!("```rust\n{}```\n", "let type_size = 12;\n".repeat(5 * MEGABYTE / 20));
    assert!(markdown(&source).len() > 5 * MEGABYTE);
    let minified = format!(
        "```js\n{}\n```\n",
        "var a=function(){return{b:1}};".repeat(MEGABYTE / 30)
    );
    assert!(markdown(&minified).len() > MEGABYTE);
}
