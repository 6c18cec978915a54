//! Revisions: each save, what it changed, and the way back.

use quoin::domain::Viewer;
use serde_json::{Value, json};

use crate::support::office::{Office, text};

const LIST: &str = "revisions { totalCount nodes { id version title bodySource editor { username } diff {
    title { change text } bodySource { change text } } } }";

async fn revisions(office: &Office, id: &str) -> Vec<Value> {
    let query = format!("{{ post(by: {{ id: \"{id}\" }}) {{ {LIST} }} }}");
    let seen = office.gazette.done(office.editor.viewer(), &query).await;
    seen["post"]["revisions"]["nodes"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_saves_of_one_editor_are_one_revision_and_another_editors_are_another() {
    let office = Office::new().await;
    let id = office.draft().await;
    for title in ["Two", "Three"] {
        office.update(&id, &format!("title: \"{title}\"")).await;
    }
    let all = revisions(&office, &id).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!((&all[0]["version"], &all[0]["title"]), (&json!(3), &json!("Three")));
    let by_editor = format!("id: \"{id}\", bodySource: \"First plain words.\"");
    office.act(office.editor, "postUpdate", &by_editor).await;
    let all = revisions(&office, &id).await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[0]["editor"]["username"], "editor");
    assert_eq!(all[1]["editor"]["username"], "writer");
    let diff = all[0]["diff"]["bodySource"].as_array().unwrap();
    let of = |without: &str| -> String {
        let parts = diff.iter().filter(|part| part["change"] != without);
        parts.map(|part| part["text"].as_str().unwrap()).collect()
    };
    assert_eq!(of("ADDED"), "First *words*.");
    assert_eq!(of("REMOVED"), "First plain words.");
    assert_eq!(all[0]["diff"]["title"], json!([{ "change": "KEPT", "text": "Three" }]));
}

#[tokio::test]
async fn what_was_published_stays_a_revision_of_its_own() {
    let office = Office::new().await;
    let id = office.edited().await;
    let titles: Vec<_> = revisions(&office, &id)
        .await
        .iter()
        .map(|revision| text(&revision["title"]))
        .collect();
    assert_eq!(titles, ["The New Press", "The Press"]);
}

#[tokio::test]
async fn a_revision_comes_back_as_a_new_one() {
    let office = Office::new().await;
    let id = office.edited().await;
    let first = text(&revisions(&office, &id).await[1]["id"]);
    let post = office
        .act(
            office.writer,
            "postRestoreRevision",
            &format!("id: \"{id}\", revisionId: \"{first}\""),
        )
        .await;
    assert_eq!(post["title"], "The Press", "readers see what they saw");
    assert_eq!(post["draft"]["title"], "The Press");
    let all = revisions(&office, &id).await;
    assert_eq!(all.len(), 3, "what stood there before is kept");
    assert_eq!(all[0]["bodySource"], "First *words*.");
    assert_eq!(all[1]["bodySource"], "Second words.");

    let other = office.edited().await;
    let foreign = format!("postRestoreRevision(input: {{ id: \"{other}\", revisionId: \"{first}\" }})");
    let problems = office.gazette.problems(office.writer.viewer(), &foreign).await;
    assert_eq!(problems, [("INVALID".to_owned(), json!(["input", "revisionId"]))]);
}

#[tokio::test]
async fn two_revisions_are_compared_whichever_they_are_but_of_one_post_alone() {
    let office = Office::new().await;
    let id = office.edited().await;
    let all = revisions(&office, &id).await;
    let (newest, first) = (text(&all[0]["id"]), text(&all[1]["id"]));
    let diff = |of: &str, since: &str| {
        format!(
            "{{ node(id: \"{of}\") {{ ... on Revision {{ diff(since: \"{since}\") {{ bodySource {{ change text }} }} }} }} }}"
        )
    };
    let same = office
        .gazette
        .done(office.writer.viewer(), &diff(&newest, &newest))
        .await;
    assert_eq!(
        same["node"]["diff"]["bodySource"],
        json!([{ "change": "KEPT", "text": "Second words." }])
    );
    let back = office
        .gazette
        .done(office.writer.viewer(), &diff(&first, &newest))
        .await;
    assert_eq!(back["node"]["diff"]["bodySource"][0]["change"], "REMOVED");
    let other = office.edited().await;
    let foreign = text(&revisions(&office, &other).await[0]["id"]);
    let (code, _) = office
        .gazette
        .denied(office.writer.viewer(), &diff(&newest, &foreign))
        .await;
    assert_eq!(code, "NOT_FOUND");
}

#[tokio::test]
async fn texts_that_are_too_long_are_not_compared() {
    let office = Office::new().await;
    let id = office.draft().await;
    for (letter, editor) in [("a", office.writer), ("b", office.editor)] {
        let change = format!("id: \"{id}\", bodySource: \"{}\"", letter.repeat(500_001));
        office.act(editor, "postUpdate", &change).await;
    }
    let diff = format!(
        "{{ post(by: {{ id: \"{id}\" }}) {{ revisions(first: 1) {{ nodes {{ diff {{ title {{ text }} }} }} }} }} }}"
    );
    let (code, message) = office.gazette.denied(office.writer.viewer(), &diff).await;
    assert_eq!(code, "BAD_REQUEST");
    assert!(message.contains("at most 1000000"), "{message}");
}

#[tokio::test]
async fn the_comparisons_of_one_request_take_turns() {
    let office = Office::new().await;
    let id = office.edited().await;
    let aliases: String = (0..60)
        .map(|number| format!("d{number}: diff {{ bodySource {{ text }} }} "))
        .collect();
    let query = format!("{{ post(by: {{ id: \"{id}\" }}) {{ revisions(first: 1) {{ nodes {{ {aliases} }} }} }} }}");
    let seen = office.gazette.done(office.writer.viewer(), &query).await;
    let revision = &seen["post"]["revisions"]["nodes"][0];
    assert_eq!(revision["d59"], revision["d0"], "none was refused for the others");
}

#[tokio::test]
async fn readers_see_no_revisions() {
    let office = Office::new().await;
    let id = office.edited().await;
    let revision = text(&revisions(&office, &id).await[0]["id"]);
    let query = format!("{{ post(by: {{ id: \"{id}\" }}) {{ {LIST} }} node(id: \"{revision}\") {{ id }} }}");
    let reader = office.gazette.person("reader").await.viewer();
    for viewer in [Viewer::Anonymous, reader] {
        let seen = office.gazette.done(viewer, &query).await;
        assert_eq!(seen["post"]["revisions"], Value::Null);
        assert_eq!(seen["node"], Value::Null);
    }
}
