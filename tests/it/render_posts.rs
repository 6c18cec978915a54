//! What readers get of a post is what its author meant, and comes with its outline, text and length.

use std::collections::HashSet;

use dom_query::Document;
use quoin::domain::render::{Heading, Rendered, finish, markdown};

fn rendered(source: &str) -> Rendered {
    finish(&markdown(source), &|_| None)
}

#[test]
fn the_outline_leads_to_the_headings() {
    let post = rendered("# One\n\n## Two *words*\n\n## Two words\n\n### Çédille & 活字\n");
    let heading = |level, id: &str, text: &str| Heading {
        level,
        id: id.to_owned(),
        text: text.to_owned(),
    };
    assert_eq!(
        post.headings,
        [
            heading(1, "one", "One"),
            heading(2, "two-words", "Two words"),
            heading(2, "two-words-2", "Two words"),
            heading(3, "cedille-huo-zi", "Çédille & 活字"),
        ]
    );
    let document = Document::fragment(post.html.as_str());
    for heading in &post.headings {
        let found = document.select(&format!("h{}#{}", heading.level, heading.id));
        assert_eq!(found.text().as_ref(), heading.text);
    }
}

#[test]
fn ids_are_unique_whatever_authors_write() {
    let post = rendered(
        "<h2 id=\"a\">x</h2><h2 id=\"a\">y</h2><h3>a</h3><a id=\"a\">z</a><sup id=\"b\"></sup><li id=\"b\">\n\n\
         ## fn 1\n\n## fnref 1\n\ntext[^1]\n\n[^1]: note\n",
    );
    let document = Document::fragment(post.html.as_str());
    let mut seen = HashSet::new();
    for node in document.root().descendants() {
        if let Some(id) = node.id_attr() {
            assert!(seen.insert(id.to_string()), "{id} twice in {}", post.html);
        }
    }
    assert!(seen.contains("fn-1") && seen.contains("fnref-1"), "{seen:?}");
}

#[test]
fn footnotes_lead_there_and_back() {
    let post = rendered("Text[^a] and more[^long name][^b].\n\n[^a]: First note.\n[^b]: Second.\n");
    let document = Document::fragment(post.html.as_str());
    let links = document.select("sup.footnote-ref > a, a.footnote-backref");
    assert_eq!(links.length(), 4, "{}", post.html);
    for link in &links {
        let target = link.attr("href").unwrap();
        assert!(
            document.select(&format!("[id=\"{}\"]", &target[1..])).exists(),
            "{target} in {}",
            post.html
        );
    }
    assert_eq!(post.text, "Text and more[^long name].\nFirst note.\nSecond.");
}

#[test]
fn highlighted_code_stays_so() {
    let post = rendered("```python\ndef set_type(size=12):\n    return size\n```\n");
    let document = Document::fragment(post.html.as_str());
    assert!(document.select("pre > code.language-python span.hl-keyword").exists() || post.html.contains("hl-storage"));
    assert_eq!(post.text, "def set_type(size=12): return size");
}

#[test]
fn tables_tasks_figures_and_media_stay() {
    let post = rendered(
        "| a | b |\n|:--|--:|\n| 1 | 2 |\n\n- [x] done\n- [ ] open\n\n\
         <figure class=\"wide\"><picture><source srcset=\"a.webp 2x\" media=\"(min-width: 1px)\"><img src=\"a.png\" \
         alt=\"A\" width=\"4\" height=\"3\" loading=\"lazy\"></picture><figcaption>Caption</figcaption></figure>\n\n\
         <video controls preload=\"none\" src=\"/a.mp4\"></video>\n\n<details><summary>More</summary>Text</details>\n",
    );
    let document = Document::fragment(post.html.as_str());
    for selector in [
        "table > thead > tr > th",
        "td[align=right]",
        "input[type=checkbox][checked][disabled]",
        "figure.wide > picture > source[srcset=\"a.webp 2x\"]",
        "img[alt=A][width=\"4\"][height=\"3\"][loading=lazy]",
        "figure > figcaption",
        "video[controls][preload=none]",
        "details > summary",
    ] {
        assert!(document.select(selector).exists(), "{selector} in {}", post.html);
    }
}

#[test]
fn known_addresses_are_replaced_wherever_they_stand() {
    let resolve = |address: &str| address.strip_prefix("img/").map(|name| format!("/media/1/{name}"));
    let post = finish(
        "<a href=\"img/a.pdf\">x</a><img src=\"img/a b.png\" srcset=\"img/c.png 2x, other.png 3x\">\
         <video poster=\"img/p.jpg?a=1&amp;b=2\" src=\"v.mp4\"></video>",
        &resolve,
    );
    for expected in [
        "href=\"/media/1/a.pdf\"",
        "src=\"/media/1/a b.png\"",
        "srcset=\"/media/1/c.png 2x, other.png 3x\"",
        "poster=\"/media/1/p.jpg?a=1&amp;b=2\"",
        "src=\"v.mp4\"",
    ] {
        assert!(post.html.contains(expected), "{expected} in {}", post.html);
    }
}

#[test]
fn text_has_a_line_for_each_block_and_nothing_of_scripts() {
    let post = finish(
        "<p>One <b>bold</b>\n  word<br>next</p><ul><li>a</li><li>b</li></ul><table><tr><td>c<td>d</table>\
         <script>x</script><style>y</style><!-- z --><svg><text>w</text></svg>end",
        &|_| None,
    );
    assert_eq!(post.text, "One bold word\nnext\na\nb\nc d\nend");
    assert_eq!(post.word_count, 9);
}

#[test]
fn length_and_lead_suit_the_script() {
    let latin = rendered(&"word ".repeat(231));
    assert_eq!((latin.word_count, latin.reading_minutes), (231, 2));
    assert!(
        latin.lead.chars().count() <= 600 && latin.lead.ends_with("word…"),
        "{}",
        latin.lead
    );

    let chinese = rendered(&"活字印刷术".repeat(200));
    assert_eq!((chinese.word_count, chinese.reading_minutes), (500, 3));
    assert_eq!(chinese.lead.chars().count(), 600);

    let empty = rendered("");
    assert_eq!(
        (empty.html.as_str(), empty.text.as_str(), empty.lead.as_str()),
        ("", "", "")
    );
    assert_eq!((empty.word_count, empty.reading_minutes), (0, 1));
}

#[test]
fn untidy_html_comes_out_tidy() {
    let post = finish("<p>a<p>b<ul><li>c<li><em>d</ul>e</em>", &|_| None);
    assert_eq!(post.html, "<p>a</p><p>b</p><ul><li>c</li><li><em>d</em></li></ul>e");
}
