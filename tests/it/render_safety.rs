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
