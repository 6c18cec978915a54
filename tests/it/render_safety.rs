//! Nothing that an author or reader writes runs in another reader's browser.

use dom_query::Document;
use quoin::domain::render::{finish, markdown, sanitise};

use crate::support::attacks::{ATTACKS, assert_inert};

#[test]
fn no_known_attack_survives_in_a_post() {
    for attack in ATTACKS {
        assert_inert(&finish(attack, &|_| None).html, attack);
        assert_inert(&finish(&markdown(attack), &|_| None).html, attack);
    }
}

#[test]
fn no_known_attack_survives_in_a_comment() {
    for attack in ATTACKS {
        assert_inert(&sanitise(attack), attack);
        assert_inert(&sanitise(&markdown(attack)), attack);
    }
}

#[test]
fn attacks_in_a_row_do_not_help_each_other() {
    let all = ATTACKS.join("\n");
    assert_inert(&finish(&all, &|_| None).html, "all");
    assert_inert(&sanitise(&all), "all");
}

#[test]
fn an_address_that_is_put_in_is_sanitised_too() {
    let html = finish("<a href=\"x\">x</a><img src=\"x\">", &|_| {
        Some("javascript:alert(1)\" onx=\"".to_owned())
    })
    .html;
    assert_inert(&html, "resolve");
}

#[test]
fn a_comment_has_no_images_headings_ids_or_foreign_classes() {
    let html = sanitise(
        "<h1 id=a>Loud</h1><img src=x><p id=b class=admin>Text <a id=c class=badge href=\"/x\">link</a></p>\
         <pre><code class=\"language-rust\"><span class=\"hl-keyword\">fn</span></code></pre>",
    );
    assert_eq!(
        html,
        "Loud<p>Text <a href=\"/x\" rel=\"noopener noreferrer\">link</a></p>\
         <pre><code class=\"language-rust\"><span class=\"hl-keyword\">fn</span></code></pre>"
    );
}

#[test]
fn links_to_the_web_mail_and_telephones_stay() {
    for address in [
        "https://a.example/?q=1&r=2",
        "http://a.example",
        "mailto:a@b.example",
        "tel:+49",
        "/x",
        "x#y",
        "#y",
    ] {
        let html = finish(&format!("<a href=\"{address}\">x</a>"), &|_| None).html;
        let link = Document::fragment(html.as_str())
            .select("a")
            .attr("href")
            .map(String::from);
        assert_eq!(link.as_deref(), Some(address));
    }
    for address in ["ftp://a.example", "file:///etc/passwd", "blob:x", "intent:x"] {
        assert!(
            !finish(&format!("<a href=\"{address}\">x</a>"), &|_| None)
                .html
                .contains("href"),
            "{address}"
        );
    }
}

#[test]
fn what_a_browser_does_not_show_is_left_out() {
    for (html, expected, hidden) in [
        ("<p>a</p><div hidden>secret</div><p>b</p>", "<p>a</p><p>b</p>", 1),
        ("<p>a <span style='display:none'>secret</span>b</p>", "<p>a b</p>", 1),
        ("<div style=\"Visibility: Hidden\"><p>secret</p></div>b", "b", 1),
        ("<noscript>secret</noscript>b", "b", 1),
        ("<dialog>secret</dialog>b", "b", 1),
        ("<datalist><option>secret</datalist>b", "b", 1),
        ("<form style=display:none>secret</form>b", "b", 1),
        ("<div popover>secret</div>b", "b", 1),
        ("<dialog open>shown</dialog>", "shown", 0),
        ("<div hidden=until-found>shown</div>", "<div>shown</div>", 0),
        (
            "<details><summary>s</summary>shown</details>",
            "<details><summary>s</summary>shown</details>",
            0,
        ),
        // It ends where a browser ends it.
        ("<p hidden>secret<p>b</p>", "<p>b</p>", 1),
        ("<ul><li hidden>secret<li>b</ul>", "<ul><li>b</li></ul>", 1),
        ("<div><dialog>secret</div>b", "<div></div>b", 1),
        ("<div hidden><div>secret</div>secret</div>b", "b", 1),
        ("<div hidden>secret<p hidden>secret</p>secret</div>b", "b", 1),
        (
            "<div hidden><ul><li>secret</ul><table><tr>secret</table></div>b",
            "b",
            1,
        ),
        (
            "<table><tr hidden><td>secret</td></tr><tr><td>b</td></tr></table>",
            "<table><tbody><tr><td>b</td></tr></tbody></table>",
            1,
        ),
        ("<h2>a <b hidden>secret</b></h2>", "<h2 id=\"a\">a </h2>", 1),
        ("<h2 hidden>secret</h2>b", "b", 1),
        ("<div hidden><h2>secret</h2></div><h2>b</h2>", "<h2 id=\"b\">b</h2>", 1),
        // Nothing stands in it.
        ("<img hidden src=x><br hidden><link hidden>b", "b", 0),
        ("<div hidden></div>b", "b", 0),
        ("<div hidden><script>a</script></div>b", "b", 0),
        ("<script hidden>a</script>b", "b", 0),
        // Of pictures that a script loads.
        (
            "<noscript>secret<picture><img src=\"a.png\"></picture></noscript>b",
            "<img src=\"a.png\">b",
            1,
        ),
        ("<div hidden><noscript><img src=\"a.png\"></noscript></div>b", "b", 0),
        ("<div hidden>secret", "", 1),
        ("a</div><p hidden>secret</p></p>b", "ab", 1),
    ] {
        let rendered = finish(html, &|_| None);
        assert_eq!((rendered.html.as_str(), rendered.hidden), (expected, hidden), "{html}");
        assert!(!rendered.text.contains("secret"), "{html}: {}", rendered.text);
        assert!(!sanitise(html).contains("secret"), "{html}");
        assert!(rendered.headings.iter().all(|heading| !heading.text.contains("secret")));
    }
    let hidden = finish(
        &markdown("One <span hidden>secret</span>.\n\n<div hidden>\n\nsecret\n\n</div>\n\nTwo"),
        &|_| None,
    );
    assert_eq!(hidden.html.replace('\n', ""), "<p>One .</p><p>Two</p>");
}

#[test]
fn a_hidden_element_below_too_many_others_is_left_out_too() {
    let html = format!(
        "{}<div hidden>secret</div>b{}c",
        "<div>".repeat(300),
        "</div>".repeat(300)
    );
    let rendered = finish(&html, &|_| None);
    assert_eq!(rendered.text.replace('\n', ""), "bc");
}
