//! What a Ghost export holds comes out as records, whole and the same each time.

use entity::post::{PostKind, PostStatus, SourceFormat, Visibility};
use quoin::import::record::{Effect, MediaOrigin, Record};
use serde_json::json;

use crate::support::ghost::{Export, OLD, Read, SITE, posts};

fn site() -> Read {
    Export::of(SITE).at("https://gulls.example/").read()
}

#[test]
fn the_survey_names_the_site_and_counts_its_records() {
    let site = site();
    assert_eq!(site.survey.source, "ghost:64b7e0a1f3c2d4e5f6a7b8c9");
    assert_eq!(site.survey.title.as_deref(), Some("Gulls & Harbours"));
    assert_eq!(site.survey.tagline.as_deref(), Some("News from the quay"));
    assert_eq!(site.survey.language.as_deref(), Some("en-GB"));
    assert_eq!(site.survey.site_url.as_deref(), Some("https://gulls.example"));
    let records = site.records.iter();
    let records = records.filter(|record| !matches!(record, Record::Notice(_))).count();
    assert_eq!(site.survey.records, records as u64);
}

#[test]
fn the_same_file_gives_the_same_records_in_the_order_of_kinds() {
    let rank = |record: &Record| match record {
        Record::Author(_) => Some(0),
        Record::Category(_) => Some(1),
        Record::Tag(_) => Some(2),
        Record::Series(_) => Some(3),
        Record::Media(_) => Some(4),
        Record::Post(_) => Some(5),
        Record::Notice(_) | Record::LeftOut(_) => None,
    };
    let first = site();
    assert!(first.records.iter().filter_map(rank).is_sorted());
    let json = |site: &Read| {
        let text = serde_json::to_string(&site.records).unwrap();
        // Each test has a file of its own.
        text.split("export")
            .map(|part| part.split_once(".json").map_or(part, |(_, rest)| rest))
            .collect::<String>()
    };
    assert_eq!(json(&first), json(&site()));
}

#[test]
fn what_was_not_public_stays_so() {
    use PostStatus::{Archived, Draft, Published, Scheduled};
    use Visibility::{Members, Private, Public};
    let site = site();
    for (title, status, visibility, is_dated) in [
        ("Terns < Gulls", Published, Public, true),
        ("For members", Published, Members, true),
        ("For payers", Published, Private, true),
        ("For some tiers", Published, Private, true),
        ("For a filter", Published, Private, true),
        ("A letter", Archived, Private, true),
        ("A letter to come", Draft, Private, false),
        ("A draft", Draft, Public, false),
        ("Later", Scheduled, Public, true),
    ] {
        let post = site.post(title);
        let found = (post.status, post.visibility, post.published_at.is_some());
        assert_eq!(found, (status, visibility, is_dated), "{title}");
    }
    assert!(site.has_notice("post \"For payers\"", Effect::Changed, "\"paid\"; it is private"));
    assert!(site.has_notice("post \"A letter to come\"", Effect::Changed, "letter to subscribers"));
}

#[test]
fn authors_and_tags_come_in_the_order_that_is_stated() {
    let site = site();
    let post = site.post("Terns < Gulls");
    assert_eq!(post.authors, ["u-ivo", "u-mara"]);
    assert_eq!(post.tags, ["t-sea", "t-birds"]);
    assert_eq!(site.post("About").authors, ["u-ivo"]);
    assert!(site.post("A draft").authors.is_empty());
    assert!(site.has_notice(
        "post \"A draft\"",
        Effect::Changed,
        "names no author; the importing owner"
    ));
}

#[test]
fn what_leads_nowhere_is_dropped_and_told() {
    let site = site();
    assert!(site.has_notice(
        "table posts_tags",
        Effect::Changed,
        "dropped: 2 (\"t-gone\", post \"p-gone\")"
    ));
    assert!(site.has_notice("table posts_authors", Effect::Changed, "dropped: 1 (\"u-gone\")"));
    assert!(site.has_notice("tag \"#pinned\"", Effect::Skipped, "not for readers"));
    assert!(site.has_notice("table api_keys", Effect::Skipped, "not imported; it has 1 row"));
    assert!(site.has_notice("setting navigation", Effect::Skipped, "menus"));
}

#[test]
fn people_keep_their_words_but_no_secrets() {
    let site = site();
    let authors: Vec<_> = site
        .records
        .iter()
        .filter_map(|record| match record {
            Record::Author(author) => Some((author.username.as_str(), author.website_url.as_deref())),
            _ => None,
        })
        .collect();
    assert_eq!(authors, [("mara", Some("https://mara.example")), ("ivo", None)]);
    let serialised = serde_json::to_string(&site.records).unwrap();
    for secret in ["hash", "token", "key", "stripe", "mailgun", "api-secret", "injection"] {
        assert!(!serialised.contains(&format!("hidden-{secret}")), "{secret}");
    }
}

#[test]
fn addresses_of_the_site_are_whole_again() {
    let site = site();
    let post = site.post("Terns < Gulls");
    assert!(!post.body.html.contains("__GHOST_URL__") && !post.body.source.contains("__GHOST_URL__"));
    assert!(post.body.html.contains("href=\"https://gulls.example/about/\""));
    let tern = "https://gulls.example/content/images/2023/04/tern.png";
    let small = "https://gulls.example/content/images/size/w600/2023/04/tern.png";
    let media = [(tern.to_owned(), tern.to_owned()), (small.to_owned(), tern.to_owned())];
    assert_eq!(post.body.media, media);
    assert_eq!(
        post.featured_media.as_deref(),
        Some("https://gulls.example/content/images/2023/04/quay.jpg")
    );
}

#[test]
fn files_keep_their_address_and_words() {
    let site = site();
    let files: Vec<_> = site
        .files()
        .into_iter()
        .map(|file| (file.file_name.as_str(), file.alt_text.as_str(), file.caption.as_str()))
        .collect();
    assert_eq!(
        files,
        [
            ("quay.jpg", "The quay", "Seen from afar"),
            ("tern.png", "A tern", ""),
            ("egg.png", "An egg", ""),
        ]
    );
    let origin = MediaOrigin::Url("https://gulls.example/content/images/2023/04/quay.jpg".to_owned());
    assert_eq!(site.files()[0].origin, origin);
}

#[test]
fn without_the_sites_address_paths_begin_at_the_root_and_it_is_told() {
    let site = Export::of(SITE).read();
    let post = site.post("Terns < Gulls");
    assert!(post.body.html.contains("href=\"/about/\"") && !post.body.html.contains("__GHOST_URL__"));
    assert_eq!((site.files().len(), &post.featured_media), (0, &None));
    assert_eq!(post.custom_fields["featureImage"], "/content/images/2023/04/quay.jpg");
    assert!(site.has_notice("post \"Terns < Gulls\"", Effect::Changed, "--site-url"));
    // The same site, whether one says where it was or not.
    assert_eq!(site.survey.source, "ghost:64b7e0a1f3c2d4e5f6a7b8c9");
}

#[test]
fn fields_that_readers_may_see_are_kept() {
    let site = site();
    let post = site.post("Terns < Gulls");
    assert!(post.is_featured);
    assert_eq!(post.excerpt.as_deref(), Some("Short & sweet"));
    assert_eq!(post.canonical_url.as_deref(), Some("https://elsewhere.example/a"));
    assert_eq!(post.created_at, "2023-03-28T10:40:00Z".parse().ok());
    let expected = json!({
        "openGraph": {"title": "For friends", "image": "https://gulls.example/content/images/og.png"},
        "seo": {"title": "For robots"},
    });
    assert_eq!(json!(post.custom_fields), expected);
    let about = site.post("About");
    assert_eq!(
        (about.kind, about.slug.as_str(), &about.canonical_url),
        (PostKind::Page, "first", &None)
    );
    assert!(site.has_notice("page \"About\"", Effect::Changed, "none of the web"));
}

#[test]
fn what_only_members_got_and_what_runs_is_left_out_and_told() {
    let site = site();
    let post = site.post("Terns < Gulls");
    let serialised = serde_json::to_string(post).unwrap();
    assert!(!serialised.contains("hidden-words for members"));
    assert!(!post.body.html.contains("hidden-words"));
    for reason in ["only members or subscribers", "scripts in its text", "injected"] {
        assert!(
            site.has_notice("post \"Terns < Gulls\"", Effect::Changed, reason),
            "{reason}"
        );
    }
}

#[test]
fn posts_without_html_are_rendered_from_the_editors_json() {
    let site = site();
    let lexical = site.post("Lexical");
    assert_eq!(
        lexical.body.html,
        "<p><strong>Bold</strong></p>\n<figure class=\"kg-card kg-image-card\">\
         <img src=\"https://gulls.example/content/images/2023/05/egg.png\" alt=\"An egg\"></figure>\n"
    );
    assert_eq!(lexical.body.format, SourceFormat::Html);
    assert_eq!(lexical.custom_fields["lexical"]["root"]["children"][2]["place"], "Quay");
    assert!(site.has_notice("post \"Lexical\"", Effect::Changed, "card \"weather-map\""));
    let mobiledoc = site.post("Mobiledoc");
    assert_eq!(
        mobiledoc.body.html,
        "<p><em>Leaning</em></p>\n<p><em>From</em> Markdown</p>\n"
    );
    assert!(mobiledoc.custom_fields.is_empty());
}

#[test]
fn exports_of_the_first_versions_are_read() {
    let site = Export::of(OLD).read();
    assert_eq!(site.survey.source, "ghost:Old Gulls");
    let post = site.post("Old words");
    assert_eq!((post.id.as_str(), post.kind), ("5", PostKind::Article));
    assert_eq!(
        (&post.authors[..], &post.tags[..]),
        (&["1".to_owned()][..], &["2".to_owned()][..])
    );
    assert_eq!(post.published_at, "2014-01-04T03:19:32Z".parse().ok());
    assert_eq!(post.old_paths, ["/2014/01/04/old-words"]);
    assert_eq!(post.custom_fields["seo"], json!({"title": "For robots"}));
    assert_eq!(post.custom_fields["featureImage"], "/content/images/2014/01/gull.png");
    let page = site.post("An old page");
    assert_eq!((page.kind, page.body.html.as_str()), (PostKind::Page, "<p>Page</p>\n"));
    assert!(page.old_paths.is_empty());
    assert!(site.has_notice("page \"An old page\"", Effect::Changed, "\"9\" is not in the file"));
}

#[test]
fn ids_are_kept_made_or_told_apart() {
    let rows = r#"{"id":"a","title":"A"},{"id":"a","title":"B"},{"title":"C","slug":"c"},{}"#;
    let read = Export::of(posts(rows)).read();
    let ids: Vec<_> = read
        .records
        .iter()
        .filter_map(|record| match record {
            Record::Post(post) => Some(post.id.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(ids, ["a", "a-2", "slug:c", "post"]);
    assert!(read.has_notice("post \"B\"", Effect::Changed, "that of another post"));
}

#[test]
fn a_byte_order_mark_and_places_are_understood() {
    let read = Export::of("\u{feff}".to_owned() + &posts("\n {\"title\":\"é\"}, {\"title\":\"b\"}")).read();
    let position = &read.post("b").position;
    assert_eq!((position.line, position.column), (Some(2), Some(17)));
}
