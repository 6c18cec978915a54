//! Answers that are written at once are those that resolvers give.

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

use crate::support::answer::{data, is_written};
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

/// Fields that resolvers alone answer: they are for writers, or seldom asked for.
const RESOLVED: [&str; 14] = [
    "Post.draft",
    "Post.outboundLinks",
    "Post.previews",
    "Post.reviewNote",
    "Post.revisions",
    "Publication.auditEvents",
    "Publication.customFieldSchema",
    "Publication.invitations",
    "Publication.media",
    "Publication.mediaUsage",
    "Publication.members",
    "Publication.navigation",
    "Publication.navigationNames",
    "Publication.viewerRole",
];

/// Whether resolvers alone answer a field. A page has the fields of its post.
fn is_resolved(kind: &str, field: &str) -> bool {
    let kind = if kind == "Page" { "Post" } else { kind };
    RESOLVED.contains(&format!("{kind}.{field}").as_str())
}

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
    let leaves = leaves.filter(|name| !is_resolved(kind, name));
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
async fn every_field_of_readers_pages_is_written_as_its_resolver_answers() {
    let site = press_and_paper().await;
    let api = site.api().await;
    let names = site
        .query("{ posts(first: 1) { nodes { slug author { username } } } posts_: posts(where: { kind: PAGE }) { nodes { slug } } }")
        .await;
    let name = |pointer: &str| names.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let (slug, user, page) = (
        name("/posts/nodes/0/slug"),
        name("/posts/nodes/0/author/username"),
        name("/posts_/nodes/0/slug"),
    );
    let mut faults = Vec::new();
    for (kind, queries) in TYPES {
        for field in &COMPOSITES[kind] {
            for query in queries {
                let selected = format!("{} {}", field.name.node, below(&bare(field)));
                let query = query
                    .replace("%slug", &slug)
                    .replace("%user", &user)
                    .replace("%page", &page);
                let query = query.replace('%', &selected);
                let written = api
                    .execute(Request::new(format!("{{ {query} }}")), Viewer::Anonymous)
                    .await;
                // What is selected twice is merged, which is left to resolvers.
                let twice = api
                    .execute(Request::new(format!("{{ {query} {query} }}")), Viewer::Anonymous)
                    .await;
                assert_eq!((&written.errors, &twice.errors), (&vec![], &vec![]), "{query}");
                assert!(!is_written(&twice), "{query}");
                if is_written(&written) == is_resolved(kind, &field.name.node) {
                    faults.push(format!("written: {}; {query}", is_written(&written)));
                }
                let (written, twice) = (data(written).to_string(), data(twice).to_string());
                assert_eq!(written, twice, "{query}");
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test]
async fn what_is_written_keeps_names_order_and_fragments() {
    let site = press_and_paper().await;
    let api = site.api().await;
    let query = "{ ...P latest: posts(first: 2) { nodes { b: slug title: title title ... on Post { a: title comments(first: 1) { nodes { id } } }
        comments(first: 1) { nodes { authorName } } short: excerpt(length: 20) excerpt @skip(if: true) } __typename } }
        fragment P on Query { one: posts(first: 1) { edges { node { ...T __typename } } } } fragment T on Post { title }";
    let written = api.execute(Request::new(query), Viewer::Anonymous).await;
    assert_eq!(written.errors, []);
    assert!(is_written(&written));
    let resolved = query.replace(
        "{ ...P",
        "{ latest: posts(first: 2) { __typename } one: posts(first: 1) { __typename } ...P",
    );
    let resolved = api.execute(Request::new(resolved), Viewer::Anonymous).await;
    assert!(!is_written(&resolved));
    let async_graphql::Value::Object(fields) = &written.data else {
        panic!("no data: {written:?}");
    };
    let text: String = fields
        .values()
        .map(|field| match field {
            async_graphql::Value::Binary(json) => String::from_utf8_lossy(json).into_owned(),
            _ => String::new(),
        })
        .collect();
    let (written, mut resolved) = (data(written), data(resolved));
    resolved["one"].as_object_mut().unwrap().remove("__typename");
    assert_eq!(written, resolved);
    assert_eq!(text.matches("\"title\":").count(), 3, "each name stands once: {text}");
    assert!(written["latest"]["nodes"][0]["comments"]["nodes"][0]["authorName"].is_string());
}

#[tokio::test]
async fn a_fault_of_one_field_is_told_by_its_resolver() {
    let site = press_and_paper().await;
    let api = site.api().await;
    let query = "{ posts(first: 1) { nodes { title excerpt(length: 0) } } publication { slug } }";
    let answer = api.execute(Request::new(query), Viewer::Anonymous).await;
    assert_eq!(answer.errors.len(), 1);
    assert!(answer.errors[0].message.contains("allowed is 1 to 600"));
}

#[tokio::test]
async fn the_pages_that_are_measured_are_written() {
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
        assert!(is_written(&answer), "{query}");
    }
}
