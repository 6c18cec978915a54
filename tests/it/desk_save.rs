//! One save of everything that a form holds: all of it or nothing.

use entity::membership::Role;
use serde_json::{Value, json};

use crate::support::office::{Office, text};
use crate::support::people::Person;

/// What a form of a post shows.
const FORM: &str =
    "id title slug excerpt bodySource visibility isFeatured seriesPosition series { id } publishedAt version
    canonicalUrl customFields authors { id username } tags { id name } categories { name } featuredImage { id }";

/// An office with a post, and what there is to give it.
struct Form {
    office: Office,
    author: Person,
    id: String,
    series: String,
    category: String,
    author_id: String,
}

impl Form {
    async fn new() -> Self {
        let office = Office::new().await;
        let author = office.gazette.member("author", Role::Author).await;
        let made = office
            .gazette
            .done(
                office.editor.viewer(),
                &format!(
                    "mutation {{ seriesCreate(input: {{ publicationId: \"{0}\", title: \"Letters\" }}) {{ series {{ id }} }}
                     categoryCreate(input: {{ publicationId: \"{0}\", name: \"Press\" }}) {{ category {{ id }} }} }}",
                    office.publication
                ),
            )
            .await;
        let user = office.gazette.done(author.viewer(), "{ viewer { user { id } } }").await;
        let query = format!(
            "mutation {{ it: postCreate(input: {{ publicationId: \"{}\", title: \"The Press\", bodySource: \"Words.\" }})
             {{ post {{ id }} }} }}",
            office.publication
        );
        let post = office.gazette.done(author.viewer(), &query).await;
        Self {
            id: text(&post["it"]["post"]["id"]),
            series: text(&made["seriesCreate"]["series"]["id"]),
            category: text(&made["categoryCreate"]["category"]["id"]),
            author_id: text(&user["viewer"]["user"]["id"]),
            author,
            office,
        }
    }

    fn update(&self, fields: &str) -> String {
        format!("postUpdate(input: {{ id: \"{}\", {fields} }})", self.id)
    }

    async fn save(&self, person: Person, fields: &str) -> Value {
        let query = format!(
            "mutation {{ it: {} {{ post {{ {FORM} draft {{ {FORM} }} }} userErrors {{ field message }} }} }}",
            self.update(fields)
        );
        let it = self.office.gazette.done(person.viewer(), &query).await["it"].clone();
        assert_eq!(it["userErrors"], json!([]), "{fields}");
        it["post"].clone()
    }

    async fn problems(&self, person: Person, fields: &str) -> Vec<(String, String)> {
        let problems = self
            .office
            .gazette
            .problems(person.viewer(), &self.update(fields))
            .await;
        let path = |field: Value| {
            let parts = field.as_array().into_iter().flatten().skip(1);
            parts
                .map(|part| part.as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
                .join("/")
        };
        problems.into_iter().map(|(code, field)| (code, path(field))).collect()
    }

    async fn refused(&self, person: Person, fields: &str) -> String {
        let query = format!("mutation {{ {} {{ post {{ id }} }} }}", self.update(fields));
        self.office.gazette.denied(person.viewer(), &query).await.0
    }

    async fn seen(&self) -> Value {
        let query = format!(
            "{{ post(by: {{ id: \"{}\" }}) {{ {FORM} draft {{ {FORM} }} }} }}",
            self.id
        );
        self.office.gazette.done(self.office.editor.viewer(), &query).await["post"].clone()
    }

    async fn publish(&self) {
        self.office.publish(&self.id).await;
    }

    /// How many tags the publication has.
    async fn tags(&self) -> Value {
        let answer = self.office.gazette.ask("{ publication { tags { totalCount } } }").await;
        answer["publication"]["tags"]["totalCount"].clone()
    }

    /// A value for every field of the form.
    fn values(&self) -> Vec<(&'static str, String)> {
        vec![
            ("title", "\"New\"".to_owned()),
            ("slug", "\"other-name\"".to_owned()),
            ("excerpt", "\"In short\"".to_owned()),
            ("bodySource", "\"Other words.\"".to_owned()),
            ("visibility", "UNLISTED".to_owned()),
            ("authorIds", format!("[\"{}\"]", self.author_id)),
            ("isFeatured", "true".to_owned()),
            ("seriesId", format!("\"{}\"", self.series)),
            ("seriesPosition", "1".to_owned()),
            ("categoryIds", format!("[\"{}\"]", self.category)),
            ("tags", "[{ name: \"Type\" }]".to_owned()),
            ("canonicalUrl", "\"https://press.example/a\"".to_owned()),
            ("customFields", "{ a: 1 }".to_owned()),
        ]
    }

    /// All of them, one with another value.
    fn with(&self, field: &str, value: &str) -> String {
        let values = self.values().into_iter().map(|(name, own)| {
            let value = if name == field { value } else { &own };
            format!("{name}: {value}")
        });
        values.collect::<Vec<_>>().join(", ")
    }

    fn everything(&self) -> String {
        self.with("", "")
    }
}

#[tokio::test]
async fn a_draft_is_changed_in_all_its_parts_at_once() {
    let form = Form::new().await;
    let before = form.seen().await;
    let post = form.save(form.office.editor, &form.everything()).await;
    assert_eq!(post["version"], 2, "one new version");
    for (field, expected) in [
        ("title", json!("New")),
        ("slug", json!("other-name")),
        ("excerpt", json!("In short")),
        ("bodySource", json!("Other words.")),
        ("visibility", json!("UNLISTED")),
        ("isFeatured", json!(true)),
        ("seriesPosition", Value::Null), // The series does not list a draft.
        ("canonicalUrl", json!("https://press.example/a")),
        ("customFields", json!({ "a": 1 })),
        ("categories", json!([{ "name": "Press" }])),
        ("draft", Value::Null),
    ] {
        assert_eq!(post[field], expected, "{field}");
    }
    assert_eq!(post["tags"][0]["name"], "Type");
    assert_eq!(post["series"]["id"], form.series.as_str());
    assert_eq!(post["authors"], before["authors"]);
    assert_eq!(form.office.revisions().await, 2);
}

#[tokio::test]
async fn of_what_readers_know_the_words_go_to_the_draft_and_the_place_changes_at_once() {
    let form = Form::new().await;
    form.publish().await;
    let post = form
        .save(
            form.office.editor,
            &format!("{}, publishedAt: \"2001-02-03T04:05:06Z\"", form.everything()),
        )
        .await;
    for (field, now) in [
        ("title", json!("The Press")),
        ("bodySource", json!("Words.")),
        ("visibility", json!("PUBLIC")),
        ("tags", json!([])),
        ("categories", json!([])),
        ("slug", json!("other-name")),
        ("isFeatured", json!(true)),
        ("publishedAt", json!("2001-02-03T04:05:06+00:00")),
    ] {
        assert_eq!(post[field], now, "{field}");
    }
    assert_eq!(post["series"]["id"], form.series.as_str());
    let draft = &post["draft"];
    assert_eq!((&draft["title"], &draft["version"]), (&json!("New"), &json!(2)));
    assert_eq!(draft["tags"][0]["name"], "Type");
    let listed = form
        .office
        .gazette
        .ask("{ series(by: { slug: \"letters\" }) { posts { totalCount } } old: resolvePath(path: \"/the-press\") { __typename } }")
        .await;
    assert_eq!(listed["series"]["posts"]["totalCount"], 1);
    assert_eq!(listed["old"]["__typename"], "Redirect");
}

#[tokio::test]
async fn a_late_problem_leaves_everything_as_it_was() {
    let form = Form::new().await;
    form.office.begin("title: \"Taken\"").await;
    for is_public in [false, true] {
        if is_public {
            form.publish().await;
        }
        let before = form.seen().await;
        for (field, wrong) in [
            ("slug", "\"taken\""),
            ("seriesId", "\"x\""),
            ("authorIds", "[\"x\"]"),
            ("customFields", "[1]"),
        ] {
            let told = form.problems(form.office.editor, &form.with(field, wrong)).await;
            assert_eq!(told.len(), 1, "{field}: {told:?}");
            assert!(told[0].1.starts_with(field), "{told:?}");
            assert_eq!(form.seen().await, before, "{field}");
            assert_eq!(form.tags().await, 0, "{field}");
        }
    }
}

#[tokio::test]
async fn all_problems_of_a_form_are_told_together() {
    let form = Form::new().await;
    form.office.begin("title: \"Taken\"").await;
    let fields = "title: \"\", slug: \"taken\", bodySource: \"a\\u0007\", canonicalUrl: \"x\", authorIds: [\"x\"], \
                  seriesId: \"x\", categoryIds: [\"x\"], tags: [{ name: \"\" }, { id: \"x\" }], featuredImageId: \"x\", \
                  customFields: [1], publishedAt: \"2001-01-01T00:00:00Z\"";
    let mut told: Vec<_> = form
        .problems(form.office.editor, fields)
        .await
        .into_iter()
        .map(|(_, field)| field)
        .collect();
    told.sort_unstable();
    let expected = [
        "authorIds/0",
        "bodySource",
        "canonicalUrl",
        "categoryIds/0",
        "customFields",
        "featuredImageId",
        "publishedAt",
        "seriesId",
        "slug",
        "tags/0/name",
        "tags/1/id",
        "title",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn values_as_they_are_change_nothing_and_take_no_right() {
    let form = Form::new().await;
    form.save(form.office.editor, &form.everything()).await;
    for is_public in [false, true] {
        if is_public {
            form.publish().await;
        }
        let before = form.seen().await;
        let date = match &before["publishedAt"] {
            Value::Null => String::new(),
            date => format!(", publishedAt: {date}"),
        };
        let same = form.with("tags", "[{ name: \"TYPE\" }]") + &date;
        for person in [form.author, form.office.editor] {
            form.save(person, &same).await;
            assert_eq!(form.seen().await, before);
        }
        // What else the form holds is saved.
        let other = same.replace("In short", "Shorter");
        form.save(form.author, &other).await;
        let after = form.seen().await;
        let saved = if is_public { &after["draft"] } else { &after };
        assert_eq!(saved["excerpt"], "Shorter");
        form.save(form.author, &same).await;
        // A different value of each that an author may not change.
        for fields in ["isFeatured: false", "seriesId: null"] {
            assert_eq!(form.refused(form.author, fields).await, "FORBIDDEN", "{fields}");
        }
        let other = form.office.editor;
        let user = form
            .office
            .gazette
            .done(other.viewer(), "{ viewer { user { id } } }")
            .await;
        let forged = format!("authorIds: [{}]", user["viewer"]["user"]["id"]);
        assert_eq!(form.refused(form.author, &forged).await, "FORBIDDEN");
    }
}

#[tokio::test]
async fn a_stale_form_is_a_conflict_also_where_only_the_place_changed() {
    let form = Form::new().await;
    for is_public in [false, true] {
        if is_public {
            form.publish().await;
        }
        let seen = form.seen().await;
        let version = seen["version"].clone();
        let stale = format!("expectedVersion: {version}, title: \"Mine\", slug: {}", seen["slug"]);
        let slug = format!("slug: \"moved-{is_public}\"");
        let revisions = form.office.revisions().await;
        let moved = form.save(form.office.editor, &slug).await;
        assert_eq!(moved["version"], version.as_i64().unwrap() + 1);
        assert_eq!(form.office.revisions().await, revisions, "the words are as they were");
        let query = format!("mutation {{ {} {{ post {{ id }} }} }}", form.update(&stale));
        let answer = form.office.gazette.answer(form.author.viewer(), &query).await;
        let error = serde_json::to_value(&answer.errors[0]).unwrap();
        assert_eq!(error["extensions"]["code"], "CONFLICT");
        for side in ["expectedRevisionId", "currentRevisionId"] {
            let id = &error["extensions"][side];
            let node = format!("{{ node(id: {id}) {{ ... on Revision {{ bodySource }} }} }}");
            let node = form.office.gazette.done(form.author.viewer(), &node).await;
            assert_eq!(node["node"]["bodySource"], "Words.", "{side}");
        }
        assert_eq!(form.seen().await["slug"], format!("moved-{is_public}"));
    }
}

#[tokio::test]
async fn tags_are_given_by_id_or_by_name_and_new_ones_are_made() {
    let form = Form::new().await;
    let red = form.office.gazette.tag("red").await;
    let red = crate::support::global_id(5, red);
    let names = |post: &Value| -> Vec<String> {
        let tags = post["tags"].as_array().unwrap().iter();
        tags.map(|tag| text(&tag["name"])).collect()
    };
    let fields = format!(
        "tags: [{{ name: \"Blue ink\" }}, {{ id: \"{red}\" }}, {{ name: \"red\" }}, {{ name: \"BLUE INK\" }}, {{ name: \"Bücher\" }}]"
    );
    let post = form.save(form.author, &fields).await;
    assert_eq!(names(&post), ["Blue ink", "RED", "Bücher"]);
    assert_eq!(form.tags().await, 3);
    let post = form.save(form.author, "tags: [{ name: \"BÜCHER\" }]").await;
    assert_eq!(names(&post), ["Bücher"]);
    assert_eq!(form.tags().await, 3, "known in another case");

    // A contributor uses what there is, and makes none.
    let own = form.office.draft().await;
    let update = |name: &str| format!("postUpdate(input: {{ id: \"{own}\", tags: [{{ name: \"{name}\" }}] }})");
    let writer = form.office.writer.viewer();
    assert_eq!(form.office.gazette.problems(writer, &update("blue ink")).await, []);
    let query = format!("mutation {{ {} {{ post {{ id }} }} }}", update("Green"));
    assert_eq!(form.office.gazette.denied(writer, &query).await.0, "FORBIDDEN");
    let query = format!(
        "mutation {{ postCreate(input: {{ publicationId: \"{}\", title: \"x\", tags: [{{ name: \"Green\" }}] }}) {{ post {{ id }} }} }}",
        form.office.publication
    );
    assert_eq!(form.office.gazette.denied(writer, &query).await.0, "FORBIDDEN");
    assert_eq!(form.tags().await, 3);
}

#[tokio::test]
async fn a_post_comes_to_its_place_in_a_series() {
    let form = Form::new().await;
    let gazette = &form.office.gazette;
    let editor = form.office.editor.viewer();
    let mut ids = Vec::new();
    for slug in ["a", "b", "c"] {
        ids.push(crate::support::global_id(3, gazette.post(slug, 1, |_| {}).await));
    }
    let set = format!(
        "seriesSetPosts(input: {{ id: \"{}\", postIds: {} }})",
        form.series,
        json!(ids)
    );
    assert_eq!(gazette.problems(editor, &set).await, []);
    form.publish().await;
    let order = async || {
        let answer = gazette
            .ask("{ series(by: { slug: \"letters\" }) { posts { nodes { slug seriesPosition } } } }")
            .await;
        let nodes = answer["series"]["posts"]["nodes"].as_array().unwrap().clone();
        for (node, place) in nodes.iter().zip(1..) {
            assert_eq!(node["seriesPosition"], place);
        }
        nodes
            .iter()
            .map(|node| text(&node["slug"]))
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (fields, expected) in [
        (format!("seriesId: \"{}\"", form.series), "a b c the-press"),
        ("seriesPosition: 1".to_owned(), "the-press a b c"),
        ("seriesPosition: 3".to_owned(), "a b the-press c"),
        ("seriesPosition: 3".to_owned(), "a b the-press c"),
        ("seriesPosition: 99".to_owned(), "a b c the-press"),
        ("seriesId: null".to_owned(), "a b c"),
        (
            format!("seriesId: \"{}\", seriesPosition: 2", form.series),
            "a the-press b c",
        ),
    ] {
        form.save(form.office.editor, &fields).await;
        assert_eq!(order().await, expected, "{fields}");
    }
    for fields in ["seriesPosition: 0", "seriesId: null, seriesPosition: 1"] {
        let told = form.problems(form.office.editor, fields).await;
        assert_eq!(told, [("INVALID".to_owned(), "seriesPosition".to_owned())], "{fields}");
    }
}

#[tokio::test]
async fn a_new_post_and_a_new_page_take_all_of_it_too() {
    let form = Form::new().await;
    let gazette = &form.office.gazette;
    let query = format!(
        "mutation {{ it: postCreate(input: {{ publicationId: \"{}\", {} }}) {{ post {{ {FORM} }} userErrors {{ message }} }} }}",
        form.office.publication,
        form.everything()
    );
    let post = gazette.done(form.office.editor.viewer(), &query).await["it"]["post"].clone();
    assert_eq!((&post["slug"], &post["version"]), (&json!("other-name"), &json!(1)));
    assert_eq!(post["series"]["id"], form.series.as_str());
    assert_eq!(post["authors"], json!([{ "id": form.author_id, "username": "author" }]));
    let parent = text(&form.office.begin_page("Top").await["id"]);
    let query = format!(
        "mutation {{ it: pageCreate(input: {{ publicationId: \"{}\", title: \"Below\", parentId: \"{parent}\", position: 7,
         tags: [{{ name: \"Type\" }}] }}) {{ page {{ id slug position tags {{ name }} parent {{ id }}
         shown: parent(includeHidden: true) {{ id }} }} userErrors {{ message }} }} }}",
        form.office.publication
    );
    let page = gazette.done(form.office.editor.viewer(), &query).await["it"]["page"].clone();
    assert_eq!(
        (&page["position"], &page["parent"], &page["shown"]["id"]),
        (&json!(7), &Value::Null, &json!(parent))
    );
    // The form of an author, who may not move pages.
    let id = text(&form.office.begin_page("Own").await["id"]);
    let update = |fields: &str| format!("pageUpdate(input: {{ id: \"{id}\", {fields} }})");
    let writer = form.office.writer.viewer();
    let same = update("title: \"Mine\", parentId: null, position: 0");
    assert_eq!(gazette.problems(writer, &same).await, []);
    for fields in ["position: 1".to_owned(), format!("parentId: \"{parent}\"")] {
        let query = format!("mutation {{ {} {{ page {{ id }} }} }}", update(&fields));
        assert_eq!(gazette.denied(writer, &query).await.0, "FORBIDDEN", "{fields}");
    }
    for fields in ["isFeatured: true", "seriesId: null"] {
        let query = format!("mutation {{ {} {{ page {{ id }} }} }}", update(fields));
        let errors = gazette.answer(writer, &query).await.errors;
        let name = fields.split(':').next().unwrap();
        assert!(errors[0].message.contains(name), "{fields}: {errors:?}");
    }
}
