//! A site kept as Markdown comes in whole, whichever generator it was kept for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use entity::comment::CommentStatus;
use entity::post::{PostKind, PostStatus, Visibility};
use quoin::import::markdown::Markdown;
use quoin::import::record::{Effect, MediaOrigin, Notice, PostRecord, Record, Source, Survey};
use serde_json::json;

/// What a folder yields.
pub struct Site {
    pub survey: Survey,
    pub records: Vec<Record>,
    pub posts: BTreeMap<String, PostRecord>,
    pub notices: Vec<Notice>,
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/markdown")
        .join(name)
}

pub fn read(folder: &Path) -> Site {
    let mut source = Markdown::open(folder).unwrap();
    let survey = source.survey().unwrap();
    let (mut records, mut posts, mut notices) = (Vec::new(), BTreeMap::new(), Vec::new());
    source
        .read(&mut |record| {
            match record.clone() {
                Record::Post(post) => drop(posts.insert(post.id.clone(), *post)),
                Record::Notice(notice) => notices.push(notice),
                _ => {}
            }
            records.push(record);
            Ok(())
        })
        .unwrap();
    assert_eq!(
        usize::try_from(survey.records).unwrap() + notices.len(),
        records.len(),
        "the survey counts what is read"
    );
    Site {
        survey,
        records,
        posts,
        notices,
    }
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|date| date.to_utc())
}

fn notices(site: &Site) -> Vec<String> {
    site.notices
        .iter()
        .map(|notice| format!("{:?} {}: {}", notice.effect, notice.position, notice.reason))
        .collect()
}

#[test]
fn jekyll_sites_come_in() {
    let site = read(&fixture("jekyll"));
    assert_eq!(site.survey.source, "markdown:the-old-press");
    assert_eq!(site.survey.tagline.as_deref(), Some("Notes from a shed"));
    assert_eq!(site.survey.site_url.as_deref(), Some("https://old-press.example"));
    assert_eq!(site.survey.language.as_deref(), Some("en-GB"));

    let first = &site.posts["_posts/2020-01-31-first-post.md"];
    assert_eq!(
        (first.kind, first.status, first.slug.as_str()),
        (PostKind::Article, PostStatus::Published, "first-post")
    );
    assert_eq!(first.title, "First & foremost");
    assert_eq!(first.published_at, date("2020-01-31T08:00:00Z"));
    assert_eq!(first.excerpt.as_deref(), Some("A beginning"));
    assert_eq!(
        (first.authors.as_slice(), first.categories.as_slice()),
        (["ada".to_owned()].as_slice(), ["craft".to_owned()].as_slice())
    );
    assert_eq!(first.tags, ["ink", "paper"]);
    assert_eq!(first.old_paths, ["/old/first.html", "/first", "/2020/first"]);
    assert_eq!(first.featured_media.as_deref(), Some("assets/press.png"));
    assert_eq!(
        first.custom_fields,
        BTreeMap::from([("mood".to_owned(), json!("cheerful"))])
    );
    assert!(
        first.body.source.starts_with("{% raw %}"),
        "the source stays as written"
    );
    for expected in [
        "{{ braces }} and /x.",
        "src=\"/assets/press.png\"",
        "language-ruby",
        "<a href=\"/second\">",
        "{% include widget.html %}",
    ] {
        assert!(first.body.html.contains(expected), "{expected} in {}", first.body.html);
    }
    assert_eq!(
        first.body.media,
        [("/assets/press.png".to_owned(), "assets/press.png".to_owned())]
    );

    let second = &site.posts["_posts/2020-02-01-second.markdown"];
    assert_eq!((second.status, second.published_at), (PostStatus::Draft, None));
    assert_eq!(site.posts["_drafts/idea.md"].status, PostStatus::Draft);

    let books = &site.posts["books/_posts/2019-05-05-on-books.md"];
    assert_eq!(books.categories, ["books"]);
    assert_eq!(books.authors, ["bo", "cy-galley"]);
    assert_eq!(books.tags, ["paper", "long-words"]);
    assert_eq!(
        (books.published_at, books.updated_at),
        (date("2019-05-05T00:00:00Z"), date("2019-06-01T00:00:00Z"))
    );
    assert!(books.is_featured);

    assert_eq!(site.posts["about/index.md"].kind, PostKind::Page);
    let team = &site.posts["team.md"];
    assert_eq!(
        (team.kind, team.parent.as_deref(), team.menu_order),
        (PostKind::Page, Some("about/index.md"), 3)
    );
    assert_eq!(site.posts.len(), 6);

    let ada = site.records.iter().find_map(|record| match record {
        Record::Author(author) if author.id == "ada" => Some(author),
        _ => None,
    });
    let ada = ada.unwrap();
    assert_eq!(
        (ada.display_name.as_str(), ada.bio.as_str()),
        ("Ada Quill", "Sets type by hand.")
    );
    assert_eq!(ada.email.as_deref(), Some("ada@old-press.example"));
    assert_eq!(ada.website_url.as_deref(), Some("https://ada.example"));

    let told = notices(&site);
    for expected in [
        "Skipped README.md: it is about the folder, not a text of the site",
        "Skipped _team/a.md: it belongs to a collection that holds neither posts nor drafts",
        "Changed _posts/2020-01-31-first-post.md:26: the tag \"include\" is not known, and stays as text",
        "Changed _data/comments/first-post/comment-3.toml: it answers \"c9\", which is not there, and stands alone",
    ] {
        assert!(told.contains(&expected.to_owned()), "{expected} in {told:#?}");
    }
    assert_eq!(told.len(), 4, "{told:#?}");
}

#[test]
fn static_comments_come_with_their_threads() {
    let site = read(&fixture("jekyll"));
    let comments = &site.posts["_posts/2020-01-31-first-post.md"].comments;
    let [first, second, third] = comments.as_slice() else {
        panic!("{comments:?}")
    };
    assert_eq!(
        (first.id.as_str(), first.parent.as_deref(), first.status),
        ("c1", None, CommentStatus::Visible)
    );
    assert_eq!(
        (first.author_email.as_deref(), first.author_url.as_deref()),
        (None, None)
    );
    assert_eq!(first.html, "<p><strong>Well</strong> said.</p>\n");
    assert_eq!(Some(first.created_at), date("2020-02-01T00:00:00Z"));
    assert_eq!((second.id.as_str(), second.parent.as_deref()), ("c2", Some("c1")));
    assert_eq!(second.author_url.as_deref(), Some("https://ada.example"));
    assert_eq!(
        (third.id.as_str(), third.parent.as_deref(), third.status),
        ("comment-3", None, CommentStatus::Pending)
    );
}

#[test]
fn hugo_sites_come_in() {
    let site = read(&fixture("hugo"));
    assert_eq!(
        (site.survey.source.as_str(), site.survey.tagline.as_deref()),
        ("markdown:hugo-sons", Some("Since 2013"))
    );
    assert_eq!(site.survey.site_url.as_deref(), Some("https://hugo.example"));

    let bundle = &site.posts["content/posts/bundle/index.md"];
    assert_eq!((bundle.slug.as_str(), bundle.kind), ("the-bundle", PostKind::Article));
    assert_eq!(bundle.published_at, date("2021-03-04T04:06:07Z"));
    assert_eq!(bundle.updated_at, date("2021-04-01T00:00:00Z"));
    assert_eq!(bundle.tags, ["ink", "paper"]);
    assert_eq!(bundle.categories, ["craft/binding", "news"]);
    assert_eq!(bundle.series, Some(("long-story".to_owned(), 2)));
    assert_eq!(bundle.authors, ["dee", "eli"]);
    assert_eq!(bundle.old_paths, ["/old-bundle", "/older"]);
    assert_eq!(
        bundle.canonical_url.as_deref(),
        Some("https://elsewhere.example/bundle")
    );
    assert_eq!(
        bundle.featured_media.as_deref(),
        Some("content/posts/bundle/images/cover.png")
    );
    assert_eq!(
        bundle.custom_fields,
        BTreeMap::from([("difficulty".to_owned(), json!(3))])
    );
    let media = bundle
        .body
        .media
        .iter()
        .map(|(from, to)| (from.as_str(), to.as_str()))
        .collect::<Vec<_>>();
    assert_eq!(
        media,
        [
            ("images/two%20sheets.png", "content/posts/bundle/images/two sheets.png"),
            ("/img/list.pdf", "static/img/list.pdf"),
            ("/img/list.png", "static/img/list.png"),
        ]
    );
    for expected in [
        "<figcaption>A list</figcaption>",
        "language-go",
        "href=\"../plain.md\"",
        "{{&lt; mystery 1 &gt;}}",
    ] {
        assert!(
            bundle.body.html.contains(expected),
            "{expected} in {}",
            bundle.body.html
        );
    }
}

#[test]
fn hugo_dates_sections_and_data_are_understood() {
    let site = read(&fixture("hugo"));
    let soon = &site.posts["content/posts/plain.md"];
    assert_eq!(
        (soon.status, soon.published_at),
        (PostStatus::Scheduled, date("2099-01-01T00:00:00Z"))
    );
    assert_eq!(soon.series, Some(("long-story".to_owned(), 5)));
    assert_eq!(site.posts["content/posts/expired.md"].status, PostStatus::Archived);
    let draft = &site.posts["content/posts/draft.md"];
    assert_eq!((draft.status, draft.published_at), (PostStatus::Draft, None));
    assert_eq!(site.posts["content/posts/hidden.md"].visibility, Visibility::Unlisted);
    assert_eq!(site.posts["content/posts/mine.md"].visibility, Visibility::Private);
    let about = &site.posts["content/about.md"];
    assert_eq!((about.kind, about.menu_order), (PostKind::Page, 2));
    let child = &site.posts["content/colophon/type.md"];
    assert_eq!(
        (child.kind, child.parent.as_deref()),
        (PostKind::Page, Some("content/colophon.md"))
    );

    let categories = site.records.iter().filter_map(|record| match record {
        Record::Category(category) => Some((
            category.id.as_str(),
            category.name.as_str(),
            category.description.as_str(),
        )),
        _ => None,
    });
    let categories = categories.collect::<Vec<_>>();
    let expected = [
        ("craft", "Crafts", "Work of hands"),
        ("craft/binding", "Bookbinding", ""),
        ("news", "News", ""),
    ];
    assert_eq!(categories, expected);
    let authors = site.records.iter().filter_map(|record| match record {
        Record::Author(author) => Some((author.id.as_str(), author.display_name.as_str())),
        _ => None,
    });
    assert_eq!(
        authors.collect::<Vec<_>>(),
        [("dee", "Dee Deckle"), ("eli", "Eli Stone")]
    );

    let told = notices(&site);
    let bundle = "content/posts/bundle/index.md";
    for expected in [
        format!("Changed {bundle}: the file images/gone.png is not in the folder"),
        format!("Changed {bundle}: the file ../../../../secret.png is not in the folder"),
        format!("Changed {bundle}:31: the shortcode \"mystery\" is not known, and stays as text"),
        "Skipped content/posts/_index.md: it is the text of a section, not a post".to_owned(),
        "Skipped comments/nobody: there is no post of this name that the comments belong to".to_owned(),
    ] {
        assert!(told.contains(&expected), "{expected} in {told:#?}");
    }
    assert_eq!(told.len(), 5, "{told:#?}");
}

#[test]
fn files_come_once_with_the_first_words_for_them() {
    let site = read(&fixture("hugo"));
    let media = site.records.iter().filter_map(|record| match record {
        Record::Media(media) => Some(media),
        _ => None,
    });
    let media = media
        .map(|media| (media.id.as_str(), media))
        .collect::<BTreeMap<_, _>>();
    let ids = media.keys().copied().collect::<Vec<_>>();
    assert_eq!(
        ids,
        [
            "content/posts/bundle/images/cover.png",
            "content/posts/bundle/images/two sheets.png",
            "static/img/list.pdf",
            "static/img/list.png",
        ]
    );
    let sheets = media["content/posts/bundle/images/two sheets.png"];
    assert_eq!(
        (sheets.alt_text.as_str(), sheets.file_name.as_str()),
        ("Two\u{a0}sheets", "two sheets.png")
    );
    assert!(matches!(&sheets.origin, MediaOrigin::File(path) if path.is_file()));
    assert_eq!(media["content/posts/bundle/images/cover.png"].alt_text, "The cover");
}

#[test]
fn zola_sites_come_in() {
    let site = read(&fixture("zola"));
    assert_eq!(
        (site.survey.title.as_deref(), site.survey.language.as_deref()),
        (Some("Zola"), Some("fr"))
    );
    let post = &site.posts["content/blog/2022-02-03-dated/index.md"];
    assert_eq!(
        (post.slug.as_str(), post.published_at),
        ("dated", date("2022-02-03T00:00:00Z"))
    );
    assert_eq!(
        (post.tags.as_slice(), post.categories.as_slice()),
        (["rust".to_owned()].as_slice(), ["code".to_owned()].as_slice())
    );
    assert_eq!(post.custom_fields, BTreeMap::from([("toc".to_owned(), json!(true))]));
    assert!(
        post.body.html.contains("https://www.youtube.com/watch?v=abc"),
        "{}",
        post.body.html
    );
    assert_eq!(notices(&site), [""; 0]);
}

#[test]
fn astro_sites_come_in() {
    let site = read(&fixture("astro"));
    assert_eq!(site.survey.source, "markdown:astro");
    let post = &site.posts["src/content/blog/first.mdx"];
    assert_eq!(
        (post.slug.as_str(), post.published_at),
        ("first", date("2022-07-08T00:00:00Z"))
    );
    assert_eq!(post.featured_media.as_deref(), Some("src/assets/hero.jpg"));
    assert_eq!(post.excerpt.as_deref(), Some("Lorem"));
    assert_eq!(post.body.media, [("/pub.png".to_owned(), "public/pub.png".to_owned())]);
    assert!(
        post.body.html.contains("&lt;Chart data={[1, 2]} /&gt;"),
        "{}",
        post.body.html
    );
    assert_eq!(site.posts["src/pages/about.md"].kind, PostKind::Page);
    assert_eq!(site.posts.len(), 2);
    let lines = site
        .notices
        .iter()
        .map(|notice| (notice.effect, notice.position.line))
        .collect::<Vec<_>>();
    assert_eq!(
        lines,
        [(Effect::Changed, Some(8)), (Effect::Changed, Some(12))],
        "{:?}",
        site.notices
    );
}

#[test]
fn hashnode_backups_come_in() {
    let site = read(&fixture("hashnode"));
    let post = &site.posts["cl8x0abc.md"];
    assert_eq!(
        (post.slug.as_str(), post.published_at),
        ("hashed-post", date("2023-01-02T10:11:12Z"))
    );
    assert_eq!(post.tags, ["web-development", "rust", "news-of-the-day"]);
    assert_eq!(post.canonical_url.as_deref(), Some("https://me.example/hashed"));
    assert_eq!(
        post.featured_media.as_deref(),
        Some("https://cdn.hashnode.example/cover.png")
    );
    assert_eq!(post.custom_fields.keys().collect::<Vec<_>>(), ["cuid", "seoTitle"]);
    let origin = site.records.iter().find_map(|record| match record {
        Record::Media(media) => Some(media.origin.clone()),
        _ => None,
    });
    assert_eq!(
        origin,
        Some(MediaOrigin::Url("https://cdn.hashnode.example/cover.png".to_owned()))
    );
}

#[test]
fn a_plain_folder_comes_in() {
    let site = read(&fixture("plain"));
    assert_eq!(
        (site.survey.source.as_str(), site.survey.title.as_deref()),
        ("markdown:plain", None)
    );
    let one = &site.posts["one.md"];
    assert_eq!(
        (one.title.as_str(), one.slug.as_str(), one.status),
        ("A title", "one", PostStatus::Published)
    );
    assert!(!one.body.html.contains("<h1>"), "{}", one.body.html);
    assert!(one.body.source.starts_with("# A *title*"));
    let second = &site.posts["notes/2021-06-07-second-thoughts.md"];
    assert_eq!(
        (second.title.as_str(), second.slug.as_str()),
        ("second-thoughts", "second-thoughts")
    );
    assert_eq!(second.published_at, date("2021-06-07T00:00:00Z"));
    assert_eq!(
        notices(&site),
        ["Skipped README.md: it is about the folder, not a text of the site"]
    );
}

#[test]
fn records_come_in_the_order_that_references_need_and_always_the_same() {
    let rank = |record: &Record| match record {
        Record::Notice(_) | Record::LeftOut(_) => None,
        Record::Author(_) => Some(0),
        Record::Category(_) => Some(1),
        Record::Tag(_) => Some(2),
        Record::Series(_) => Some(3),
        Record::Media(_) => Some(4),
        Record::Post(_) => Some(5),
    };
    for name in ["jekyll", "hugo", "zola", "astro", "hashnode", "plain"] {
        let site = read(&fixture(name));
        assert!(site.records.iter().filter_map(rank).is_sorted(), "{name}");
        let again = read(&fixture(name));
        let text = |site: &Site| serde_json::to_string(&site.records).unwrap();
        assert_eq!(text(&site), text(&again), "{name}");
    }
}

#[test]
fn a_folder_can_be_read_without_a_survey() {
    let mut count = 0;
    let mut source = Markdown::open(&fixture("zola")).unwrap();
    source
        .read(&mut |_| {
            count += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(count, 3);
}
