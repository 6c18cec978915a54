//! What a WordPress export holds comes out as records, whole and the same each time.

use std::path::Path;

use entity::comment::{CommentKind, CommentStatus};
use entity::post::{PostKind, PostStatus, Visibility};
use quoin::import::record::{Effect, MediaOrigin, Notice, PostRecord, Record, Source, Survey};
use quoin::import::wordpress::Wordpress;
use serde_json::json;

struct Site {
    survey: Survey,
    records: Vec<Record>,
}

impl Site {
    fn read() -> Self {
        Self::read_with(&[])
    }

    fn read_with(fields: &[&str]) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wordpress/site.xml");
        let mut source = Wordpress::open(&path).unwrap();
        let survey = source.survey().unwrap();
        source.import_fields(&fields.iter().map(|&name| name.to_owned()).collect());
        let mut records = Vec::new();
        let mut collect = |record| {
            records.push(record);
            Ok(())
        };
        source.read(&mut collect).unwrap();
        Self { survey, records }
    }

    fn post(&self, title: &str) -> &PostRecord {
        let mut posts = self.records.iter().filter_map(|record| match record {
            Record::Post(post) if post.title == title => Some(post),
            _ => None,
        });
        posts.next().unwrap_or_else(|| panic!("no post {title}"))
    }

    fn notices(&self, item: &str) -> Vec<&Notice> {
        let notices = self.records.iter().filter_map(|record| match record {
            Record::Notice(notice) if notice.item == item => Some(notice),
            _ => None,
        });
        notices.collect()
    }

    fn has_notice(&self, item: &str, effect: Effect, reason: &str) -> bool {
        self.notices(item)
            .iter()
            .any(|notice| notice.effect == effect && notice.reason.contains(reason))
    }
}

#[test]
fn the_survey_names_the_site_and_counts_its_records() {
    let site = Site::read();
    assert_eq!(site.survey.source, "wordpress:https://gulls.example");
    assert_eq!(site.survey.title.as_deref(), Some("Gulls & Harbours"));
    assert_eq!(site.survey.tagline.as_deref(), Some("News from the quay"));
    assert_eq!(site.survey.language.as_deref(), Some("en-GB"));
    assert_eq!(site.survey.site_url.as_deref(), Some("https://gulls.example"));
    let records = site
        .records
        .iter()
        .filter(|record| !matches!(record, Record::Notice(_) | Record::LeftOut(_)))
        .count();
    assert_eq!(site.survey.records, records as u64);
}

#[test]
fn the_same_file_gives_the_same_records() {
    let json = |site: Site| serde_json::to_string(&site.records).unwrap();
    assert_eq!(json(Site::read()), json(Site::read()));
}

#[test]
fn records_come_in_the_order_of_kinds() {
    let rank = |record: &Record| match record {
        Record::Author(_) => Some(0),
        Record::Category(_) => Some(1),
        Record::Tag(_) => Some(2),
        Record::Series(_) => Some(3),
        Record::Media(_) => Some(4),
        Record::Post(_) => Some(5),
        Record::Notice(_) | Record::LeftOut(_) => None,
    };
    assert!(Site::read().records.iter().filter_map(rank).is_sorted());
}

#[test]
fn bylines_keep_creator_co_authors_and_guests_in_order() {
    let site = Site::read();
    assert_eq!(site.post("Classic – first").authors, ["mara", "Ivo Petrov", "guest"]);
    let names = site.records.iter().filter_map(|record| match record {
        Record::Author(author) => Some(author.display_name.as_str()),
        _ => None,
    });
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["Mara O’Neill", "Ivo Petrov", "Gus the Guest"]
    );
}

#[test]
fn a_creator_who_is_nobody_leaves_the_byline_empty_and_is_told() {
    let site = Site::read();
    assert!(site.post("Blocks").authors.is_empty());
    assert!(site.has_notice("post \"Blocks\"", Effect::Changed, "\"nobody\" is not in the file"));
}

#[test]
fn categories_come_parents_first_without_circles() {
    let site = Site::read();
    let categories = site.records.iter().filter_map(|record| match record {
        Record::Category(category) => Some((category.id.as_str(), category.parent.as_deref())),
        _ => None,
    });
    let expected = [
        ("harbour", None),
        ("boats", Some("harbour")),
        ("egg", None),
        ("chicken", Some("egg")),
        ("lost", None),
        ("bare-name", None),
    ];
    assert_eq!(categories.collect::<Vec<_>>(), expected);
    assert!(site.has_notice("category \"Egg\"", Effect::Changed, "stands below it"));
    assert!(site.has_notice("category \"Lost\"", Effect::Changed, "\"nowhere\" is not in the file"));
}

#[test]
fn terms_of_items_are_found_or_made() {
    let site = Site::read();
    let post = site.post("Classic – first");
    assert_eq!(post.tags, ["海", "undeclared"]);
    assert_eq!(post.categories, ["boats", "bare-name"]);
    assert_eq!(post.custom_fields["postFormat"], json!("gallery"));
}

#[test]
fn files_keep_their_address_and_words() {
    let site = Site::read();
    let files: Vec<_> = site
        .records
        .iter()
        .filter_map(|record| match record {
            Record::Media(file) => Some(file),
            _ => None,
        })
        .collect();
    assert_eq!(files.len(), 2);
    assert_eq!(
        files[0].origin,
        MediaOrigin::Url("https://gulls.example/files/gull.jpg".to_owned())
    );
    assert_eq!(
        (files[0].alt_text.as_str(), files[0].caption.as_str()),
        ("A \"gull\"", "The gull")
    );
    assert_eq!(files[0].uploader.as_deref(), Some("mara"));
    assert_eq!(
        files[1].origin,
        MediaOrigin::Url("https://gulls.example/files/pier.jpg".to_owned())
    );
    assert_eq!(files[1].file_name, "pier.jpg");
    assert!(site.has_notice("attachment 22", Effect::Skipped, "names no file"));
}

#[test]
fn what_was_not_public_stays_so() {
    let site = Site::read();
    for (title, status, visibility, is_dated) in [
        ("Classic – first", PostStatus::Published, Visibility::Public, true),
        ("Blocks", PostStatus::Published, Visibility::Private, true),
        ("Draft", PostStatus::Draft, Visibility::Public, false),
        ("Scheduled", PostStatus::Scheduled, Visibility::Public, true),
        ("Private", PostStatus::Published, Visibility::Private, true),
        ("Trashed", PostStatus::Trashed, Visibility::Private, true),
        ("Pending", PostStatus::InReview, Visibility::Public, false),
        ("Odd", PostStatus::Draft, Visibility::Public, false),
    ] {
        let post = site.post(title);
        let found = (post.status, post.visibility, post.published_at.is_some());
        assert_eq!(found, (status, visibility, is_dated), "{title}");
    }
    assert!(site.has_notice("post \"Blocks\"", Effect::Changed, "password"));
    assert!(site.has_notice("post \"Odd\"", Effect::Changed, "\"wc-completed\" is not known"));
    let serialised = serde_json::to_string(&site.records).unwrap();
    assert!(!serialised.contains("secret") && !serialised.contains("192.0.2.7"));
}

#[test]
fn a_draft_keeps_the_day_it_was_begun() {
    let site = Site::read();
    let draft = site.post("Draft");
    assert_eq!(draft.created_at, "2014-05-04T10:00:00Z".parse().ok());
    assert_eq!(draft.slug, "");
}

#[test]
fn ids_are_kept_made_or_told_apart() {
    let site = Site::read();
    assert_eq!(site.post("Classic – first").id, "10");
    assert_eq!(site.post("Odd").id, "10-2");
    assert!(site.has_notice("post \"Odd\"", Effect::Changed, "is that of another item"));
    assert_eq!(site.post("No id").id, "slug:no-id");
}

#[test]
fn old_addresses_lead_to_the_post() {
    let site = Site::read();
    assert_eq!(
        site.post("Classic – first").old_paths,
        ["/2014/05/classic", "/2014/05/older"]
    );
    assert!(site.post("Blocks").old_paths.is_empty());
    assert!(site.post("About").old_paths.is_empty());
    assert_eq!(site.post("Team").old_paths, ["/about/team"]);
    assert_eq!(site.post("Trashed").slug, "trashed");
}

#[test]
fn pages_stand_in_their_tree() {
    let site = Site::read();
    let team = site.post("Team");
    assert_eq!(
        (team.kind, team.parent.as_deref(), team.menu_order),
        (PostKind::Page, Some("30"), 4)
    );
}

#[test]
fn fields_that_readers_may_see_are_kept() {
    let site = Site::read_with(&["link", "weather"]);
    let post = site.post("Classic – first");
    assert!(post.is_featured);
    assert_eq!(post.featured_media.as_deref(), Some("20"));
    assert_eq!(post.excerpt.as_deref(), Some("Short & sweet"));
    assert_eq!(post.canonical_url.as_deref(), Some("https://elsewhere.example/a"));
    let expected = json!({
        "link": ["one", "two"],
        "postFormat": "gallery",
        "seo": {"title": "For robots"},
        "weather": {"wind": "north\nor so", "tide": 3},
    });
    assert_eq!(json!(post.custom_fields), expected);
}

#[test]
fn comments_keep_their_threads() {
    let site = Site::read();
    let comments = &site.post("Classic – first").comments;
    assert_eq!(comments.len(), 2);
    assert_eq!(
        (comments[0].id.as_str(), comments[0].parent.as_deref()),
        ("2", Some("1"))
    );
    assert_eq!(comments[0].html, "<p>I agree.</p>\n<p>Truly.</p>");
    assert_eq!(
        (comments[0].status, comments[0].author_url.as_deref()),
        (CommentStatus::Visible, None)
    );
    assert_eq!(
        (comments[1].kind, comments[1].status),
        (CommentKind::Pingback, CommentStatus::Spam)
    );
    assert_eq!(comments[1].author_name, "A & B");
    assert_eq!(comments[1].html, "<p>https://spam.example</p>");
    assert_eq!(Some(comments[1].created_at), "2014-05-02T11:00:00Z".parse().ok());
}

#[test]
fn classic_content_gets_paragraphs_and_shortcodes() {
    let site = Site::read();
    let post = site.post("Classic – first");
    insta::assert_snapshot!(post.body.html);
    assert!(post.body.source.starts_with("One ]]> two\nlines\n"));
    let media: Vec<_> = post
        .body
        .media
        .iter()
        .map(|(address, id)| (address.as_str(), id.as_str()))
        .collect();
    let expected = [
        ("/files/gull.jpg", "20"),
        ("http://gulls.example/files/gull-300x200.jpg", "20"),
        ("https://gulls.example/files/gull.jpg", "20"),
        ("https://gulls.example/files/pier.jpg", "21"),
    ];
    assert_eq!(media, expected);
    assert!(site.has_notice(
        "post \"Classic – first\"",
        Effect::Changed,
        "stay as text: contact-form-7"
    ));
}

#[test]
fn block_content_loses_its_comments_and_keeps_its_html() {
    let site = Site::read();
    insta::assert_snapshot!(site.post("Blocks").body.html);
    assert!(site.has_notice("post \"Blocks\"", Effect::Changed, "left out: latest-posts, query"));
}

#[test]
fn what_is_left_out_is_told_with_its_place() {
    let site = Site::read();
    for (item, reason) in [
        ("nav_menu_item 50", "menus are not imported"),
        ("post 51", "never saved"),
        ("product 52", "custom types"),
    ] {
        assert!(site.has_notice(item, Effect::Skipped, reason), "{item}");
        let position = site.notices(item)[0].position.clone();
        assert!(position.file.ends_with("site.xml") && position.line > Some(100) && position.column == Some(2));
    }
}
