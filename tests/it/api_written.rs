//! Responses of the engine are those that resolvers give.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{FieldDefinition, TypeKind, TypeSystemDefinition};
use async_graphql::{Request, Variables};
use quoin::domain::Viewer;
use quoin::graphql::Api;
use quoin::import::Options;
use quoin::import::markdown::Markdown;
use serde_json::json;

use crate::support::answer::data;
use crate::support::site::Site;

/// What readers' pages are made of, and queries that reach as many of them as there are; `%` stands for what is selected.
const TYPES: [(&str, &[&str]); 16] = [
    (
        "Post",
        &[
            "posts(first: 100) { nodes { % } }",
            "post(by: { slug: \"%slug\" }) { % }",
        ],
    ),
    ("PostConnection", &["posts(first: 3) { % }", "posts(last: 2) { % }"]),
    ("PostEdge", &["posts(first: 3) { edges { % } }"]),
    (
        "PageInfo",
        &["posts(first: 3) { pageInfo { % } }", "tags { pageInfo { % } }"],
    ),
    (
        "TableOfContentsEntry",
        &["posts(first: 100) { nodes { tableOfContents { % } } }"],
    ),
    ("Page", &["page(by: { slug: \"%page\" }) { % }"]),
    (
        "User",
        &[
            "posts(first: 100) { nodes { authors { % } } }",
            "user(by: { username: \"%user\" }) { % }",
        ],
    ),
    (
        "Tag",
        &[
            "tags(first: 100) { nodes { % } }",
            "posts(first: 100) { nodes { tags { % } } }",
        ],
    ),
    (
        "TagConnection",
        &["tags(first: 3) { % }", "publication { tags(first: 2) { % } }"],
    ),
    (
        "Category",
        &[
            "categories(first: 100) { nodes { % } }",
            "posts(first: 100) { nodes { categories { % } } }",
        ],
    ),
    (
        "CategoryConnection",
        &[
            "categories(topOnly: true) { % }",
            "categories { nodes { children { % } } }",
        ],
    ),
    (
        "Series",
        &[
            "posts(first: 100) { nodes { series { % } } }",
            "publication { series { nodes { % } } }",
        ],
    ),
    ("Media", &["posts(first: 100) { nodes { featuredImage { % } } }"]),
    (
        "Comment",
        &["posts(first: 100) { nodes { comments(first: 100) { nodes { % } } } }"],
    ),
    (
        "CommentConnection",
        &[
            "posts(first: 100) { nodes { comments(first: 2) { % } } }",
            "posts(first: 100) { nodes { comments(last: 1, orderBy: NEWEST, threadsOnly: true) { % } } }",
        ],
    ),
    ("Publication", &["publication { % }", "publications { nodes { % } }"]),
];

/// The types that have fields, with those of objects.
static COMPOSITES: LazyLock<BTreeMap<String, Vec<FieldDefinition>>> = LazyLock::new(|| {
    let document = parse_schema(Api::sdl()).unwrap();
    let composite = |definition| {
        let TypeSystemDefinition::Type(definition) = definition else {
            return None;
        };
        let fields = match definition.node.kind {
            TypeKind::Object(object) => object.fields.into_iter().map(|field| field.node).collect(),
            TypeKind::Interface(_) | TypeKind::Union(_) => Vec::new(),
            _ => return None,
        };
        Some((definition.node.name.node.to_string(), fields))
    };
    document.definitions.into_iter().filter_map(composite).collect()
});

/// The name of the type of a field, without its lists and exclamation marks.
fn bare(field: &FieldDefinition) -> String {
    field.ty.node.to_string().replace(['[', ']', '!'], "")
}

/// What is selected below a field of this type: names and the like, one level deep, of connections the items.
fn below(kind: &str) -> String {
    let Some(fields) = COMPOSITES.get(kind) else {
        return String::new();
    };
    if kind.ends_with("Connection") {
        return "{ nodes { __typename } edges { cursor node { __typename } } pageInfo { endCursor hasNextPage } }"
            .into();
    }
    let is_leaf = |field: &&FieldDefinition| !COMPOSITES.contains_key(&bare(field));
    let leaves = fields.iter().filter(is_leaf).map(|field| field.name.node.to_string());
    format!("{{ __typename {} }}", leaves.collect::<Vec<_>>().join(" "))
}

async fn press_and_paper() -> Site {
    let site = Site::new().await;
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/press-and-paper");
    let source = Markdown::open(&sample).unwrap();
    site.import_source(source, &Options::default()).await.unwrap();
    site
}

#[tokio::test]
async fn every_field_of_readers_pages_is_what_its_resolver_returns() {
    let site = press_and_paper().await;
    let api = site.api().await;
    let resolvers = api.clone().resolving();
    let names = site
        .query("{ posts(first: 1) { nodes { slug author { username } } } posts_: posts(where: { kind: PAGE }) { nodes { slug } } }")
        .await;
    let name = |pointer: &str| names.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let (slug, user, page) = (
        name("/posts/nodes/0/slug"),
        name("/posts/nodes/0/author/username"),
        name("/posts_/nodes/0/slug"),
    );
    for (kind, queries) in TYPES {
        for field in &COMPOSITES[kind] {
            for query in queries {
                let selected = format!("{} {}", field.name.node, below(&bare(field)));
                let query = query
                    .replace("%slug", &slug)
                    .replace("%user", &user)
                    .replace("%page", &page);
                let query = format!("{{ {} }}", query.replace('%', &selected));
                let written = api.execute(Request::new(&query), Viewer::Anonymous).await;
                let resolved = resolvers.execute(Request::new(&query), Viewer::Anonymous).await;
                assert_eq!(written.errors, resolved.errors, "{query}");
                assert_eq!(data(written).to_string(), data(resolved).to_string(), "{query}");
            }
        }
    }
}

#[tokio::test]
async fn responses_have_the_names_order_and_fragments_of_the_query() {
    let site = press_and_paper().await;
    let api = site.api().await;
    let query = "{ ...P latest: posts(first: 2) { nodes { b: slug title: title title ... on Post { a: title comments(first: 1) { nodes { id } } }
        comments(first: 1) { nodes { authorName } } short: excerpt(length: 20) excerpt @skip(if: true) } __typename } }
        fragment P on Query { one: posts(first: 1) { edges { node { ...T __typename } } } } fragment T on Post { title }";
    let written = api.execute(Request::new(query), Viewer::Anonymous).await;
    assert_eq!(written.errors, []);
    let async_graphql::Value::Binary(json) = &written.data else {
        panic!("no data: {written:?}");
    };
    let text = String::from_utf8(json.to_vec()).unwrap();
    assert_eq!(text.matches("\"title\":").count(), 3, "each name stands once: {text}");
    let resolved = api.resolving().execute(Request::new(query), Viewer::Anonymous).await;
    let (written, resolved) = (data(written), data(resolved));
    assert_eq!(written, resolved);
    assert!(written["latest"]["nodes"][0]["comments"]["nodes"][0]["authorName"].is_string());
}

#[tokio::test]
async fn a_field_error_nulls_the_nearest_nullable_parent_and_has_its_path() {
    let site = press_and_paper().await;
    let query = "{ publication { slug } users { totalCount } }";
    let response = site.api().await.execute(Request::new(query), Viewer::Anonymous).await;
    let path: Vec<_> = response
        .errors
        .iter()
        .map(|error| format!("{:?}", error.path))
        .collect();
    assert_eq!(path, [r#"[Field("users")]"#]);
    let data_of_both = data(response);
    assert_eq!(data_of_both["users"], json!(null));
    assert!(
        data_of_both.as_object().unwrap().contains_key("users"),
        "{data_of_both}"
    );
    assert!(data_of_both["publication"]["slug"].is_string());
    let query = "{ publication { slug } post(by: { slug: \"%slug\" }) { title excerpt(length: 0) } }";
    let slug = &site.query("{ posts(first: 1) { nodes { slug } } }").await["posts"]["nodes"][0]["slug"];
    let query = query.replace("%slug", slug.as_str().unwrap());
    let response = site.api().await.execute(Request::new(query), Viewer::Anonymous).await;
    let path: Vec<_> = response
        .errors
        .iter()
        .map(|error| format!("{:?}", error.path))
        .collect();
    assert_eq!(path, [r#"[Field("post"), Field("excerpt")]"#]);
    let data = data(response);
    assert_eq!(data["post"], json!(null));
    assert!(data["publication"]["slug"].is_string());
}

#[tokio::test]
async fn an_object_that_no_fragment_fits_is_empty() {
    let site = press_and_paper().await;
    let query = "{ resolvePath(path: \"/tag/nowhere\") { ... on Page { title } } publication { tags(first: 1) { nodes { path } } } }";
    let found = site.query(query).await;
    assert_eq!(found["resolvePath"], json!(null));
    let path = found["publication"]["tags"]["nodes"][0]["path"]
        .as_str()
        .unwrap()
        .to_owned();
    let query = format!("{{ resolvePath(path: \"{path}\") {{ ... on Page {{ title }} }} }}");
    assert_eq!(site.query(query).await, json!({ "resolvePath": {} }));
}

#[tokio::test]
async fn a_field_error_names_the_argument_and_its_range() {
    let site = press_and_paper().await;
    let api = site.api().await;
    let query = "{ posts(first: 1) { nodes { title excerpt(length: 0) } } publication { slug } }";
    let answer = api.execute(Request::new(query), Viewer::Anonymous).await;
    assert_eq!(answer.errors.len(), 1);
    assert!(answer.errors[0].message.contains("allowed is 1 to 600"));
}

#[tokio::test]
async fn the_pages_that_are_measured_are_served() {
    let site = press_and_paper().await;
    let api = site.api().await;
    let slug = &site.query("{ posts(first: 1) { nodes { slug } } }").await["posts"]["nodes"][0]["slug"];
    let variables = Variables::from_json(json!({ "slug": slug }));
    for query in [
        include_str!("../../benches/queries/front.graphql"),
        include_str!("../../benches/queries/post.graphql"),
    ] {
        let request = Request::new(query).variables(variables.clone());
        let answer = api.execute(request, Viewer::Anonymous).await;
        assert_eq!(answer.errors, [], "{query}");
    }
}
