//! Jobs over the API: for those who look after the installation, and nobody else.

use entity::membership::Role;
use quoin::domain::Viewer;
use quoin::domain::job::{self, NewJob, Task};
use quoin::domain::letter::SealedLetter;
use quoin::domain::scope::Scope;
use serde_json::{Value, json};

use crate::support::Gazette;
use crate::support::accounts::run_jobs;
use crate::support::jobs::task;

const ALL: &str =
    "{ jobs { totalCount nodes { id kind status attempts maxAttempts lastError uniqueKey finishedAt } } }";

async fn ask(gazette: &Gazette, new: NewJob) {
    let transaction = gazette.store().write().await.unwrap();
    job::enqueue(&transaction, new).await.unwrap();
    transaction.commit().await.unwrap();
}

/// A job that was given up, and one that waits for tomorrow.
async fn dead_and_ready(gazette: &Gazette) {
    ask(gazette, NewJob::new(task())).await;
    assert_eq!(run_jobs(&gazette.accounts).await, 1);
    let tomorrow = entity::now() + chrono::TimeDelta::days(1);
    ask(gazette, NewJob::new(task()).at(tomorrow).unique("the one".to_owned())).await;
}

fn retry(id: &Value) -> String {
    format!("jobRetry(input: {{ id: {id} }})")
}

#[tokio::test]
async fn administrators_see_what_was_given_up_and_have_it_tried_again() {
    let gazette = Gazette::new().await;
    let root = gazette.administrator("root").await;
    dead_and_ready(&gazette).await;
    let jobs = &gazette.done(root.viewer(), ALL).await["jobs"];
    assert_eq!(jobs["totalCount"], 2);
    let [ready, dead] = jobs["nodes"].as_array().unwrap().as_slice() else {
        panic!("two: {jobs}");
    };
    assert_eq!(
        (&ready["status"], &ready["uniqueKey"], &ready["lastError"]),
        (&json!("READY"), &json!("the one"), &Value::Null)
    );
    assert_eq!(
        (&dead["status"], &dead["attempts"], &dead["kind"]),
        (&json!("DEAD"), &json!(1), &json!("send-letter"))
    );
    assert!(
        dead["lastError"].as_str().unwrap().contains("cannot be opened"),
        "{dead}"
    );
    assert!(dead["finishedAt"].is_string());

    let query = format!(
        "mutation {{ it: {} {{ job {{ status attempts finishedAt }} userErrors {{ code }} }} }}",
        retry(&dead["id"])
    );
    let retried = gazette.done(root.viewer(), &query).await;
    assert_eq!(
        retried["it"],
        json!({ "job": { "status": "READY", "attempts": 0, "finishedAt": null }, "userErrors": [] })
    );
    assert_eq!(run_jobs(&gazette.accounts).await, 1);
}

#[tokio::test]
async fn jobs_are_listed_by_where_they_stand_and_what_they_are() {
    let gazette = Gazette::new().await;
    let root = gazette.administrator("root").await;
    dead_and_ready(&gazette).await;
    for (filter, count) in [
        ("{ status: DEAD }", 1),
        ("{ status: READY }", 1),
        ("{ status: DONE }", 0),
        ("{ kind: \"send-letter\" }", 2),
        ("{ kind: \"send-letter\", status: DEAD }", 1),
        ("{ kind: \"paint-fence\" }", 0),
        ("{}", 2),
    ] {
        let query = format!("{{ jobs(where: {filter}) {{ totalCount nodes {{ status }} }} }}");
        let jobs = &gazette.done(root.viewer(), &query).await["jobs"];
        assert_eq!(jobs["totalCount"], count, "{filter}");
        assert_eq!(jobs["nodes"].as_array().unwrap().len(), count, "{filter}");
    }
    let page = "{ jobs(first: 1) { nodes { status } pageInfo { hasNextPage endCursor } } }";
    let first = gazette.done(root.viewer(), page).await;
    assert_eq!(first["jobs"]["pageInfo"]["hasNextPage"], true);
    let next = format!(
        "{{ jobs(after: {}) {{ nodes {{ status }} }} }}",
        first["jobs"]["pageInfo"]["endCursor"]
    );
    assert_eq!(
        gazette.done(root.viewer(), &next).await["jobs"]["nodes"],
        json!([{ "status": "DEAD" }])
    );
    let broken = gazette
        .denied(root.viewer(), "{ jobs(after: \"nonsense\") { totalCount } }")
        .await;
    assert_eq!(broken.0, "BAD_REQUEST");
}

#[tokio::test]
async fn only_what_failed_is_tried_again() {
    let gazette = Gazette::new().await;
    let root = gazette.administrator("root").await;
    dead_and_ready(&gazette).await;
    let jobs = gazette.done(root.viewer(), ALL).await;
    let waiting = &jobs["jobs"]["nodes"][0]["id"];
    let problem = [("NOT_ALLOWED".to_owned(), json!(["input", "id"]))];
    assert_eq!(gazette.problems(root.viewer(), &retry(waiting)).await, problem);
    job::claim(gazette.store(), std::time::Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(gazette.problems(root.viewer(), &retry(waiting)).await, problem);
    let viewer = gazette.done(root.viewer(), "{ viewer { user { id } } }").await;
    for unknown in [&json!(""), &json!("nonsense"), &viewer["viewer"]["user"]["id"]] {
        let query = format!("mutation {{ {} {{ userErrors {{ code }} }} }}", retry(unknown));
        assert_eq!(gazette.denied(root.viewer(), &query).await.0, "NOT_FOUND", "{unknown}");
    }
}

#[tokio::test]
async fn for_others_jobs_do_not_exist() {
    let gazette = Gazette::new().await;
    let root = gazette.administrator("root").await;
    let (owner, eve) = (gazette.member("olga", Role::Owner).await, gazette.person("eve").await);
    dead_and_ready(&gazette).await;
    let jobs = gazette.done(root.viewer(), ALL).await;
    let id = &jobs["jobs"]["nodes"][1]["id"];
    let node = format!("{{ node(id: {id}) {{ ... on Job {{ status }} }} }}");
    assert_eq!(gazette.done(root.viewer(), &node).await["node"]["status"], "DEAD");
    let mutation = format!("mutation {{ {} {{ userErrors {{ code }} }} }}", retry(id));
    for (other, code) in [
        (Viewer::Anonymous, "UNAUTHENTICATED"),
        (owner.viewer(), "FORBIDDEN"),
        (eve.viewer(), "FORBIDDEN"),
        (root.without(Scope::Admin), "FORBIDDEN"),
    ] {
        for query in [ALL, &mutation] {
            assert_eq!(gazette.denied(other, query).await.0, code, "{other:?}");
        }
        assert_eq!(gazette.done(other, &node).await, json!({ "node": null }), "{other:?}");
    }
    assert_eq!(gazette.done(root.viewer(), &node).await["node"]["status"], "DEAD");
}

#[tokio::test]
async fn no_secret_of_a_job_is_shown() {
    let gazette = Gazette::new().await;
    let root = gazette.administrator("root").await;
    let sealed = SealedLetter(entity::Hidden("hunter2".to_owned()));
    ask(&gazette, NewJob::new(Task::SendLetter(sealed))).await;
    run_jobs(&gazette.accounts).await;
    let fields = gazette
        .done(root.viewer(), "{ __type(name: \"Job\") { fields { name } } }")
        .await;
    let fields: Vec<_> = fields["__type"]["fields"].as_array().unwrap().iter().collect();
    let names = fields.iter().map(|field| field["name"].as_str().unwrap());
    let query = format!("{{ jobs {{ nodes {{ {} }} }} }}", names.collect::<Vec<_>>().join(" "));
    let shown = gazette.done(root.viewer(), &query).await.to_string();
    assert!(shown.contains("DEAD") && !shown.contains("hunter2"), "{shown}");
}
