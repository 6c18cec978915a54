//! What the old site hid from its readers is not public here, and the report says what became of it.

use std::fs;
use std::path::{Path, PathBuf};

use async_graphql::Request;
use entity::post;
use quoin::domain::Viewer;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::answer::data;
use crate::support::command::{Outcome, quoin};
use crate::support::site::Site;

/// A part of every word that nobody may read.
const SECRET: &str = "SECRET";

/// What anonymous readers can ask of a page, and of a post.
const PAGE: &str = "id slug path title excerpt(length: 600) bodyHtml bodyText bodySource outboundLinks \
     tableOfContents { text } customFields canonicalUrl featuredImage { altText caption }";
const POST: &str = "id slug path title excerpt(length: 600) bodyHtml bodyText bodySource outboundLinks \
     tableOfContents { text } customFields canonicalUrl featuredImage { altText caption } series { title } \
     tags { name } categories { name } comments(first: 5) { nodes { bodyHtml } }";

/// A place that the fixtures are brought into by the command.
struct Old {
    site: Site,
    folder: TempDir,
}

impl Old {
    async fn new() -> Self {
        let (site, folder) = (Site::new().await, tempfile::tempdir().unwrap());
        Self { site, folder }
    }

    /// Runs `quoin import`; gives the report.
    fn import(&self, format: &str, path: &Path, more: &[&str]) -> Value {
        let report = self.folder.path().join("report.json");
        let (path, file) = (path.to_str().unwrap(), report.to_str().unwrap());
        let mut arguments = vec![
            "import",
            format,
            path,
            "--publication",
            "p",
            "--owner",
            "owner",
            "--report",
            file,
        ];
        arguments.extend(more);
        let mut command = quoin(self.folder.path(), &arguments);
        Outcome::of(command.env("DATABASE_URL", self.site.database.url())).succeeded();
        serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap()
    }

    async fn answer(&self, query: impl Into<String>) -> String {
        let response = self
            .site
            .api()
            .await
            .execute(Request::new(query), Viewer::Anonymous)
            .await;
        let errors = format!("{:?}", response.errors);
        format!("{} {errors}", data(response))
    }

    /// Everything that anonymous readers get, however they ask.
    async fn answers(&self) -> Vec<String> {
        let mut queries = vec![
            format!("{{ posts(first: 25) {{ nodes {{ {POST} previous {{ title }} next {{ title }} }} }} }}"),
            format!("{{ pages(first: 25) {{ nodes {{ {PAGE} }} }} }}"),
            format!("{{ posts(first: 25, where: {{title: \"{SECRET}\"}}) {{ totalCount nodes {{ title }} }} }}"),
            format!(
                "{{ tags(first: 5) {{ nodes {{ name slug description posts(first: 5) {{ nodes {{ {POST} }} }} }} }} }}"
            ),
            "{ categories(first: 25) { nodes { name slug description } } publication { title tagline } }".to_owned(),
        ];
        let mut guarded = vec!["{ publication { media(first: 9) { nodes { caption } } } }".to_owned()];
        for post in post::Entity::find().all(self.site.read()).await.unwrap() {
            let slug = json!(post.slug);
            let paths = ["", "/2020"].map(|folder| json!(format!("{folder}/{}", post.slug)));
            queries.push(format!(
                "{{ post(by: {{slug: {slug}}}) {{ {POST} }} page(by: {{slug: {slug}}}) {{ {PAGE} }}
                    a: resolvePath(path: {}) {{ ... on Post {{ {POST} }} }}
                    b: resolvePath(path: {}) {{ ... on Post {{ {POST} }} }} }}",
                paths[0], paths[1]
            ));
            guarded.push(format!(
                "{{ post(by: {{slug: {slug}}}) {{ revisions(first: 5) {{ nodes {{ title excerpt bodySource customFields }} }} }} }}"
            ));
        }
        let mut answers = Vec::new();
        for query in queries {
            // Without errors: nothing was kept back since it cost too much.
            answers.push(self.site.query(query).await.to_string());
        }
        for query in guarded {
            answers.push(self.answer(query).await);
        }
        answers
    }

    async fn assert_nothing_secret(&self) {
        for answer in self.answers().await {
            assert!(!answer.contains(SECRET), "{answer}");
        }
    }

    /// A comment that its author made in a post is in nothing that readers get of it.
    async fn assert_unremarked(&self, slug: &str) {
        let query = format!("{{ post(by: {{slug: \"{slug}\"}}) {{ bodyHtml bodyText excerpt }} }}");
        let answer = self.answer(query).await;
        assert!(answer.contains("Seen.") && !answer.contains("REMARK"), "{answer}");
    }

    async fn titles(&self) -> Vec<String> {
        let data = self.site.query("{ posts(first: 100) { nodes { title } } }").await;
        let nodes = data["posts"]["nodes"].as_array().unwrap();
        let mut titles: Vec<_> = nodes
            .iter()
            .map(|node| node["title"].as_str().unwrap().to_owned())
            .collect();
        titles.sort();
        titles
    }

    /// Status and visibility of a post.
    async fn state(&self, slug: &str) -> String {
        let found = post::Entity::find().filter(post::Column::Slug.eq(slug));
        let found = found.one(self.site.read()).await.unwrap();
        found.map_or_else(
            || "nothing".to_owned(),
            |post| format!("{:?} {:?}", post.status, post.visibility),
        )
    }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/hidden")
        .join(name)
}

/// Asserts that a notice about `item` has all these words in its reason.
#[track_caller]
fn assert_reported(report: &Value, expected: &[(&str, &str)]) {
    let notices = report["notices"].as_array().unwrap();
    for (item, reason) in expected {
        let is_it = |notice: &&Value| {
            notice["item"].as_str().unwrap().contains(item) && notice["reason"].as_str().unwrap().contains(reason)
        };
        assert!(
            notices.iter().any(|notice| is_it(&notice)),
            "{item}: {reason} in {notices:#?}"
        );
    }
}

#[tokio::test]
async fn what_a_wordpress_site_hid_stays_hidden() {
    let old = Old::new().await;
    let report = old.import("wordpress", &fixture("wordpress.xml"), &[]);
    old.assert_nothing_secret().await;
    assert_eq!(old.titles().await, ["Fish", "Notice", "Regatta", "Wall"]);
    assert_reported(
        &report,
        &[
            ("Fish", "a part of its body that the shortcode [um_loggedin] hid"),
            ("Fish", "the shortcode [members_only]"),
            ("Fish", "the shortcode [harbour_insiders]"),
            ("Fish", "a part of its excerpt that the shortcode [private]"),
            ("Fish", "inside the unknown shortcode [wpf], which may have hidden it"),
            ("Fish", "inside the unknown shortcode [acme_row]"),
            ("Gold", "a part of its description inside the unknown shortcode [wpf]"),
            ("Wall", "a part of its body that the block jetpack/paywall hid"),
            ("Notice", "1 hidden element with text"),
            ("Notice", "a part of its title"),
            ("Notice", "the block paragraph"),
            ("Notice", "the block html"),
            ("Notice", "the block group"),
            ("Notice", "the block memberpress/protected-content"),
            ("Club", "\"_members_access_role\" hid it"),
            ("Letter", "\"_jetpack_newsletter_access\" hid it"),
            ("Lock", "protected by a password"),
            ("Idea", "its status \"pitch\" is not known"),
            ("Ruled", "a rule of MemberPress hid it"),
            ("Course", "a rule of MemberPress hid it"),
            ("Gold", "a rule of MemberPress hid it"),
            ("memberpressrule 20", "posts that it hid are private"),
            ("memberpressrule 23", "cannot be applied"),
        ],
    );
    let doubtful = json!({"acme_row": 1, "harbour_insiders": 1, "wpf": 2});
    assert_eq!(report["shortcodes_left_out"], doubtful);
    let fish = old.answer("{ post(by: {slug: \"fish\"}) { bodyHtml excerpt } }").await;
    assert!(
        fish.contains("Sign in for more.") && fish.contains("Goodbye.") && !fish.contains("[um_"),
        "{fish}"
    );
    assert!(fish.contains("Gulls nest here."), "{fish}");
    let wall = old.answer("{ post(by: {slug: \"wall\"}) { bodyHtml } }").await;
    assert!(wall.contains("Before the wall."), "{wall}");
    let notice = old.answer("{ post(by: {slug: \"notice\"}) { bodyHtml } }").await;
    assert!(notice.contains("Seen") && notice.contains("A note."), "{notice}");
}

#[tokio::test]
async fn text_in_unknown_shortcodes_stays_out_unless_they_are_named() {
    let old = Old::new().await;
    let path = fixture("wordpress.xml");
    old.import("wordpress", &path, &[]);
    let query = "{ post(by: {slug: \"fish\"}) { bodyHtml bodyText } categories(first: 5) { nodes { description } } }";
    let public = ["SECRETQUAY", "SECRETBOATS", "SECRETCATEGORY"];
    let report = old.import(
        "wordpress",
        &path,
        &["--show-shortcode", "acme_*,wpf", "--show-shortcode", "none"],
    );
    assert_eq!(report["shortcodes_left_out"], json!({"harbour_insiders": 1}));
    assert_eq!(report["tallies"]["article"]["updated"], 1, "{report}");
    let answer = old.answer(query).await;
    assert!(public.iter().all(|text| answer.contains(text)), "{answer}");
    assert!(
        !answer.contains("SECRETPIER") && !answer.contains("SECRETTIDE"),
        "{answer}"
    );

    old.import("wordpress", &path, &[]);
    old.assert_nothing_secret().await;
}

#[tokio::test]
async fn fields_of_plugins_stay_out_unless_they_are_named() {
    let old = Old::new().await;
    let report = old.import("wordpress", &fixture("wordpress.xml"), &[]);
    let left_out = json!({"contact_phone_internal": 1, "firehose_sent": 1, "subtitle": 1});
    assert_eq!(report["fields_left_out"], left_out);
    let query = "{ post(by: {slug: \"regatta\"}) { customFields } }";
    assert_eq!(old.site.query(query).await["post"]["customFields"], json!({}));

    let report = old.import(
        "wordpress",
        &fixture("wordpress.xml"),
        &["--meta", "subtitle,none", "--meta", "_subtitle"],
    );
    assert_eq!(
        report["fields_left_out"],
        json!({"contact_phone_internal": 1, "firehose_sent": 1})
    );
    let named = json!({"_subtitle": "field_1", "subtitle": "A race"});
    assert_eq!(old.site.query(query).await["post"]["customFields"], named);
    let path = fixture("wordpress.xml");
    old.import("wordpress", &path, &["--meta", "contact_phone_internal"]);
    assert_ne!(old.site.query(query).await["post"]["customFields"], json!({}));
    old.import("wordpress", &path, &[]);
    assert_eq!(old.site.query(query).await["post"]["customFields"], json!({}));
    old.assert_nothing_secret().await;
}

#[test]
fn options_about_plugins_are_those_of_wordpress() {
    let folder = tempfile::tempdir().unwrap();
    let path = fixture("plain");
    for (option, message) in [
        ("--meta", "--meta: only WordPress exports have custom fields of plugins"),
        (
            "--show-shortcode",
            "--show-shortcode: only WordPress exports have shortcodes of plugins",
        ),
    ] {
        let arguments = ["import", "markdown", path.to_str().unwrap(), option, "x"];
        let line = Outcome::of(&mut quoin(folder.path(), &arguments)).failed();
        assert_eq!(line, message);
    }
}

#[tokio::test]
async fn fields_that_the_schema_of_a_publication_names_come_in() {
    let old = Old::new().await;
    old.import("wordpress", &fixture("wordpress.xml"), &[]);
    let schema = json!({"allOf": [{"properties": {"subtitle": {"type": "string"}}}]});
    let mut publication: entity::publication::ActiveModel = entity::publication::Entity::find()
        .one(old.site.read())
        .await
        .unwrap()
        .unwrap()
        .into();
    publication.custom_field_schema = sea_orm::ActiveValue::Set(Some(schema));
    entity::publication::Entity::update(publication)
        .exec(old.site.read())
        .await
        .unwrap();
    let report = old.import("wordpress", &fixture("wordpress.xml"), &[]);
    assert_eq!(
        report["fields_left_out"],
        json!({"contact_phone_internal": 1, "firehose_sent": 1})
    );
    let data = old
        .site
        .query("{ post(by: {slug: \"regatta\"}) { customFields } }")
        .await;
    assert_eq!(data["post"]["customFields"], json!({"subtitle": "A race"}));
}

#[tokio::test]
async fn what_a_ghost_site_hid_stays_hidden() {
    let old = Old::new().await;
    let report = old.import("ghost", &fixture("ghost.json"), &["--site-url", "https://quay.example"]);
    old.assert_nothing_secret().await;
    assert_eq!(old.titles().await, ["Cards", "Seen"]);
    assert_reported(
        &report,
        &[
            ("Seen", "only members or subscribers got"),
            ("Seen", "1 hidden element with text"),
            ("Cards", "only members or subscribers got"),
            ("For payers", "\"paid\"; it is private"),
            ("For tiers", "\"tiers\"; it is private"),
            ("Letter", "only a letter to subscribers"),
            ("Sent", "only a letter to subscribers"),
            ("Page", "\"filter\"; it is private"),
            ("#SECRETTAG", "internal tags"),
        ],
    );
    assert_eq!(old.state("for-members").await, "Published Members");
}

#[tokio::test]
async fn a_ghost_site_behind_a_password_is_private() {
    let old = Old::new().await;
    let export = fs::read_to_string(fixture("ghost.json")).unwrap();
    let closed = export.replace(
        "\"settings\": [",
        "\"settings\": [{\"id\": \"s2\", \"key\": \"is_private\", \"value\": \"true\"},",
    );
    assert_ne!(export, closed);
    let path = old.folder.path().join("closed.json");
    fs::write(&path, closed).unwrap();
    let report = old.import("ghost", &path, &[]);
    assert!(old.titles().await.is_empty());
    assert_reported(&report, &[("Seen", "behind a password; it is private now")]);
}

#[tokio::test]
async fn what_hugo_did_not_render_stays_hidden() {
    let old = Old::new().await;
    let report = old.import("markdown", &fixture("hugo"), &[]);
    old.assert_nothing_secret().await;
    assert_eq!(old.titles().await, ["noted.md", "seen.md", "shown.md"]);
    old.assert_unremarked("noted").await;
    assert_reported(
        &report,
        &[
            ("posts/part.md", "(build.render); it is a draft now"),
            ("posts/part-old.md", "(build.render); it is a draft now"),
            ("posts/link.md", "(build.render); it is a draft now"),
            ("notes/note.md", "(build.render); it is a draft now"),
            ("posts/headless/index.md", "headless is set; it is a draft now"),
            ("posts/unclear.md", "cannot be understood; it is a draft now"),
            ("posts/unlisted.md", "(build.list); it is unlisted now"),
        ],
    );
    assert_eq!(old.state("unlisted").await, "Published Unlisted");
    assert_eq!(old.state("expired").await, "Archived Public");
    assert_eq!(old.state("later").await, "Scheduled Public");
    assert_eq!(old.state("blank").await, "Draft Public");
}

#[tokio::test]
async fn what_eleventy_did_not_write_out_stays_hidden() {
    let old = Old::new().await;
    let report = old.import("markdown", &fixture("eleventy"), &[]);
    old.assert_nothing_secret().await;
    assert_eq!(old.titles().await, ["seen.md"]);
    assert_reported(
        &report,
        &[
            ("posts/unseen.md", "(permalink: false); it is a draft now"),
            (
                "posts/computed.md",
                "(eleventyComputed.permalink: false); it is a draft now",
            ),
            ("people/ann.md", "(permalink: false); it is a draft now"),
            ("drafts-of-ann/one.md", ".eleventyignore names it; it is a draft now"),
            (
                "posts/script.md",
                "front matter cannot be read, and stays in its text; it is a draft now",
            ),
            ("posts/apart.md", "it is unlisted now"),
        ],
    );
    assert_eq!(old.state("apart").await, "Published Unlisted");
}

#[tokio::test]
async fn what_astro_left_out_stays_hidden() {
    let old = Old::new().await;
    let report = old.import("markdown", &fixture("astro"), &[]);
    old.assert_nothing_secret().await;
    assert_eq!(old.titles().await, ["noted.mdx", "seen.md"]);
    old.assert_unremarked("noted").await;
    assert_reported(
        &report,
        &[
            ("blog/_later.md", "begins with \"_\"; it is a draft now"),
            ("blog/_ideas/idea.md", "begins with \"_\"; it is a draft now"),
            ("blog/is-draft.md", "is_draft is set; it is a draft now"),
            ("blog/publish.md", "publish is off; it is a draft now"),
        ],
    );
    assert_eq!(old.state("status").await, "Published Private");
    assert_eq!(old.state("future").await, "Scheduled Public");
}

#[tokio::test]
async fn what_jekyll_left_out_stays_hidden() {
    let old = Old::new().await;
    let report = old.import("markdown", &fixture("jekyll"), &[]);
    old.assert_nothing_secret().await;
    assert_eq!(old.titles().await, ["2021-01-01-seen.md"]);
    assert_reported(
        &report,
        &[
            (
                "_posts/undated.md",
                "only posts that are named YYYY-MM-DD-name; it is a draft now",
            ),
            ("internal/staff.md", "configuration excludes it; it is a draft now"),
            ("plan.tmp.md", "configuration excludes it; it is a draft now"),
            ("_scratch.md", "begins with \"_\"; it is a draft now"),
            ("2021-01-03-hidden.md", "hidden is set; it is unlisted now"),
        ],
    );
    for slug in ["unpublished", "idea", "tools"] {
        assert_eq!(old.state(slug).await, "Draft Public", "{slug}");
    }
    assert_eq!(old.state("hidden").await, "Published Unlisted");
}

#[tokio::test]
async fn what_front_matter_hides_stays_hidden() {
    let old = Old::new().await;
    let report = old.import("markdown", &fixture("plain"), &[]);
    old.assert_nothing_secret().await;
    assert_eq!(old.titles().await, ["seen.md"]);
    assert_reported(
        &report,
        &[
            ("seen.md", "1 hidden element with text"),
            ("note.md", "dg_publish is off; it is a draft now"),
            ("locked.md", "it has a password; it is private now"),
            ("paid.md", "its visibility was \"paid\"; it is private now"),
            ("tier.md", "its access was"),
            ("state.md", "its status \"idea\" is unknown; it is a draft now"),
            ("perhaps.md", "draft is neither yes nor no; it is a draft now"),
            (
                "odd.md",
                "front matter cannot be read, and stays in its text; it is a draft now",
            ),
            ("private/letter.md", "a folder called \"private\"; it is a draft now"),
        ],
    );
    assert_eq!(old.state("members").await, "Published Members");
    assert_eq!(old.state("diary").await, "Published Private");
    assert_eq!(old.state("unlisted").await, "Published Unlisted");
    assert_eq!(old.state("pelican").await, "Draft Public");
    assert_eq!(old.state("nikola").await, "Published Private");
}

/// Copies a fixture, with these words replaced in its files.
fn copied(from: &Path, to: &Path, words: &[(&str, &str)]) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            copied(&entry.path(), &to.join(entry.file_name()), words);
        }
        return;
    }
    let text = fs::read_to_string(from).unwrap();
    let text = words.iter().fold(text, |text, (old, new)| text.replace(old, new));
    fs::write(to, text).unwrap();
}

#[tokio::test]
async fn an_import_that_runs_again_takes_back_what_an_earlier_one_made_public() {
    for (format, name, words) in [
        (
            "wordpress",
            "wordpress.xml",
            &[
                ("um_loggedin", "box"),
                ("members_only", "box"),
                ("blockVisibility", "other"),
                ("_members_access_role", "_other"),
                ("private", "publish"),
            ] as &[_],
        ),
        (
            "ghost",
            "ghost.json",
            &[("paid", "public"), ("nonMember:false", "nonMember:true")],
        ),
        (
            "markdown",
            "hugo",
            &[
                ("render: never", "render: always"),
                ("headless: true", "headless: false"),
            ],
        ),
        (
            "markdown",
            "eleventy",
            &[
                ("permalink: false", "permalink: /x"),
                ("\"permalink\": false", "\"x\": 1"),
            ],
        ),
        (
            "markdown",
            "jekyll",
            &[("published: false", "published: true"), ("exclude", "without")],
        ),
        (
            "markdown",
            "plain",
            &[
                ("private: true", "x: 1"),
                ("status: idea", "x: 1"),
                ("visibility: paid", "x: 1"),
            ],
        ),
    ] {
        let old = Old::new().await;
        let path = old.folder.path().join("old").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        copied(&fixture(name), &path, words);
        old.import(format, &path, &[]);
        let shown = old.answers().await;
        assert!(shown.iter().any(|answer| answer.contains(SECRET)), "{name}");

        copied(&fixture(name), &path, &[]);
        let report = old.import(format, &path, &[]);
        assert_ne!(report["tallies"]["article"]["updated"], 0, "{name}: {report}");
        old.assert_nothing_secret().await;
        let again = old.import(format, &path, &[]);
        assert_eq!(again["tallies"]["article"]["updated"], 0, "{name}: {again}");
    }
}
