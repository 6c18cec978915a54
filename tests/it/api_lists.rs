//! Lists: pages in both directions, orders, filters, counts.

use entity::post::PostKind;
use serde_json::{Value, json};

use crate::support::Gazette;

/// The slugs of a page of posts.
fn slugs(page: &Value) -> Vec<&str> {
    page["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|post| post["slug"].as_str().unwrap())
        .collect()
}

async fn five_posts() -> Gazette {
    let site = Gazette::new().await;
    for (number, slug) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
        site.post(slug, i64::try_from(number).unwrap(), |_| {}).await;
    }
    site
}

const PAGE: &str = "{ nodes { slug } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } }";

#[tokio::test]
async fn pages_lead_through_a_list_and_back() {
    let site = five_posts().await;
    let first = &site.ask(&format!("{{ posts(first: 2) {PAGE} }}")).await["posts"];
    assert_eq!(slugs(first), ["e", "d"], "newest first");
    assert_eq!(
        (&first["pageInfo"]["hasNextPage"], &first["pageInfo"]["hasPreviousPage"]),
        (&json!(true), &json!(false))
    );

    let after = &first["pageInfo"]["endCursor"];
    let second = &site.ask(&format!("{{ posts(first: 2, after: {after}) {PAGE} }}")).await["posts"];
    assert_eq!(slugs(second), ["c", "b"]);
    assert_eq!(
        (
            &second["pageInfo"]["hasNextPage"],
            &second["pageInfo"]["hasPreviousPage"]
        ),
        (&json!(true), &json!(true))
    );

    let after = &second["pageInfo"]["endCursor"];
    let third = &site.ask(&format!("{{ posts(first: 2, after: {after}) {PAGE} }}")).await["posts"];
    assert_eq!(slugs(third), ["a"]);
    assert_eq!(third["pageInfo"]["hasNextPage"], false);

    let before = &third["pageInfo"]["startCursor"];
    let back = &site
        .ask(&format!("{{ posts(last: 2, before: {before}) {PAGE} }}"))
        .await["posts"];
    assert_eq!(slugs(back), ["c", "b"], "in the order of the list");
    assert_eq!(
        (&back["pageInfo"]["hasNextPage"], &back["pageInfo"]["hasPreviousPage"]),
        (&json!(true), &json!(true))
    );

    let end = &site.ask(&format!("{{ posts(last: 1) {PAGE} }}")).await["posts"];
    assert_eq!(slugs(end), ["a"]);
}

#[tokio::test]
async fn a_cursor_keeps_its_place_when_posts_come_before_it() {
    let site = five_posts().await;
    let first = &site.ask(&format!("{{ posts(first: 2) {PAGE} }}")).await["posts"];
    site.post("newer", 99, |_| {}).await;
    let after = &first["pageInfo"]["endCursor"];
    let second = &site.ask(&format!("{{ posts(first: 2, after: {after}) {PAGE} }}")).await["posts"];
    assert_eq!(slugs(second), ["c", "b"]);
}

#[tokio::test]
async fn posts_of_one_moment_are_neither_lost_nor_repeated() {
    let site = Gazette::new().await;
    for slug in ["a", "b", "c", "d", "e"] {
        site.post(slug, 7, |_| {}).await;
    }
    let mut seen = Vec::new();
    let mut after = Value::Null;
    for _ in 0..5 {
        let page = &site.ask(&format!("{{ posts(first: 1, after: {after}) {PAGE} }}")).await["posts"];
        seen.extend(slugs(page).into_iter().map(str::to_owned));
        after = page["pageInfo"]["endCursor"].clone();
    }
    seen.sort();
    assert_eq!(seen, ["a", "b", "c", "d", "e"]);
}

#[tokio::test]
async fn every_order_pages_both_ways() {
    let site = five_posts().await;
    for (order, expected) in [
        ("{ field: TITLE, direction: ASC }", ["a", "b", "c", "d", "e"]),
        ("{ field: TITLE }", ["e", "d", "c", "b", "a"]),
        ("{ field: UPDATED_AT, direction: ASC }", ["a", "b", "c", "d", "e"]),
        ("{ direction: ASC }", ["a", "b", "c", "d", "e"]),
    ] {
        let page = &site
            .ask(&format!("{{ posts(orderBy: {order}, first: 3) {PAGE} }}"))
            .await["posts"];
        assert_eq!(slugs(page), expected[..3], "{order}");
        let after = &page["pageInfo"]["endCursor"];
        let rest = &site
            .ask(&format!(
                "{{ posts(orderBy: {order}, first: 3, after: {after}) {PAGE} }}"
            ))
            .await["posts"];
        assert_eq!(slugs(rest), expected[3..], "{order}");
        let before = &rest["pageInfo"]["startCursor"];
        let back = &site
            .ask(&format!(
                "{{ posts(orderBy: {order}, last: 3, before: {before}) {PAGE} }}"
            ))
            .await["posts"];
        assert_eq!(slugs(back), expected[..3], "{order}");
    }
}

#[tokio::test]
async fn filters_hold_all_at_once() {
    let site = Gazette::new().await;
    let (lead, bob) = (site.tag("lead").await, site.user("bob").await);
    site.post("plain", 1, |_| {}).await;
    site.post("tagged", 2, |post| post.tags = vec![lead]).await;
    site.post("by-bob", 3, |post| post.authors = vec![bob]).await;
    site.post("pinned", 4, |post| {
        post.is_featured = true;
        post.tags = vec![lead];
        post.title = "100% Pure_Ink".into();
    })
    .await;
    site.post("imprint", 5, |post| post.kind = PostKind::Page).await;
    for (filter, expected) in [
        ("{}", &["pinned", "by-bob", "tagged", "plain"][..]),
        ("{ tag: \"lead\" }", &["pinned", "tagged"]),
        ("{ tag: \"lead\", featured: false }", &["tagged"]),
        ("{ tag: \"none\" }", &[]),
        ("{ author: \"bob\" }", &["by-bob"]),
        ("{ publication: \"gazette\", featured: true }", &["pinned"]),
        ("{ publication: \"other\" }", &[]),
        ("{ title: \"OF TAGGED\" }", &["tagged"]),
        ("{ title: \"100%\" }", &["pinned"]),
        ("{ title: \"e_i\" }", &["pinned"]),
        ("{ title: \"0_ p\" }", &[]),
        ("{ title: \"\\\\\" }", &[]),
        ("{ series: \"none\" }", &[]),
        ("{ category: \"none\" }", &[]),
    ] {
        let answer = site
            .ask(&format!(
                "{{ posts(where: {filter}) {{ totalCount nodes {{ slug }} }} }}"
            ))
            .await;
        assert_eq!(slugs(&answer["posts"]), *expected, "{filter}");
        assert_eq!(answer["posts"]["totalCount"], expected.len(), "{filter}");
    }
}

#[tokio::test]
async fn dates_cut_a_list_from_and_before() {
    let site = five_posts().await;
    let (from, before) = (crate::support::minute(1), crate::support::minute(3));
    let filter = format!(
        "publishedFrom: \"{}\", publishedBefore: \"{}\"",
        from.to_rfc3339(),
        before.to_rfc3339()
    );
    let answer = site
        .ask(&format!("{{ posts(where: {{ {filter} }}) {{ nodes {{ slug }} }} }}"))
        .await;
    assert_eq!(slugs(&answer["posts"]), ["c", "b"]);
}

#[tokio::test]
async fn a_list_below_a_thing_is_a_list_like_another() {
    let site = Gazette::new().await;
    let lead = site.tag("lead").await;
    for (number, slug) in ["a", "b", "c"].into_iter().enumerate() {
        site.post(slug, i64::try_from(number).unwrap(), |post| post.tags = vec![lead])
            .await;
    }
    site.post("imprint", 9, |post| {
        post.kind = PostKind::Page;
        post.tags = vec![lead];
    })
    .await;
    let answer = site
        .ask(
            "{ tag(by: { slug: \"lead\" }) { postCount
                newest: posts(first: 1) { totalCount nodes { slug } }
                oldest: posts(last: 2) { totalCount nodes { slug } }
            } }",
        )
        .await;
    assert_eq!(
        answer["tag"],
        json!({
            "postCount": 3,
            "newest": { "totalCount": 3, "nodes": [{ "slug": "c" }] },
            "oldest": { "totalCount": 3, "nodes": [{ "slug": "b" }, { "slug": "a" }] },
        })
    );
}

#[tokio::test]
async fn unreadable_pages_are_refused_with_what_is_allowed() {
    let site = five_posts().await;
    let by_title = &site
        .ask("{ posts(orderBy: { field: TITLE }) { pageInfo { endCursor } } }")
        .await["posts"];
    let foreign = by_title["pageInfo"]["endCursor"].to_string();
    for (arguments, expected) in [
        ("first: 0", "`first` is 0; allowed is 1 to 100."),
        ("first: 101", "`first` is 101; allowed is 1 to 100."),
        ("last: -1", "`last` is -1; allowed is 1 to 100."),
        ("first: 1, last: 1", "`first` and `last` exclude each other"),
        (
            "after: \"nonsense\"",
            "`after` is not a cursor of this list in this order",
        ),
        ("before: \"\"", "`before` is not a cursor"),
        (
            &format!("after: {foreign}"),
            "`after` is not a cursor of this list in this order",
        ),
    ] {
        let message = site
            .refusal(&format!("{{ posts({arguments}) {{ nodes {{ id }} }} }}"))
            .await;
        assert!(message.contains(expected), "{arguments}: {message}");
        let below = format!("{{ publication {{ posts({arguments}) {{ nodes {{ id }} }} }} }}");
        assert!(
            site.refusal(&below).await.contains(expected),
            "{arguments}, below a publication"
        );
    }
}

#[tokio::test]
async fn a_made_up_cursor_never_reaches_the_database() {
    use base64::Engine as _;
    let site = five_posts().await;
    let id = uuid::Uuid::nil();
    for forged in [
        json!(["p-", { "value": { "s": "text" }, "id": id }]),
        json!(["p-", { "value": { "n": 1 }, "id": id }]),
        json!(["p-", { "value": { "t": "+262142-01-01T00:00:00Z" }, "id": id }]),
        json!(["t-", { "value": { "s": "\0" }, "id": id }]),
        json!([]),
    ] {
        let cursor = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(forged.to_string());
        for order in ["PUBLISHED_AT", "TITLE"] {
            let query = format!("{{ posts(after: \"{cursor}\", orderBy: {{ field: {order} }}) {{ nodes {{ id }} }} }}");
            assert!(
                site.refusal(&query).await.contains("`after` is not a cursor"),
                "{forged}"
            );
        }
    }
}
