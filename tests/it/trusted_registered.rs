//! Documents that are registered while Quoin runs: known to all replicas at once, and by the same name for ever.

use entity::membership::Role;
use entity::{TrustedDocumentId, post, trusted_document};
use quoin::domain::scope::{Scope, Scopes};
use quoin::http::{CacheSettings, HttpSettings};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::documents::{administrator, by_digest, data, post, register, registered, remove, sha256};
use crate::support::press::{Press, Writer, problem};
use crate::support::server::{TestServer, refusal};

const COUNT: &str = "query Count { publications { totalCount } }";
const TITLES: &str = "query Titles { posts { nodes { title } } }";

fn keeping(settings: &mut HttpSettings) {
    settings.cache = CacheSettings::default();
}

async fn press() -> (Press, Writer) {
    let press = Press::served(keeping).await;
    let root = administrator(&press).await;
    (press, root)
}

async fn count_by(server: &TestServer, body: Value) -> Result<Value, String> {
    let answer = post(server, body).await;
    if answer.status() == 200 {
        return Ok(data(answer).await["publications"]["totalCount"].clone());
    }
    Err(refusal(answer).await.1)
}

#[tokio::test]
async fn all_replicas_know_what_was_registered_and_forget_what_was_removed() {
    let (press, root) = press().await;
    let replica = press.server.replica(keeping).await;
    let servers = [&replica, &press.server];
    let (name, digest) = (
        json!({ "documentId": "count" }),
        json!({ "extensions": by_digest(COUNT) }),
    );
    for _ in 0..3 {
        for server in servers {
            let unknown = count_by(server, name.clone()).await;
            assert_eq!(unknown, Err("PERSISTED_QUERY_NOT_IN_LIST".to_owned()));
            let unknown = count_by(server, digest.clone()).await;
            assert_eq!(unknown, Err("PERSISTED_QUERY_NOT_FOUND".to_owned()));
        }
        registered(&press, &root, &[("count", COUNT)]).await;
        for server in servers {
            for body in [&name, &digest, &name] {
                assert_eq!(count_by(server, body.clone()).await, Ok(json!(1)), "{body}");
            }
        }
        let removed = remove(&press, &root, "count").await;
        assert_eq!(removed["data"]["it"]["trustedDocument"]["text"], COUNT, "{removed}");
    }
}

#[tokio::test]
async fn a_name_keeps_its_text_for_ever() {
    let (press, root) = press().await;
    let first = register(&press, &root, &[("count", COUNT)]).await;
    assert_eq!(
        first["trustedDocuments"],
        json!([{ "documentId": "count", "text": COUNT, "sha256": sha256(COUNT) }])
    );
    let again = register(&press, &root, &[("count", COUNT), ("count", COUNT)]).await;
    assert_eq!(again, first, "the same again is fine");

    let other = [("more", COUNT), ("count", TITLES)];
    let taken = ("TAKEN".to_owned(), json!(["input", "documents", "1", "documentId"]));
    for _ in 0..2 {
        let refused = register(&press, &root, &other).await;
        assert_eq!(problem(&refused), taken);
        assert_eq!(refused["trustedDocuments"], json!([]));
        remove(&press, &root, "count").await;
    }
    let more = count_by(&press.server, json!({ "documentId": "more" })).await;
    assert_eq!(more, Err("PERSISTED_QUERY_NOT_IN_LIST".to_owned()), "all or nothing");
    assert_eq!(register(&press, &root, &[("count", COUNT)]).await, first);
    let two = register(&press, &root, &[("two", COUNT), ("two", TITLES)]).await;
    assert_eq!(problem(&two).0, "TAKEN");
}

#[tokio::test]
async fn what_cannot_be_trusted_is_refused_by_its_place() {
    let (press, root) = press().await;
    let long = format!("{COUNT}#{}", "x".repeat(65_536));
    let deep = format!("{{ publications {} id {} }}", "{ nodes ".repeat(30), "} ".repeat(30));
    let digest = sha256(COUNT);
    for (name, text, expected) in [
        ("a b", COUNT, "id is"),
        ("", COUNT, "id is"),
        ("long", long.as_str(), "65536 are allowed"),
        (digest.as_str(), TITLES, "another SHA-256"),
        ("broken", "query {", "cannot be parsed"),
        ("empty", "", "cannot be parsed"),
        ("unknown", "{ nothing }", "line 1, column 3"),
        ("deep", deep.as_str(), "levels"),
        ("stream", "subscription { posts }", "no subscriptions"),
    ] {
        let refused = register(&press, &root, &[("good", TITLES), (name, text)]).await;
        assert_eq!(
            problem(&refused),
            ("INVALID".to_owned(), json!(["input", "documents", "1"])),
            "{name}"
        );
        let message = refused["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains(expected), "{name}: {message}");
    }
    let all = trusted_document::Entity::find()
        .all(press.server.store.read())
        .await
        .unwrap();
    assert_eq!(all, []);
}

#[tokio::test]
async fn there_are_only_so_many() {
    let (press, root) = press().await;
    let names: Vec<String> = (0..101).map(|number| format!("d{number}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), COUNT)).collect();
    for documents in [&many[..], &[]] {
        let refused = register(&press, &root, documents).await;
        assert_eq!(problem(&refused).1, json!(["input", "documents"]));
    }
    registered(&press, &root, &many[..100]).await;
    let rows = (0..4_899).map(|number| trusted_document::ActiveModel {
        id: Set(TrustedDocumentId::new()),
        name: Set(format!("n{number}")),
        digest: Set(sha256(COUNT)),
        text: Set(Some(COUNT.to_owned())),
        byte_size: Set(50),
        created_by_id: Set(None),
        created_at: Set(entity::now()),
    });
    let rows: Vec<_> = rows.collect();
    for rows in rows.chunks(500) {
        let insert = trusted_document::Entity::insert_many(rows.to_vec());
        insert.exec_without_returning(press.server.store.read()).await.unwrap();
    }
    registered(&press, &root, &[("last", COUNT)]).await;
    let refused = register(&press, &root, &[("more", COUNT)]).await;
    assert_eq!(
        problem(&refused),
        ("TOO_LONG".to_owned(), json!(["input", "documents"]))
    );
    remove(&press, &root, "d7").await;
    registered(&press, &root, &[("more", COUNT)]).await;
    trusted_document::Entity::update_many()
        .col_expr(trusted_document::Column::ByteSize, Expr::val(16_777_100))
        .filter(trusted_document::Column::Name.eq("last"))
        .exec(press.server.store.read())
        .await
        .unwrap();
    remove(&press, &root, "d8").await;
    assert_eq!(
        problem(&register(&press, &root, &[("bytes", COUNT)]).await).0,
        "TOO_LONG"
    );
}

#[tokio::test]
async fn administrators_alone_say_what_is_trusted() {
    let (press, root) = press().await;
    let owner = press.member("owner", Role::Owner).await;
    let all = Scopes::of_keys();
    let without = press.key(&root, all.without(Scope::Admin)).await;
    let with = press.key(&root, all).await;
    for (who, may) in [(&owner, false), (&without, false), (&with, true), (&root, true)] {
        let input = json!({ "documents": [{ "documentId": "count", "text": COUNT }] });
        let told = [
            press
                .told(who, "trustedDocumentRegister", "trustedDocuments { id }", input)
                .await,
            press
                .ask(Some(who), "{ trustedDocuments { totalCount } }", json!({}))
                .await,
            remove(&press, who, "count").await,
        ];
        for told in told {
            let code = &told["errors"][0]["extensions"]["code"];
            assert_eq!(code.as_str(), (!may).then_some("FORBIDDEN"), "{told}");
        }
    }
    let missing = remove(&press, &root, "count").await;
    assert_eq!(missing["errors"][0]["extensions"]["code"], "NOT_FOUND");
    let nonsense = remove(&press, &root, "no name at all").await;
    assert_eq!(nonsense["errors"][0]["extensions"]["code"], "NOT_FOUND");
    let audit = press
        .ask(
            Some(&root),
            "{ auditEvents(first: 2) { nodes { kind detail } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        audit["data"]["auditEvents"]["nodes"],
        json!([
            { "kind": "DOCUMENT_REMOVED", "detail": { "document": "count" } },
            { "kind": "DOCUMENTS_TRUSTED", "detail": { "documents": ["count"] } },
        ])
    );
}

#[tokio::test]
async fn what_is_registered_is_listed() {
    let (press, root) = press().await;
    let digest = sha256(TITLES);
    registered(
        &press,
        &root,
        &[("titles", TITLES), ("count", COUNT), (&digest, TITLES)],
    )
    .await;
    remove(&press, &root, "titles").await;
    let list = "{ trustedDocuments { totalCount nodes { id documentId text createdAt } } }";
    let listed = press.ask(Some(&root), list, json!({})).await;
    let listed = &listed["data"]["trustedDocuments"];
    assert_eq!(listed["totalCount"], 2);
    let names: Vec<_> = listed["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| &node["documentId"])
        .collect();
    assert_eq!(names, ["count", &format!("sha256:{digest}")]);
    let node = "query($id: ID!) { node(id: $id) { ... on TrustedDocument { text } } }";
    let id = json!({ "id": listed["nodes"][0]["id"] });
    let seen = press.ask(Some(&root), node, id.clone()).await;
    assert_eq!(seen["data"]["node"]["text"], COUNT);
    assert_eq!(press.ask(None, node, id).await["data"]["node"], Value::Null);
}

#[tokio::test]
async fn an_answer_that_rests_on_a_registered_document_is_kept_until_these_change() {
    let (press, root) = press().await;
    let owner = press.member("owner", Role::Owner).await;
    let fields = json!({ "publicationId": press.id, "title": "Lead", "bodySource": "Words." });
    let made = press.done(&owner, "postCreate", "post { id }", fields).await;
    press
        .done(
            &owner,
            "postPublish",
            "post { id }",
            json!({ "id": made["post"]["id"] }),
        )
        .await;
    registered(&press, &root, &[("titles", TITLES)]).await;
    let title = async |body: Value| data(post(&press.server, body).await).await["posts"]["nodes"][0]["title"].clone();
    let (named, sent) = (json!({ "documentId": "titles" }), json!({ "query": TITLES }));
    assert_eq!(title(named.clone()).await, "Lead");
    assert_eq!(title(sent.clone()).await, "Lead");
    post::Entity::update_many()
        .col_expr(post::Column::Title, Expr::val("Meddled"))
        .exec(press.server.store.read())
        .await
        .unwrap();
    assert_eq!(title(named.clone()).await, "Lead", "kept");
    registered(&press, &root, &[("count", COUNT)]).await;
    assert_eq!(title(named).await, "Meddled", "made anew");
    assert_eq!(
        title(sent).await,
        "Lead",
        "what was sent rests on nothing but its posts"
    );
}
