//! A conflict names the text that the client read and the newest one, whoever saved in between and however fast.

use chrono::TimeDelta;
use entity::revision;
use quoin::domain::sweep;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::support::office::{Office, text};
use crate::support::people::Person;

/// The `extensions` of the CONFLICT that a save gets.
async fn conflict(office: &Office, person: Person, id: &str, expected: i32) -> Value {
    let save = format!(
        "mutation {{ postUpdate(input: {{ id: \"{id}\", expectedVersion: {expected}, bodySource: \"Mine.\" }}) \
         {{ post {{ id }} }} }}"
    );
    let answer = office.gazette.answer(person.viewer(), &save).await;
    let error = serde_json::to_value(answer.errors.first().expect("a conflict")).unwrap();
    assert_eq!(error["extensions"]["code"], "CONFLICT", "{error}");
    error["extensions"].clone()
}

/// Version and text of a revision; null for none.
async fn body(office: &Office, id: &Value) -> Value {
    let Some(id) = id.as_str() else { return Value::Null };
    let query = format!("{{ node(id: \"{id}\") {{ ... on Revision {{ version bodySource }} }} }}");
    let found = office.gazette.done(office.writer.viewer(), &query).await;
    match &found["node"] {
        Value::Null => Value::Null,
        node => json!([node["version"], node["bodySource"]]),
    }
}

/// The expected and the current text of a conflict.
async fn sides(office: &Office, person: Person, id: &str, expected: i32) -> [Value; 2] {
    let conflict = conflict(office, person, id, expected).await;
    [
        body(office, &conflict["expectedRevisionId"]).await,
        body(office, &conflict["currentRevisionId"]).await,
    ]
}

/// Versions and titles of the listed revisions, the newest first.
async fn listed(office: &Office, id: &str) -> Vec<(Value, Value)> {
    let query =
        format!("{{ post(by: {{ id: \"{id}\" }}) {{ revisions {{ totalCount nodes {{ version title }} }} }} }}");
    let seen = office.gazette.done(office.editor.viewer(), &query).await;
    let revisions = &seen["post"]["revisions"];
    let nodes = revisions["nodes"].as_array().unwrap();
    assert_eq!(revisions["totalCount"], nodes.len());
    nodes
        .iter()
        .map(|node| (node["version"].clone(), node["title"].clone()))
        .collect()
}

/// Makes every superseded revision so much older.
async fn age(office: &Office, by: TimeDelta) {
    let earlier = Expr::value(entity::now() - by);
    revision::Entity::update_many()
        .col_expr(revision::Column::SupersededAt, earlier)
        .filter(revision::Column::SupersededAt.is_not_null())
        .exec(office.gazette.store().read())
        .await
        .unwrap();
}

/// The versions of all revisions in the database.
async fn stored(office: &Office) -> Vec<i32> {
    let rows = revision::Entity::find().order_by_asc(revision::Column::Version);
    let rows = rows.all(office.gazette.store().read()).await.unwrap();
    rows.into_iter().map(|row| row.version).collect()
}

#[tokio::test]
async fn each_tab_of_one_sitting_gets_exactly_the_text_that_it_read() {
    let office = Office::new().await;
    let id = office.draft().await;
    for number in 2..=5 {
        office.update(&id, &format!("bodySource: \"Save {number}.\"")).await;
    }
    let current = json!([5, "Save 5."]);
    for (expected, base) in [(1, "First *words*."), (2, "Save 2."), (4, "Save 4.")] {
        for person in [office.writer, office.editor] {
            let sides = sides(&office, person, &id, expected).await;
            assert_eq!(sides, [json!([expected, base]), current.clone()]);
        }
    }
    assert_eq!(listed(&office, &id).await, [(json!(5), json!("The Press"))]);
}

#[tokio::test]
async fn two_editors_of_one_draft_are_told_apart() {
    let office = Office::new().await;
    let id = office.draft().await;
    office.update(&id, "bodySource: \"By the writer.\"").await;
    let by_editor = |body: &str| format!("id: \"{id}\", bodySource: \"{body}\"");
    office
        .act(office.editor, "postUpdate", &by_editor("By the editor."))
        .await;
    office
        .act(office.editor, "postUpdate", &by_editor("By the editor again."))
        .await;
    let told = sides(&office, office.writer, &id, 2).await;
    assert_eq!(told, [json!([2, "By the writer."]), json!([4, "By the editor again."])]);
    let listed = listed(&office, &id).await;
    assert_eq!(
        listed.iter().map(|(version, _)| version.clone()).collect::<Vec<_>>(),
        [4, 2]
    );
}

#[tokio::test]
async fn a_version_that_never_was_has_no_text() {
    let office = Office::new().await;
    let id = office.draft().await;
    for expected in [-1, 0, 2, i32::MAX] {
        let sides = sides(&office, office.writer, &id, expected).await;
        assert_eq!(sides, [Value::Null, json!([1, "First *words*."])], "{expected}");
    }
}

#[tokio::test]
async fn what_is_done_to_a_post_as_a_whole_leaves_every_version_its_text() {
    let office = Office::new().await;
    let id = office.edited().await;
    let whole = format!("id: \"{id}\"");
    office.act(office.writer, "postDiscardDraft", &whole).await;
    // The published text is version 3 now, so that nobody takes it for the draft that was version 2.
    let told = sides(&office, office.writer, &id, 2).await;
    assert_eq!(told, [json!([2, "Second words."]), json!([3, "First *words*."])]);
    office.act(office.editor, "postUnpublish", &whole).await;
    let told = sides(&office, office.writer, &id, 3).await;
    assert_eq!(told, [json!([3, "First *words*."]), json!([4, "First *words*."])]);
    office.act(office.editor, "postDelete", &whole).await;
    office.act(office.editor, "postRestore", &whole).await;
    office
        .act(
            office.editor,
            "postUpdate",
            &format!("{whole}, bodySource: \"Third words.\""),
        )
        .await;
    let told = sides(&office, office.writer, &id, 5).await;
    assert_eq!(told, [json!([5, "First *words*."]), json!([6, "Third words."])]);
}

#[tokio::test]
async fn superseded_texts_are_deleted_after_a_day_and_listed_ones_are_not() {
    let office = Office::new().await;
    let id = office.draft().await;
    for number in 2..=4 {
        office.update(&id, &format!("title: \"Save {number}\"")).await;
    }
    sweep::sweep(office.gazette.store()).await.unwrap();
    age(&office, TimeDelta::hours(23)).await;
    sweep::sweep(office.gazette.store()).await.unwrap();
    assert_eq!(stored(&office).await, [1, 2, 3, 4]);
    age(&office, TimeDelta::hours(25)).await;
    sweep::sweep(office.gazette.store()).await.unwrap();
    assert_eq!(stored(&office).await, [4]);
    // A text that is gone is not taken for another one.
    let told = sides(&office, office.editor, &id, 3).await;
    assert_eq!(told, [Value::Null, json!([4, "First *words*."])]);
    assert_eq!(listed(&office, &id).await, [(json!(4), json!("Save 4"))]);
}

#[tokio::test]
async fn a_sweep_deletes_more_than_one_statement_does() {
    let office = Office::new().await;
    office.draft().await;
    let read = office.gazette.store().read();
    let first = revision::Entity::find().one(read).await.unwrap().unwrap();
    let superseded = (2..=1_202).map(|version| {
        revision::ActiveModel::from(revision::Model {
            id: entity::RevisionId::new(),
            version,
            superseded_at: Some(entity::now() - TimeDelta::hours(25)),
            ..first.clone()
        })
    });
    let superseded: Vec<_> = superseded.collect();
    for rows in superseded.chunks(400) {
        revision::Entity::insert_many(rows.to_vec())
            .exec_without_returning(read)
            .await
            .unwrap();
    }
    assert_eq!(revision::Entity::find().count(read).await.unwrap(), 1_202);
    sweep::sweep(office.gazette.store()).await.unwrap();
    assert_eq!(stored(&office).await, [1]);
}

#[tokio::test]
async fn superseded_texts_of_a_post_are_bounded_like_listed_ones() {
    let office = Office::new().await;
    let id = office.draft().await;
    let most = office.gazette.accounts.settings.desk.revisions;
    let read = office.gazette.store().read();
    let first = revision::Entity::find().one(read).await.unwrap().unwrap();
    let older = (-i32::try_from(most).unwrap()..0).map(|version| {
        revision::ActiveModel::from(revision::Model {
            id: entity::RevisionId::new(),
            version,
            superseded_at: Some(entity::now()),
            ..first.clone()
        })
    });
    revision::Entity::insert_many(older)
        .exec_without_returning(read)
        .await
        .unwrap();
    for number in 2..=32 {
        office.update(&id, &format!("title: \"Save {number}\"")).await;
    }
    let superseded = revision::Entity::find().filter(revision::Column::SupersededAt.is_not_null());
    assert_eq!(superseded.count(read).await.unwrap(), u64::from(most));
    assert_eq!(stored(&office).await.last(), Some(&32));
    assert_eq!(listed(&office, &id).await, [(json!(32), json!("Save 32"))]);
}

#[tokio::test]
async fn a_superseded_text_can_be_restored_and_compared() {
    let office = Office::new().await;
    let id = office.draft().await;
    office.update(&id, "bodySource: \"Second words.\"").await;
    office.update(&id, "bodySource: \"Third words.\"").await;
    let conflict = conflict(&office, office.editor, &id, 2).await;
    let (base, current) = (
        text(&conflict["expectedRevisionId"]),
        text(&conflict["currentRevisionId"]),
    );
    let query = format!(
        "{{ node(id: \"{current}\") {{ ... on Revision {{ diff(since: \"{base}\") {{ bodySource {{ change text }} }} }} }} }}"
    );
    let diff = office.gazette.done(office.writer.viewer(), &query).await;
    let parts = diff["node"]["diff"]["bodySource"].as_array().unwrap().clone();
    let old: String = parts
        .iter()
        .filter(|part| part["change"] != "ADDED")
        .map(|part| text(&part["text"]))
        .collect();
    assert_eq!(old, "Second words.");
    let restore = format!("id: \"{id}\", revisionId: \"{base}\"");
    office.act(office.writer, "postRestoreRevision", &restore).await;
    let query = format!("{{ post(by: {{ id: \"{id}\" }}) {{ bodySource }} }}");
    let seen = office.gazette.done(office.writer.viewer(), &query).await;
    assert_eq!(seen["post"]["bodySource"], "Second words.");
    assert_eq!(
        listed(&office, &id).await.len(),
        2,
        "what was restored is a revision of its own"
    );
}
