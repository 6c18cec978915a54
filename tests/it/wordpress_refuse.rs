//! What is no whole WordPress export is refused in one line that says where, before anything is handed over.

use std::io::Write;

use quoin::import::record::{Record, Source, SourceError, Stopped};
use quoin::import::wordpress::Wordpress;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><wp:wxr_version>1.2</wp:wxr_version>
"#;

fn source(bytes: &[u8]) -> Result<(tempfile::TempDir, Wordpress), SourceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.xml");
    std::fs::write(&path, bytes).unwrap();
    Wordpress::open(&path).map(|source| (folder, source))
}

fn refusal(bytes: &[u8]) -> String {
    let error = match source(bytes) {
        Err(error) => error,
        Ok((_folder, mut source)) => source.survey().expect_err("it was accepted"),
    };
    assert!(matches!(error, SourceError::Malformed { .. }), "{error:?}");
    let line = error.to_string();
    assert!(!line.contains('\n'), "{line}");
    line[line.find("export.xml").unwrap()..].to_owned()
}

fn titles(bytes: &[u8]) -> Vec<String> {
    let (_folder, mut source) = source(bytes).unwrap();
    source.survey().unwrap();
    let mut titles = Vec::new();
    let mut collect = |record| {
        if let Record::Post(post) = record {
            titles.push(post.title);
        }
        Ok(())
    };
    source.read(&mut collect).unwrap();
    titles
}

#[test]
fn a_file_that_is_no_export_is_named_so() {
    for (text, refused) in [
        ("", "export.xml:1:1: the file is empty"),
        (" \n<!-- -->", "export.xml:1:1: the file is empty"),
        ("{\"db\": []}", "export.xml:1:1: this is not XML"),
        (
            "<html></html>",
            "export.xml:1:1: this is no WordPress export (WXR): it begins with <html>",
        ),
        (
            "<rss/>",
            "export.xml:1:1: this is no WordPress export (WXR): it has no <channel>",
        ),
        (
            "<rss>\n<channel>\n <title>x</title></channel></rss>",
            "export.xml:3:2: this is a feed, but no WordPress export",
        ),
    ] {
        let line = refusal(text.as_bytes());
        assert!(line.starts_with(refused), "{text}: {line}");
    }
}

#[test]
fn an_unknown_version_is_refused() {
    let line = refusal(HEAD.replace("1.2</wp", "2.0</wp").as_bytes());
    assert!(line.contains("cut off"), "{line}");
    let line = refusal((HEAD.replace("1.2</wp", "2.0</wp") + "</channel></rss>").as_bytes());
    assert!(line.starts_with("export.xml:3:10: version \"2.0\""), "{line}");
}

#[test]
fn malformed_xml_is_refused_with_its_line_and_column() {
    for (text, refused) in [
        (
            "<item><title>é</titel></item>",
            "export.xml:4:15: the XML is not well-formed",
        ),
        (
            "<item>\n<title>a & b</title></item>",
            "export.xml:5:10: the XML is not well-formed",
        ),
        (
            "<item><title>&nbsp;</title></item>",
            "export.xml:4:14: the entity &nbsp; is not defined",
        ),
        (
            "<item><title>&#0;</title></item>",
            "export.xml:4:14: the XML is not well-formed",
        ),
        ("<item a='1' a='2'/>", "export.xml:4:1: the XML is not well-formed"),
        (
            "<item><title><![CDATA[x]]</title></item>",
            "export.xml:4:14: the XML is not well-formed",
        ),
        (
            "</channel></rss>\n<rss/>",
            "export.xml:5:1: <rss> stands behind the end",
        ),
        ("</channel></rss>\nmore", "export.xml:4:17: this is not XML"),
    ] {
        let line = refusal((HEAD.to_owned() + text).as_bytes());
        assert!(line.starts_with(refused), "{text}: {line}");
    }
}

#[test]
fn a_file_that_was_cut_off_is_refused_wherever_the_cut_is() {
    let whole = HEAD.to_owned() + "<item><title><![CDATA[x]]></title><!-- y --></item></channel></rss>";
    for end in 1..whole.len() {
        assert!(!refusal(&whole.as_bytes()[..end]).is_empty());
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_where_they_stand() {
    let mut bytes = (HEAD.to_owned() + "<item>\n<title>gr").into_bytes();
    bytes.extend(b"\xFCn</title></item></channel></rss>");
    assert!(
        refusal(&bytes).starts_with("export.xml:5:10: the text is not valid UTF-8"),
        "{}",
        refusal(&bytes)
    );
}

#[test]
fn an_encoding_that_is_declared_is_understood() {
    let text = HEAD.replace("UTF-8", "ISO-8859-1") + "<item><title>gr";
    let mut bytes = text.clone().into_bytes();
    bytes.extend(b"\xFCn</title></item></channel></rss>");
    assert_eq!(titles(&bytes), ["grün"]);
    let unknown = HEAD.replace("UTF-8", "klingon");
    assert!(refusal(unknown.as_bytes()).starts_with("export.xml:1:1: the encoding \"klingon\" is not known"));
    let text = HEAD.replace("UTF-8", "UTF-16") + "<item><title>grün</title></item></channel></rss>";
    let bytes: Vec<_> = [0xFEFF]
        .into_iter()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(titles(&bytes), ["grün"]);
}

#[test]
fn entity_bombs_are_refused() {
    let bomb = "<!DOCTYPE rss [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><rss><channel>&b;</channel></rss>";
    assert!(refusal(bomb.as_bytes()).starts_with("export.xml:1:1: a document type (DOCTYPE) is not accepted"));
}

#[test]
fn nesting_without_end_is_refused() {
    let line = refusal((HEAD.to_owned() + &"<a>".repeat(100_000)).as_bytes());
    assert!(line.contains("nested too deeply"), "{line}");
}

#[test]
fn control_characters_are_dropped_and_the_rest_is_read() {
    let text = HEAD.to_owned() + "<item><title>a\u{8}b\u{0}c&#11;</title></item></channel></rss>";
    assert_eq!(titles(text.as_bytes()), ["abc"]);
}

#[test]
fn an_item_that_would_fill_memory_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.xml");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    file.write_all((HEAD.to_owned() + "<item><content:encoded><![CDATA[").as_bytes())
        .unwrap();
    let megabyte = "x".repeat(1 << 20);
    for _ in 0..65 {
        file.write_all(megabyte.as_bytes()).unwrap();
    }
    file.into_inner().unwrap();
    let error = Wordpress::open(&path).unwrap().survey().unwrap_err().to_string();
    assert!(error.contains("an item may hold at most 64 MB of text"), "{error}");
}

#[test]
fn a_missing_file_and_a_folder_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("missing.xml"), folder.path().to_owned()] {
        let error = Wordpress::open(&path)
            .and_then(|mut source| source.survey())
            .unwrap_err();
        assert!(matches!(error, SourceError::Unreadable { .. }), "{error}");
    }
}

#[test]
fn every_version_and_prefix_of_the_namespaces_is_read() {
    let text = HEAD.to_owned() + "<item><title>x</title><wp:post_type>post</wp:post_type></item></channel></rss>";
    for version in ["1.0", "1.1", "1.2"] {
        for scheme in ["http", "https"] {
            let text = text.replace(
                "http://wordpress.org/export/1.2",
                &format!("{scheme}://wordpress.org/export/{version}"),
            );
            assert_eq!(
                titles(
                    text.replace("wp:", "other:")
                        .replace("xmlns:wp", "xmlns:other")
                        .as_bytes()
                ),
                ["x"]
            );
        }
    }
}

#[test]
fn a_login_that_only_items_name_becomes_an_author_where_none_is_declared() {
    let text = HEAD.to_owned()
        + r#"<item xmlns:dc="http://purl.org/dc/elements/1.1/"><title>x</title><dc:creator>bo</dc:creator></item></channel></rss>"#;
    let (_folder, mut source) = source(text.as_bytes()).unwrap();
    let mut authors = Vec::new();
    let mut collect = |record| {
        match record {
            Record::Author(author) => authors.push(author.id),
            Record::Post(post) => assert_eq!(post.authors, ["bo"]),
            _ => {}
        }
        Ok(())
    };
    source.read(&mut collect).unwrap();
    assert_eq!(authors, ["bo"]);
}

#[test]
fn reading_stops_when_the_receiver_is_gone() {
    let text = HEAD.to_owned() + "<item><title>x</title></item><item><title>y</title></item></channel></rss>";
    let (_folder, mut source) = source(text.as_bytes()).unwrap();
    let mut count = 0;
    let mut refuse = |_| {
        count += 1;
        Err(Stopped)
    };
    assert!(matches!(source.read(&mut refuse), Err(SourceError::Stopped)));
    assert_eq!(count, 1);
}

#[test]
fn a_large_export_streams_past() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.xml");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    file.write_all(HEAD.as_bytes()).unwrap();
    let body = "A line of words that nobody reads.\n\n".repeat(800);
    let total = 1_100;
    for id in 0..total {
        write!(
            file,
            "<item><wp:post_id>{id}</wp:post_id><content:encoded><![CDATA[{body}]]></content:encoded></item>"
        )
        .unwrap();
    }
    file.write_all(b"</channel></rss>").unwrap();
    assert!(file.into_inner().unwrap().metadata().unwrap().len() > 30_000_000);

    let mut source = Wordpress::open(&path).unwrap();
    assert_eq!(source.survey().unwrap().records, total);
    let mut count = 0;
    let mut collect = |record| {
        count += u64::from(matches!(record, Record::Post(_)));
        Ok(())
    };
    source.read(&mut collect).unwrap();
    assert_eq!(count, total);
}
