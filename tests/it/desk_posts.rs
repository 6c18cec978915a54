//! Posts from the first word to the public, over the API.

use entity::membership::Role;
use entity::post::PostStatus;
use entity::{category, post, revision, tag};
use quoin::domain::post::{NewPost, PostChange};
use quoin::domain::refusal::Refusal;
use quoin::domain::{Viewer, post as posts};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::office::{Office, text};
use crate::support::people::Person;
use crate::support::town::Town;
use crate::support::{Gazette, minute};

#[tokio::test]
async fn a_post_begins_as_a_draft_that_only_those_see_who_work_on_it() {
    let office = Office::new().await;
    let made = office.begin("title: \" 活版印刷 \", bodySource: \"# Type\"").await;
    assert_eq!(made["post"]["title"], "活版印刷");
    assert_eq!(made["post"]["slug"], "huo-ban-yin-shua");
    assert_eq!(made["post"]["status"], "DRAFT");
    assert_eq!(made["post"]["author"]["username"], "writer");
    let id = text(&made["post"]["id"]);
    let query = format!("{{ post(by: {{ id: \"{id}\" }}) {{ bodyHtml tableOfContents {{ text }} }} }}");
    assert_eq!(office.gazette.ask(&query).await["post"], Value::Null);
    let stranger = office.gazette.person("stranger").await;
    assert_eq!(
        office.gazette.done(stranger.viewer(), &query).await["post"],
        Value::Null
    );
    for person in [office.writer, office.editor] {
        let seen = office.gazette.done(person.viewer(), &query).await;
        assert_eq!(seen["post"]["tableOfContents"][0]["text"], "Type");
    }
}

#[tokio::test]
async fn slugs_are_made_unique_and_given_ones_must_be_free() {
    let office = Office::new().await;
    for slug in ["the-press", "the-press-2", "the-press-3"] {
        assert_eq!(office.begin("title: \"The Press\"").await["post"]["slug"], slug);
    }
    assert_eq!(office.begin("title: \"!?\"").await["post"]["slug"], "post");
    let taken = office.begin("title: \"x\", slug: \"The Press\"").await;
    assert_eq!(taken["userErrors"][0]["code"], "TAKEN");
    assert_eq!(taken["userErrors"][0]["field"], json!(["input", "slug"]));
    let page = office.begin_page("The Press").await;
    assert_eq!(page["slug"], "the-press", "pages and posts have names of their own");
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_nothing_else() {
    let office = Office::new().await;
    let id = office.draft().await;
    let post = office.update(&id, "excerpt: \"In short\"").await;
    assert_eq!(post["title"], "The Press");
    let query = format!("{{ post(by: {{ id: \"{id}\" }}) {{ excerpt bodyHtml bodySource outboundLinks }} }}");
    let seen = office.gazette.done(office.writer.viewer(), &query).await;
    assert_eq!(seen["post"]["excerpt"], "In short");
    assert_eq!(seen["post"]["bodySource"], "First *words*.");
    office
        .update(
            &id,
            "excerpt: null, bodySource: \"See [it](https://press.example/a) and [on](/there).\"",
        )
        .await;
    let seen = office.gazette.done(office.writer.viewer(), &query).await;
    assert_eq!(seen["post"]["excerpt"], "See it and on.");
    assert_eq!(seen["post"]["outboundLinks"], json!(["https://press.example/a"]));
}

#[tokio::test]
async fn readers_see_the_published_words_until_the_new_ones_are_published() {
    let office = Office::new().await;
    let id = office.edited().await;
    let query =
        format!("{{ post(by: {{ id: \"{id}\" }}) {{ title bodyText version draft {{ title }} hasDraft: id }} }}");
    let readers = office.gazette.ask(&query).await;
    assert_eq!(readers["post"]["title"], "The Press");
    assert_eq!(readers["post"]["bodyText"], "First words.");
    assert_eq!(readers["post"]["draft"], Value::Null, "readers do not learn of it");
    let writers = office.gazette.done(office.writer.viewer(), &query).await;
    assert_eq!(writers["post"]["title"], "The Press");
    assert_eq!(writers["post"]["draft"]["title"], "The New Press");

    let published = office.publish(&id).await;
    assert_eq!(published["draft"], Value::Null);
    let readers = office.gazette.ask(&query).await;
    assert_eq!(readers["post"]["title"], "The New Press");
    assert_eq!(readers["post"]["bodyText"], "Second words.");
}

#[tokio::test]
async fn a_working_copy_has_tags_of_its_own_and_counters_follow_what_is_published() {
    let office = Office::new().await;
    let (old, new) = (office.gazette.tag("old").await, office.gazette.tag("new").await);
    let tags = office
        .gazette
        .ask("{ publication { tags { nodes { id slug } } } }")
        .await;
    let node = |slug: &str| {
        let nodes = tags["publication"]["tags"]["nodes"].as_array().unwrap();
        text(&nodes.iter().find(|tag| tag["slug"] == slug).unwrap()["id"])
    };
    let id = office.draft().await;
    office
        .update(&id, &format!("tags: [{{ id: \"{}\" }}]", node("old")))
        .await;
    office.publish(&id).await;
    let counts = async || {
        let read = office.gazette.store().read();
        let count = async |id| tag::Entity::find_by_id(id).one(read).await.unwrap().unwrap().post_count;
        (count(old).await, count(new).await)
    };
    assert_eq!(counts().await, (1, 0));
    office.update(&id, "title: \"Retitled\"").await;
    let query = format!("{{ post(by: {{ id: \"{id}\" }}) {{ tags {{ slug }} draft {{ tags {{ slug }} }} }} }}");
    let seen = office.gazette.done(office.writer.viewer(), &query).await;
    assert_eq!(
        seen["post"]["draft"]["tags"],
        json!([{ "slug": "old" }]),
        "the copy begins with the post's"
    );
    office
        .update(&id, &format!("tags: [{{ id: \"{}\" }}]", node("new")))
        .await;
    let seen = office.gazette.done(office.writer.viewer(), &query).await;
    assert_eq!(seen["post"]["tags"], json!([{ "slug": "old" }]));
    assert_eq!(seen["post"]["draft"]["tags"], json!([{ "slug": "new" }]));
    assert_eq!(counts().await, (1, 0), "readers see the old one");
    office.publish(&id).await;
    assert_eq!(counts().await, (0, 1));
    office.act(office.editor, "postArchive", &format!("id: \"{id}\"")).await;
    assert_eq!(counts().await, (0, 0));
    office.publish(&id).await;
    office.act(office.editor, "postDelete", &format!("id: \"{id}\"")).await;
    assert_eq!(counts().await, (0, 0));
    let erased = format!("mutation {{ postErase(input: {{ id: \"{id}\" }}) {{ id }} }}");
    office.gazette.done(office.editor.viewer(), &erased).await;
    assert_eq!(
        post::Entity::find().count(office.gazette.store().read()).await.unwrap(),
        0
    );
    assert_eq!(office.revisions().await, 0);
}

#[tokio::test]
async fn a_stale_version_is_a_conflict_that_names_both_and_overwrites_nothing() {
    let office = Office::new().await;
    let id = office.draft().await;
    office.update(&id, "expectedVersion: 1, title: \"Mine\"").await;
    let stale = format!(
        "mutation {{ postUpdate(input: {{ id: \"{id}\", expectedVersion: 1, title: \"Theirs\" }}) {{ post {{ title }} }} }}"
    );
    let answer = office.gazette.answer(office.editor.viewer(), &stale).await;
    let error = serde_json::to_value(&answer.errors[0]).unwrap();
    let extensions = &error["extensions"];
    assert_eq!(extensions["code"], "CONFLICT");
    assert_eq!(
        (&extensions["expectedVersion"], &extensions["currentVersion"]),
        (&json!(1), &json!(2))
    );
    for (side, title) in [("expectedRevisionId", "The Press"), ("currentRevisionId", "Mine")] {
        let node = text(&extensions[side]);
        let query = format!("{{ node(id: \"{node}\") {{ ... on Revision {{ title }} }} }}");
        let revision = office.gazette.done(office.editor.viewer(), &query).await;
        assert_eq!(revision["node"]["title"], title, "{side}");
    }
    let row = post::Entity::find()
        .one(office.gazette.store().read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.title.as_str(), row.version), ("Mine", 2));
}

#[tokio::test]
async fn of_two_who_save_at_once_from_one_version_one_is_told_of_the_other() {
    let office = Office::new().await;
    let id = office.edited().await;
    let save = async |person: Person, title: &str| {
        let query = format!(
            "mutation {{ postUpdate(input: {{ id: \"{id}\", expectedVersion: 2, title: \"{title}\" }}) {{ post {{ id }} }} }}"
        );
        office.gazette.answer(person.viewer(), &query).await.errors.is_empty()
    };
    let (one, other) = tokio::join!(save(office.writer, "One"), save(office.editor, "Other"));
    assert!(one != other, "{one} {other}");
    let query = format!("{{ post(by: {{ id: \"{id}\" }}) {{ draft {{ title version }} }} }}");
    let seen = office.gazette.done(office.editor.viewer(), &query).await;
    assert_eq!(seen["post"]["draft"]["title"], if one { "One" } else { "Other" });
    assert_eq!(seen["post"]["draft"]["version"], 3);
}

#[tokio::test]
async fn a_save_is_at_most_four_statements() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let publication = town.publication("gazette", ann.id).await;
    let new = NewPost {
        publication,
        kind: post::PostKind::Article,
        change: PostChange {
            title: Some("Long".into()),
            source: Some("Words. ".repeat(15_000)),
            ..PostChange::default()
        },
    };
    let id = posts::create(&town.accounts, ann.viewer(), new).await.unwrap().id;
    let change = |word: &str| PostChange {
        source: Some(format!("{word}. ").repeat(15_000)),
        ..PostChange::default()
    };
    let save = async |word: &str, expected| {
        let update = posts::update(&town.accounts, ann.viewer(), id, expected, change(word));
        let (saved, statements) = town.statements(Box::pin(update)).await;
        saved.unwrap();
        statements
    };
    let statements = save("Other", Some(1)).await;
    assert!(statements.len() <= 4, "{statements:#?}");
    posts::perform(&town.accounts, ann.viewer(), id, None, posts::Order::Publish(None))
        .await
        .unwrap();
    save("Copy", None).await;
    let statements = save("Again", None).await;
    assert!(statements.len() <= 4, "{statements:#?}");
}

#[tokio::test]
async fn a_changed_address_leads_on_from_the_old_one() {
    let office = Office::new().await;
    let id = office.draft().await;
    office.publish(&id).await;
    let set = |slug: &str| format!("id: \"{id}\", slug: \"{slug}\"");
    office.act(office.editor, "postUpdate", &set("Gutenberg Press")).await;
    let at = |path: &str| {
        format!(
            "{{ resolvePath(path: \"{path}\") {{ __typename ... on Redirect {{ path target {{ ... on Post {{ slug }} }} }} ... on Post {{ slug }} }} }}"
        )
    };
    let old = office.gazette.ask(&at("/the-press")).await;
    assert_eq!(old["resolvePath"]["__typename"], "Redirect", "{old}");
    let new = office.gazette.ask(&at("/gutenberg-press")).await;
    assert_eq!(new["resolvePath"]["slug"], "gutenberg-press", "{new}");
    office.act(office.editor, "postUpdate", &set("the-press")).await;
    let back = office.gazette.ask(&at("/the-press")).await;
    assert_eq!(back["resolvePath"]["slug"], "the-press", "{back}");
    let old = office.gazette.ask(&at("/gutenberg-press")).await;
    assert_eq!(old["resolvePath"]["__typename"], "Redirect", "{old}");
}

#[tokio::test]
async fn review_goes_back_and_forth_with_a_note() {
    let office = Office::new().await;
    let id = office.draft().await;
    let of = |more: &str| format!("id: \"{id}\"{more}");
    assert_eq!(
        office.act(office.writer, "postSubmitForReview", &of("")).await["status"],
        "IN_REVIEW"
    );
    let post = office
        .act(office.editor, "postRequestChanges", &of(", note: \"Shorter.\""))
        .await;
    assert_eq!(post["status"], "DRAFT");
    let query = format!("{{ post(by: {{ id: \"{id}\" }}) {{ reviewNote }} }}");
    let seen = office.gazette.done(office.writer.viewer(), &query).await;
    assert_eq!(seen["post"]["reviewNote"], "Shorter.");
    office.act(office.writer, "postSubmitForReview", &of("")).await;
    let published = office.publish(&id).await;
    assert_eq!(published["status"], "PUBLISHED");
    let events = entity::audit_event::Entity::find()
        .filter(entity::audit_event::Column::Kind.eq("POST_PUBLISHED"))
        .count(office.gazette.store().read());
    assert_eq!(events.await.unwrap(), 1);
}

#[tokio::test]
async fn the_desk_lists_drafts_for_those_who_write_on_them() {
    let office = Office::new().await;
    let (draft, edited) = (office.draft().await, office.edited().await);
    office.gazette.post("plain", 1, |_| {}).await;
    let list = "{ posts(where: { status: [DRAFT] }) { totalCount nodes { id status } } }";
    let seen = office.gazette.done(office.writer.viewer(), list).await;
    let ids: Vec<_> = seen["posts"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|post| text(&post["id"]))
        .collect();
    assert_eq!(ids, [edited.clone(), draft], "the last changed first");
    assert_eq!(seen["posts"]["totalCount"], 2);
    assert_eq!(office.gazette.ask(list).await["posts"]["nodes"], json!([]));
    let other = office.gazette.member("other", Role::Author).await;
    assert_eq!(
        office.gazette.done(other.viewer(), list).await["posts"]["nodes"],
        json!([])
    );
    let changed = "{ posts(where: { hasDraft: true }) { nodes { id } } }";
    let seen = office.gazette.done(office.editor.viewer(), changed).await;
    assert_eq!(seen["posts"]["nodes"], json!([{ "id": edited }]));
    assert_eq!(office.gazette.ask(changed).await["posts"]["nodes"], json!([]));
    let plain = "{ posts { nodes { slug } } }";
    let seen = office.gazette.done(office.editor.viewer(), plain).await;
    assert_eq!(
        seen["posts"]["nodes"].as_array().unwrap().len(),
        2,
        "published ones alone"
    );
    let by_date = "{ posts(where: { status: [DRAFT] }, orderBy: { field: PUBLISHED_AT }) { nodes { id } } }";
    let (code, message) = office.gazette.denied(office.editor.viewer(), by_date).await;
    assert_eq!(code, "BAD_REQUEST");
    assert!(message.contains("UPDATED_AT"), "{message}");
}

#[tokio::test]
async fn what_was_taken_back_keeps_the_newest_words_and_its_date() {
    let office = Office::new().await;
    let id = office.edited().await;
    let first = office
        .gazette
        .ask(&format!("{{ post(by: {{ id: \"{id}\" }}) {{ publishedAt }} }}"))
        .await;
    let post = office
        .act(office.editor, "postUnpublish", &format!("id: \"{id}\""))
        .await;
    assert_eq!(
        (&post["status"], &post["title"]),
        (&json!("DRAFT"), &json!("The New Press"))
    );
    let post = office.publish(&id).await;
    assert_eq!(post["publishedAt"], first["post"]["publishedAt"]);
    assert_eq!(
        office.revisions().await,
        3,
        "both texts, and the one that it was taken back with"
    );
}

#[tokio::test]
async fn the_date_of_a_post_that_is_public_can_be_corrected() {
    let office = Office::new().await;
    let id = office.edited().await;
    let query = format!("{{ post(by: {{ id: \"{id}\" }}) {{ title publishedAt }} }}");
    let known = office.gazette.ask(&query).await["post"]["publishedAt"].clone();
    let published = async |mutation: &str, date: &str| {
        let input = format!("id: \"{id}\", publishedAt: \"{date}\"");
        office.act(office.editor, mutation, &input).await;
        office.gazette.ask(&query).await["post"].clone()
    };
    let post = published("postPublish", "2001-02-03T04:05:06Z").await;
    assert_eq!(
        post,
        json!({ "title": "The New Press", "publishedAt": "2001-02-03T04:05:06+00:00" })
    );
    for (mutation, year) in [("postPublish", 2002), ("postUpdate", 2003)] {
        let post = published(mutation, &format!("{year}-02-03T04:05:06Z")).await;
        let date = format!("{year}-02-03T04:05:06+00:00");
        assert_eq!(post["publishedAt"], date, "without a draft, too, by {mutation}");
    }
    let post = office.gazette.ask(&query).await["post"].clone();
    assert_ne!(post["publishedAt"], known);
    office.update(&id, "title: \"Newer\"").await;
    let post = office.publish(&id).await;
    assert_eq!(
        post["publishedAt"], "2003-02-03T04:05:06+00:00",
        "it stays unless another is given"
    );
    let query = format!("mutation {{ postPublish(input: {{ id: \"{id}\" }}) {{ userErrors {{ code }} }} }}");
    let again = office.gazette.done(office.editor.viewer(), &query).await;
    assert_eq!(
        again["postPublish"]["userErrors"][0]["code"], "NOT_ALLOWED",
        "there is nothing to publish"
    );
    let date = format!(
        "mutation {{ postUpdate(input: {{ id: \"{id}\", publishedAt: \"2003-01-01T00:00:00Z\" }}) {{ post {{ id }} }} }}"
    );
    assert_eq!(
        office.gazette.denied(office.writer.viewer(), &date).await.0,
        "FORBIDDEN"
    );
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_field_and_changes_nothing() {
    let office = Office::new().await;
    let id = office.draft().await;
    let other = Gazette::new().await;
    other.tag("foreign").await;
    let foreign = other.ask("{ publication { tags { nodes { id } } } }").await;
    let foreign = text(&foreign["publication"]["tags"]["nodes"][0]["id"]);
    let many = vec![format!("{{ id: \"{foreign}\" }}"); 10_000].join(",");
    let long = "x".repeat(501);
    let before = post::Entity::find().one(office.gazette.store().read()).await.unwrap();
    let cases = [
        ("title: \"\"".to_owned(), "REQUIRED", json!(["input", "title"])),
        ("title: \"  \"".to_owned(), "REQUIRED", json!(["input", "title"])),
        ("title: \"a\\u0007b\"".to_owned(), "INVALID", json!(["input", "title"])),
        ("title: \"a\\u0000b\"".to_owned(), "INVALID", json!(["input", "title"])),
        (format!("title: \"{long}\""), "TOO_LONG", json!(["input", "title"])),
        (
            "bodySource: \"a\\u0000b\"".to_owned(),
            "INVALID",
            json!(["input", "bodySource"]),
        ),
        (
            format!("bodySource: \"{}\"", "x".repeat(1_000_001)),
            "TOO_LONG",
            json!(["input", "bodySource"]),
        ),
        (
            format!("excerpt: \"{}\"", "x".repeat(2_001)),
            "TOO_LONG",
            json!(["input", "excerpt"]),
        ),
        (
            "canonicalUrl: \"javascript:alert(1)\"".to_owned(),
            "INVALID",
            json!(["input", "canonicalUrl"]),
        ),
        (format!("tags: [{many}]"), "TOO_LONG", json!(["input", "tags"])),
        (
            format!("tags: [{{ id: \"{foreign}\" }}]"),
            "INVALID",
            json!(["input", "tags", "0", "id"]),
        ),
        (
            "categoryIds: [\"nonsense\"]".to_owned(),
            "INVALID",
            json!(["input", "categoryIds", "0"]),
        ),
        (
            "featuredImageId: \"nonsense\"".to_owned(),
            "INVALID",
            json!(["input", "featuredImageId"]),
        ),
        (
            "customFields: [1]".to_owned(),
            "INVALID",
            json!(["input", "customFields"]),
        ),
    ];
    for (fields, code, field) in cases {
        let mutation = format!("postUpdate(input: {{ id: \"{id}\", {fields} }})");
        let problems = office.gazette.problems(office.writer.viewer(), &mutation).await;
        assert_eq!(
            problems,
            [(code.to_owned(), field)],
            "{}",
            &fields[..fields.len().min(60)]
        );
    }
    let acts = [
        ("postSchedule", "publishAt: \"2001-01-01T00:00:00Z\"", "publishAt"),
        ("postSchedule", "publishAt: \"9999-01-01T00:00:00Z\"", "publishAt"),
        ("postPublish", "publishedAt: \"2999-01-01T00:00:00Z\"", "publishedAt"),
        ("postUpdate", "slug: \"!!!\"", "slug"),
        ("postUpdate", "slug: \"\"", "slug"),
        ("postUpdate", "authorIds: []", "authorIds"),
        ("postPreviewCreate", "minutes: 0", "minutes"),
        ("postPreviewCreate", "minutes: 50000", "minutes"),
    ];
    for (mutation, fields, field) in acts {
        let mutation = format!("{mutation}(input: {{ id: \"{id}\", {fields} }})");
        let problems = office.gazette.problems(office.editor.viewer(), &mutation).await;
        assert_eq!(problems.len(), 1, "{mutation}");
        assert_eq!(problems[0].1, json!(["input", field]), "{mutation}");
    }
    let no_offset = format!(
        "mutation {{ postSchedule(input: {{ id: \"{id}\", publishAt: \"2999-01-01T00:00:00\" }}) {{ post {{ id }} }} }}"
    );
    let answer = office.gazette.answer(office.editor.viewer(), &no_offset).await;
    assert!(!answer.errors.is_empty(), "a time without its offset is no time");
    let after = post::Entity::find().one(office.gazette.store().read()).await.unwrap();
    assert_eq!(before, after);
    assert_eq!(
        category::Entity::find()
            .count(office.gazette.store().read())
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn pages_stand_below_others_but_never_below_themselves() {
    let office = Office::new().await;
    let page = async |title: &str| text(&office.begin_page(title).await["id"]);
    let (top, middle, low) = (page("Top").await, page("Middle").await, page("Low").await);
    let moved = |id: &str, parent: &str| format!("pageUpdate(input: {{ id: \"{id}\", parentId: \"{parent}\" }})");
    for (id, parent) in [(&middle, &top), (&low, &middle)] {
        assert_eq!(
            office
                .gazette
                .problems(office.editor.viewer(), &moved(id, parent))
                .await,
            []
        );
    }
    for (id, parent) in [(&top, &top), (&top, &low), (&top, &office.publication)] {
        let problems = office
            .gazette
            .problems(office.editor.viewer(), &moved(id, parent))
            .await;
        assert_eq!(problems, [("INVALID".to_owned(), json!(["input", "parentId"]))]);
    }
}

#[tokio::test]
async fn a_scheduled_post_goes_public_when_its_time_has_come_and_not_before() {
    let office = Office::new().await;
    let id = office.draft().await;
    let soon = entity::now() + chrono::TimeDelta::hours(1);
    let schedule = format!("id: \"{id}\", publishAt: \"{}\"", soon.to_rfc3339());
    assert_eq!(
        office.act(office.editor, "postSchedule", &schedule).await["status"],
        "SCHEDULED"
    );
    let due = async || {
        let transaction = office.gazette.store().write().await.unwrap();
        let row = post::Entity::find().one(&transaction).await.unwrap().unwrap();
        posts::publish_due(&transaction, row.id).await.unwrap();
        transaction.commit().await.unwrap();
        post::Entity::find()
            .one(office.gazette.store().read())
            .await
            .unwrap()
            .unwrap()
    };
    assert_eq!(due().await.status, PostStatus::Scheduled);
    let past = post::ActiveModel {
        published_at: sea_orm::ActiveValue::Set(Some(minute(5))),
        ..Default::default()
    };
    post::Entity::update_many()
        .set(past)
        .exec(office.gazette.store().read())
        .await
        .unwrap();
    let row = due().await;
    assert_eq!((row.status, row.published_at), (PostStatus::Published, Some(minute(5))));
    assert_eq!(due().await, row, "once");
}

#[tokio::test]
async fn who_may_only_read_writes_nothing() {
    use quoin::domain::scope::Scope;
    let office = Office::new().await;
    let id = office.draft().await;
    let update = format!("mutation {{ postUpdate(input: {{ id: \"{id}\", title: \"x\" }}) {{ post {{ id }} }} }}");
    let (code, _) = office
        .gazette
        .denied(office.writer.without(Scope::Write), &update)
        .await;
    assert_eq!(code, "FORBIDDEN");
    let (code, _) = office.gazette.denied(Viewer::Anonymous, &update).await;
    assert_eq!(code, "UNAUTHENTICATED");
    assert!(
        office
            .gazette
            .answer(office.writer.by_key(), &update)
            .await
            .errors
            .is_empty()
    );
}

#[tokio::test]
async fn old_revisions_go_but_never_the_published_one() {
    let town = Town::with(|settings| settings.desk.revisions = 10).await;
    let ann = town.resident("ann").await;
    let ben = town.resident("ben").await;
    let publication = town.publication("gazette", ann.id).await;
    let transaction = town.store().write().await.unwrap();
    quoin::domain::member::put(&transaction, publication, ben.id, Role::Editor)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let new = NewPost {
        publication,
        kind: post::PostKind::Article,
        change: PostChange {
            title: Some("First".into()),
            ..PostChange::default()
        },
    };
    let id = posts::create(&town.accounts, ann.viewer(), new).await.unwrap().id;
    posts::perform(&town.accounts, ann.viewer(), id, None, posts::Order::Publish(None))
        .await
        .unwrap();
    for round in 2..=64 {
        // In turns, so that each save is a revision.
        let editor = if round % 2 == 0 { &ann } else { &ben };
        let change = PostChange {
            title: Some(format!("Title {round}")),
            ..PostChange::default()
        };
        posts::update(&town.accounts, editor.viewer(), id, None, change)
            .await
            .unwrap();
    }
    let mut versions: Vec<i32> = revision::Entity::find()
        .all(town.store().read())
        .await
        .unwrap()
        .into_iter()
        .map(|revision| revision.version)
        .collect();
    versions.sort_unstable();
    let expected: Vec<i32> = std::iter::once(1).chain(55..=64).collect();
    assert_eq!(versions, expected);
    let stale = posts::update(&town.accounts, ann.viewer(), id, Some(1), PostChange::default()).await;
    assert!(matches!(stale, Err(Refusal::Conflict(_))), "{stale:?}");
}
