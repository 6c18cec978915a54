//! What is no whole Ghost export is refused in one line that says where, before anything is handed over, and without a
//! word of what the file holds.

use quoin::import::ghost::Ghost;
use quoin::import::record::{Source, SourceError, Stopped};

use crate::support::ghost::{Export, SITE, posts};

#[test]
fn a_file_that_is_no_export_is_named_so() {
    for (text, place, refused) in [
        ("", "1:1: ", "the file is empty"),
        ("{}", "1:1: ", "this is no Ghost export: it has no table of posts"),
        (
            "{\"db\":[{\"data\":{}}]}",
            "1:1: ",
            "this is no Ghost export: it has no table",
        ),
        ("<rss></rss>", "1:1: ", "the JSON is not well-formed"),
        (
            "[1]",
            "1:",
            "this is no Ghost export: an object with \"db\" or \"data\" was expected",
        ),
        ("{\"db\":[]}", "1:", "this is no Ghost export: a site was expected"),
        (
            "{\"db\":7}",
            "1:",
            "this is no Ghost export: a list with one site was expected",
        ),
        (
            "\n{\"data\":[]}",
            "2:",
            "this is no Ghost export: an object with the tables was expected",
        ),
    ] {
        let line = Export::of(text).refusal();
        assert!(line.starts_with(place) && line.contains(refused), "{text}: {line}");
    }
}

#[test]
fn malformed_json_is_refused_with_its_line_and_column() {
    for (rows, refused) in [
        ("{\"id\":\"a\",}", "1:36: the JSON is not well-formed"),
        ("\n{\"id\":\"a\"} {\"id\":\"b\"}", "2:12: the JSON is not well-formed"),
        ("\n{\"id\":\"\\x\"}", "2:9: the JSON is not well-formed: invalid escape"),
        ("\n{\"ignored\":[1,}", "2:15: the JSON is not well-formed"),
    ] {
        let line = Export::of(posts(rows)).refusal();
        assert!(line.starts_with(refused), "{rows}: {line}");
    }
    let line = Export::of(posts("") + "x").refusal();
    assert!(line.contains("not well-formed: trailing characters"), "{line}");
}

#[test]
fn a_file_that_was_cut_off_is_refused_wherever_it_ends() {
    let whole = SITE.trim_end();
    for end in [1, 20, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
        let line = Export::of(&whole[..whole.floor_char_boundary(end)]).refusal();
        assert!(line.contains("the JSON is cut off"), "{end}: {line}");
    }
}

#[test]
fn a_refusal_does_not_say_what_the_file_holds() {
    for text in [
        "{\"data\":{\"posts\":[],\"users\":[\"hidden-password\"]}}",
        "{\"data\":{\"posts\":[],\"users\":\"hidden-password\"}}",
        "{\"data\":\"hidden-password\"}",
        "\"hidden-password\"",
    ] {
        let line = Export::of(text).refusal();
        assert!(!line.contains("hidden"), "{line}");
    }
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    let mut bytes = posts("{\"title\":\"x\"}").into_bytes();
    let at = bytes.iter().position(|byte| *byte == b'x').unwrap();
    bytes[at] = 0xff;
    let line = Export::of(bytes).refusal();
    assert!(line.contains("not well-formed"), "{line}");
}

#[test]
fn deep_documents_are_refused_or_told_but_never_overflow() {
    let deep = "[".repeat(100_000);
    let line = Export::of(posts(&format!("{{\"lexical\":{deep}"))).refusal();
    assert!(line.contains("recursion limit"), "{line}");
    let read = Export::of(posts(&format!("{{\"title\":\"Deep\",\"lexical\":\"{deep}\"}}"))).read();
    assert_eq!(read.post("Deep").body.html, "");
}

#[test]
fn a_row_of_no_end_is_refused_before_it_is_in_memory() {
    let line = Export::of(posts(&format!("{{\"html\":\"{}\"}}", "x".repeat(65 << 20)))).refusal();
    assert!(line.contains("a row may hold at most 64 MB"), "{line}");
}

#[test]
fn the_reader_stops_when_nobody_listens() {
    let export = Export::of(SITE);
    let mut left = 5;
    let mut few = |_| {
        left -= 1;
        if left > 0 { Ok(()) } else { Err(Stopped) }
    };
    let stopped = export.open().read(&mut few);
    assert!(matches!(stopped, Err(SourceError::Stopped)), "{stopped:?}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let missing = Ghost::open(std::path::Path::new("nowhere.json"), None);
    let error = missing.err().expect("it was opened").to_string();
    assert!(error.starts_with("cannot read nowhere.json: "), "{error}");
}
