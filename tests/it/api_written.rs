//! How responses are written: names, order, fragments and field errors.

use std::path::Path;

use async_graphql::{Request, Variables};
use quoin::domain::Viewer;
use quoin::import::Options;
use quoin::import::markdown::Markdown;
use serde_json::json;

use crate::support::answer::data;
use crate::support::site::Site;

async fn press_and_paper() -> Site {
    let site = Site::new().await;
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/press-and-paper");
    let source = Markdown::open(&sample).unwrap();
    site.import_source(source, &Options::default()).await.unwrap();
    site
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
    let written = data(written);
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
