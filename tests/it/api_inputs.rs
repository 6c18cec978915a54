//! Arguments and variables that do not fit: the error names the path, the expected type and what to write instead. A variable
//! without a value is as if its argument was left out.

use async_graphql::{Request, Variables};
use quoin::domain::Viewer;
use serde_json::{Value, json};

use crate::support::Gazette;
use crate::support::answer::data;
use crate::support::desk::Desk;

/// The message of the one error of a request.
async fn error(gazette: &Gazette, query: &str, variables: Value) -> String {
    let request = Request::new(query).variables(Variables::from_json(variables));
    let response = gazette.api.execute(request, Viewer::Anonymous).await;
    assert_eq!(response.errors.len(), 1, "{query}: {response:?}");
    response.errors[0].message.clone()
}

#[tokio::test]
async fn an_argument_that_does_not_fit_says_what_does() {
    let gazette = Gazette::new().await;
    for (arguments, expected) in [
        ("first: \"5\"", "`first` is \"5\"; expected an Int, such as 20."),
        (
            "first: 3000000000",
            "`first` is 3000000000; expected an Int, -2147483648 to 2147483647.",
        ),
        (
            "where: { publishedFrom: 5 }",
            "`where.publishedFrom` is 5; expected a DateTime from the year 1 to 9999, such as \"2030-01-01T00:00:00Z\".",
        ),
        (
            "where: { publishedFrom: \"-0001-01-01T00:00:00Z\" }",
            "`where.publishedFrom` is \"-0001-01-01T00:00:00Z\"; expected a DateTime from the year 1 to 9999, such as \"2030-01-01T00:00:00Z\".",
        ),
        (
            "where: { publishedFrom: \"+10000-01-01T00:00:00Z\" }",
            "`where.publishedFrom` is \"+10000-01-01T00:00:00Z\"; expected a DateTime from the year 1 to 9999, such as \"2030-01-01T00:00:00Z\".",
        ),
        (
            "where: { publishedFrom: \"2030-01-01T00:00:00\" }",
            "`where.publishedFrom` needs a time zone, like 2030-01-01T00:00:00Z.",
        ),
        (
            "where: { statu: [PUBLISHED] }",
            "`where.statu`: PostWhere has no such field. Did you mean \"status\"?",
        ),
        (
            "where: { status: [DRAFT, PUBLISHD] }",
            "`where.status[1]` is PUBLISHD; expected one of PostStatus: DRAFT, IN_REVIEW, SCHEDULED, PUBLISHED, ARCHIVED, \
             TRASHED. Did you mean \"PUBLISHED\"?",
        ),
        (
            "where: { status: \"PUBLISHED\" }",
            "`where.status` is a text; write PUBLISHED without quotes.",
        ),
        ("where: true", "`where` is true; expected an object of type PostWhere."),
        (
            "orderBy: { field: null }",
            "`orderBy.field` is null; a value of type PostField! is required.",
        ),
    ] {
        let query = format!("{{ posts({arguments}) {{ totalCount }} }}");
        assert_eq!(error(&gazette, &query, json!({})).await, expected);
    }
    for (by, expected) in [
        ("{}", "`by` takes exactly one of `id`, `slug`; 0 are given."),
        (
            "{ id: \"a\", slug: \"b\" }",
            "`by` takes exactly one of `id`, `slug`; 2 are given.",
        ),
        (
            "{ slug: null }",
            "`by` takes exactly one of `id`, `slug`; null is given.",
        ),
    ] {
        let query = format!("{{ tag(by: {by}) {{ id }} }}");
        assert_eq!(error(&gazette, &query, json!({})).await, expected);
    }
}

#[tokio::test]
async fn a_variable_that_does_not_fit_says_what_does() {
    let gazette = Gazette::new().await;
    for (kind, argument, value, expected) in [
        (
            "Int",
            "first: $it",
            json!(5_000_000_000_i64),
            "`$it` is 5000000000; expected an Int, -2147483648 to 2147483647.",
        ),
        (
            "PostWhere",
            "where: $it",
            json!({ "publishedBefore": "yesterday" }),
            "`$it.publishedBefore` is \"yesterday\"; expected a DateTime from the year 1 to 9999, such as \"2030-01-01T00:00:00Z\".",
        ),
        (
            "[PostStatus!]",
            "where: { status: $it }",
            json!([null]),
            "`$it[0]` is null; a value of type PostStatus! is required.",
        ),
    ] {
        let query = format!("query($it: {kind}) {{ posts({argument}) {{ totalCount }} }}");
        assert_eq!(error(&gazette, &query, json!({ "it": value })).await, expected);
    }
    // Beside a literal, too, whose other members are checked.
    let query = "query($tag: String) { posts(where: { tag: $tag, nothing: 1 }) { totalCount } }";
    let message = error(&gazette, query, json!({ "tag": "a" })).await;
    assert_eq!(message, "`where.nothing`: PostWhere has no such field.");
    let query = "query($id: ID! = true) { node(id: $id) { id } }";
    let message = error(&gazette, query, json!({})).await;
    assert_eq!(message, "`Default of $id` is true; expected an ID in quotes.");
}

#[tokio::test]
async fn a_variable_must_be_of_the_type_that_its_place_takes() {
    let gazette = Gazette::new().await;
    for (variable, selection, expected) in [
        (
            "String",
            "posts(first: $it) { totalCount }",
            "`$it` is of type String; `first` takes Int.",
        ),
        (
            "[Int]",
            "posts(first: $it) { totalCount }",
            "`$it` is of type [Int]; `first` takes Int.",
        ),
        (
            "Boolean",
            "posts { totalCount @include(if: $it) }",
            "`$it` is of type Boolean; `if` takes Boolean!.",
        ),
        (
            "String!",
            "posts { ... @skip(if: $it) { totalCount } }",
            "`$it` is of type String!; `if` takes Boolean!.",
        ),
        (
            "String",
            "posts { nodes { excerpt(length: $it) } }",
            "`$it` is of type String; `length` takes Int!.",
        ),
        (
            "String",
            "posts(where: { status: $it }) { totalCount }",
            "`$it` is of type String; `status` takes [PostStatus!].",
        ),
        (
            "PostStatus",
            "posts(where: { status: [DRAFT, $it] }) { totalCount }",
            "`$it` is of type PostStatus; `status` takes PostStatus!.",
        ),
        (
            "PostStatus!",
            "posts(where: { status: $it }) { totalCount }",
            "`$it` is of type PostStatus!; `status` takes [PostStatus!].",
        ),
        (
            "ID",
            "nodes(ids: [$it]) { id }",
            "`$it` is of type ID; `ids` takes ID!.",
        ),
        (
            "[ID]!",
            "nodes(ids: $it) { id }",
            "`$it` is of type [ID]!; `ids` takes [ID!]!.",
        ),
        (
            "ID = null",
            "node(id: $it) { id }",
            "`$it` is of type ID; `id` takes ID!.",
        ),
    ] {
        let query = format!("query($it: {variable}) {{ {selection} }}");
        assert_eq!(error(&gazette, &query, json!({})).await, expected);
        let spread = format!(
            "query($it: {variable}) {{ ...F }} fragment F on Query {{ ...G }} fragment G on Query {{ {selection} }}"
        );
        assert_eq!(error(&gazette, &spread, json!({})).await, expected);
    }
}

#[tokio::test]
async fn a_variable_of_a_stricter_type_or_with_a_default_fits() {
    let gazette = Gazette::new().await;
    for (variable, selection) in [
        ("Int! = 1", "posts(first: $it) { totalCount }"),
        ("[ID!]! = []", "nodes(ids: $it) { id }"),
        ("[PostStatus!]! = []", "posts(where: { status: $it }) { totalCount }"),
        (
            "PostStatus! = PUBLISHED",
            "posts(where: { status: [$it] }) { totalCount }",
        ),
        ("Boolean = true", "posts { totalCount @include(if: $it) }"),
        // The place has a default.
        ("Int", "posts { nodes { excerpt(length: $it) } }"),
        ("PostField", "posts(orderBy: { field: $it }) { totalCount }"),
    ] {
        let query = format!("query($it: {variable}) {{ {selection} }}");
        let response = gazette
            .api
            .execute(Request::new(query.clone()), Viewer::Anonymous)
            .await;
        assert_eq!(response.errors, [], "{query}");
    }
}

#[tokio::test]
async fn null_where_a_default_stands_in_for_a_missing_value_is_named() {
    let gazette = Gazette::new().await;
    gazette.post("a-post", 1, |_| {}).await;
    for (variable, selection, expected) in [
        (
            "Int",
            "posts { nodes { excerpt(length: $it) } }",
            "`length` is null; a value of type Int! is required.",
        ),
        (
            "PostField",
            "posts(orderBy: { field: $it }) { totalCount }",
            "`orderBy.field` is null; a value of type PostField! is required.",
        ),
        (
            "ID = \"a\"",
            "nodes(ids: [$it]) { id }",
            "`ids[0]` is null; a value of type ID! is required.",
        ),
    ] {
        let query = format!("query($it: {variable}) {{ {selection} }}");
        assert_eq!(error(&gazette, &query, json!({ "it": null })).await, expected);
    }
}

#[tokio::test]
async fn fields_of_one_key_that_cannot_be_merged_are_refused_at_any_depth() {
    let gazette = Gazette::new().await;
    for (query, expected) in [
        (
            "{ posts(first: 1) { totalCount } posts(first: 2) { totalCount } }",
            "Fields `posts` conflict: their arguments differ. Use different aliases to select both.",
        ),
        (
            "{ posts { nodes { slug: title slug } } }",
            "Fields `slug` conflict: `title` and `slug` are different fields. Use different aliases to select both.",
        ),
        (
            "{ posts { nodes { x: slug } } posts { nodes { x: title } } }",
            "Fields `x` conflict: `slug` and `title` are different fields. Use different aliases to select both.",
        ),
        (
            "{ posts { nodes { ... on Node { x: id } ... on Post { x: slug } } } }",
            "Fields `x` conflict: `id` and `slug` are different fields. Use different aliases to select both.",
        ),
        (
            "{ posts { nodes { ... on Content { x: title } ... on Post { x: slug } } } }",
            "Fields `x` conflict: `title` and `slug` are different fields. Use different aliases to select both.",
        ),
        (
            "{ ...F posts { ...P } } fragment F on Query { posts { edges { node { author: authors { x: username } } } } }
             fragment P on PostConnection { edges { node { author: authors { x: displayName } } } }",
            "Fields `x` conflict: `username` and `displayName` are different fields. Use different aliases to select both.",
        ),
        (
            "{ nodes(ids: []) { ... on Post { x: version } ... on Media { x: width } } }",
            "Fields `x` conflict: they are of the types Int! and Int. Use different aliases to select both.",
        ),
        (
            "{ nodes(ids: []) { ... on Post { x: authors { y: username } } ... on Page { x: authors { y: posts { totalCount } } } } }",
            "Fields `y` conflict: they are of the types String! and PostConnection!. Use different aliases to select both.",
        ),
    ] {
        assert_eq!(error(&gazette, query, json!({})).await, expected);
    }
}

#[tokio::test]
async fn fields_of_one_key_that_are_the_same_or_of_different_objects_are_merged() {
    let gazette = Gazette::new().await;
    gazette.post("a-post", 1, |post| post.title = "A".into()).await;
    let query = "{
        posts(first: 1) { nodes { slug ... on Content { slug x: title } } }
        posts(first: 1) { nodes { title slug ... on Post { x: title } } }
        nodes(ids: []) { ... on Post { x: slug } ... on Tag { x: name } }
    }";
    let found = data(gazette.api.execute(Request::new(query), Viewer::Anonymous).await);
    assert_eq!(
        found["posts"]["nodes"],
        json!([{ "slug": "a-post", "x": "A", "title": "A" }])
    );
}

#[tokio::test]
async fn a_variable_without_a_value_leaves_its_argument_out() {
    let gazette = Gazette::new().await;
    gazette.post("a-post", 1, |post| post.title = "A".into()).await;
    let query = "query($field: PostField) { posts(orderBy: { field: $field }) { totalCount } }";
    let response = gazette.api.execute(Request::new(query), Viewer::Anonymous).await;
    assert_eq!(response.errors, []);
    let null = Request::new(query).variables(Variables::from_json(json!({ "field": null })));
    assert_eq!(gazette.api.execute(null, Viewer::Anonymous).await.errors.len(), 1);
    let query = "query($first: Int = 1, $slug: String! = \"a-post\") {
        posts(first: $first) { nodes { slug } } post(by: { slug: $slug }) { slug } }";
    let found = data(gazette.api.execute(Request::new(query), Viewer::Anonymous).await);
    assert_eq!(found["post"], json!({ "slug": "a-post" }));
    assert_eq!(found["posts"]["nodes"], json!([{ "slug": "a-post" }]));
}

#[tokio::test]
async fn a_mutation_knows_a_variable_without_a_value_from_null_and_takes_its_default() {
    let desk = Desk::new().await;
    let viewer = desk.admin.viewer();
    let create = "mutation($title: String! = \"By default\", $excerpt: String, $publication: ID!) {
        postCreate(input: { title: $title, excerpt: $excerpt, publicationId: $publication }) { post { id title } } }";
    let variables = json!({ "publication": desk.publication, "excerpt": "Kept" });
    let request = Request::new(create).variables(Variables::from_json(variables));
    let created = data(desk.gazette.api.execute(request, viewer).await);
    let post = &created["postCreate"]["post"];
    assert_eq!(post["title"], "By default");
    let update = "mutation($id: ID!, $title: String, $excerpt: String) {
        postUpdate(input: { id: $id, title: $title, excerpt: $excerpt }) { post { title excerpt } } }";
    for (excerpt, expected) in [(None, "Kept"), (Some(Value::Null), "")] {
        let mut variables = json!({ "id": post["id"], "title": "New" });
        if let Some(excerpt) = excerpt {
            variables["excerpt"] = excerpt;
        }
        let request = Request::new(update).variables(Variables::from_json(variables));
        let updated = data(desk.gazette.api.execute(request, viewer).await);
        assert_eq!(
            updated["postUpdate"]["post"],
            json!({ "title": "New", "excerpt": expected })
        );
    }
}
