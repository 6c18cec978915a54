//! How responses are written: names, order, fragments and field errors.

use std::path::Path;

use async_graphql::{Request, Variables};
use quoin::domain::Viewer;
use quoin::import::Options;
use quoin::import::markdown::Markdown;
use serde_json::json;

use crate::support::answer::data;
use crate::support::desk::Desk;
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

/// The response to a query with variables as it is written, and its errors.
async fn response(site: &Site, query: &str, variables: serde_json::Value) -> (String, Vec<async_graphql::ServerError>) {
    let request = Request::new(query).variables(Variables::from_json(variables));
    let response = site.api().await.execute(request, Viewer::Anonymous).await;
    let written = match response.data {
        async_graphql::Value::Binary(json) => String::from_utf8(json.to_vec()).unwrap(),
        other => other.to_string(),
    };
    (written, response.errors)
}

#[tokio::test]
async fn fields_beside_the_schema_are_written_as_without_it() {
    let site = press_and_paper().await;
    let query = "query($first: Int = 1, $more: Boolean = true, $less: Boolean = false) {
        one: posts(first: $first) { nodes { __typename @skip(if: $more) } }
        __schema { queryType { name } }
        more: __type(name: \"Tag\") @include(if: $more) { name }
        less: __type(name: \"Tag\") @include(if: $less) { name }
        one: posts(first: $first) { nodes { __typename @skip(if: $less) } ... @include(if: $more) { __typename } }
        ...Schema @include(if: $more)
        last: __typename }
        fragment Schema on Query { __schema { mutationType { name } queryType { kind } } }";
    let (written, errors) = response(&site, query, json!({})).await;
    assert_eq!(errors, []);
    let expected = concat!(
        r#"{"one":{"nodes":[{"__typename":"Post"}],"__typename":"PostConnection"},"#,
        r#""__schema":{"queryType":{"name":"Query","kind":"OBJECT"},"mutationType":{"name":"Mutation"}},"#,
        r#""more":{"name":"Tag"},"last":"Query"}"#
    );
    assert_eq!(written, expected);
}

#[tokio::test]
async fn types_of_the_schema_are_merged_and_may_be_empty() {
    let site = press_and_paper().await;
    let query = "query($no: Boolean = false) { __schema { queryType { name @include(if: $no) } ...S }
        __type(name: \"Tag\") { name @skip(if: true) } }
        fragment S on __Schema { mutationType { ...T @include(if: $no) } mutationType { ... @skip(if: $no) { kind } } }
        fragment T on __Type { name }";
    let (written, errors) = response(&site, query, json!({})).await;
    assert_eq!(errors, []);
    assert_eq!(
        written,
        r#"{"__schema":{"queryType":{},"mutationType":{"kind":"OBJECT"}},"__type":{}}"#
    );
}

#[tokio::test]
async fn an_error_beside_the_schema_nulls_what_it_nulls_without_it() {
    let site = press_and_paper().await;
    let query = "{ __schema { queryType { name } } posts(first: 0) { totalCount } }";
    let (written, errors) = response(&site, query, json!({})).await;
    assert_eq!((written.as_str(), errors.len()), ("null", 1));
    assert_eq!(format!("{:?}", errors[0].path), r#"[Field("posts")]"#);
    let query = "query($name: String = \"Tag\") { publication { slug } tag: __type(name: $name) { name } }";
    let (written, errors) = response(&site, query, json!({ "name": null })).await;
    assert_eq!(written, r#"{"publication":{"slug":"press-paper"},"tag":null}"#);
    assert_eq!(format!("{:?}", errors[0].path), r#"[Field("tag")]"#);
}

#[tokio::test]
async fn what_selects_nothing_is_an_empty_object() {
    let site = press_and_paper().await;
    let schema = "{ ...Schema @skip(if: true) } fragment Schema on Query { __schema { queryType { name } } }";
    for query in [
        schema,
        "{ __typename @skip(if: true) }",
        "mutation { __typename @skip(if: true) }",
    ] {
        assert_eq!(
            response(&site, query, json!({})).await,
            ("{}".to_owned(), Vec::new()),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_condition_of_a_type_name_may_be_a_variable() {
    let site = press_and_paper().await;
    let query = "query($skip: Boolean!) { __typename @skip(if: $skip) }";
    for (skip, expected) in [(true, "{}"), (false, r#"{"__typename":"Query"}"#)] {
        let (written, errors) = response(&site, query, json!({ "skip": skip })).await;
        assert_eq!((written.as_str(), errors), (expected, Vec::new()));
    }
    for wrong in ["{ __typename @skip(if: 1) }", "{ __typename @nothing }"] {
        let (_, errors) = response(&site, wrong, json!({})).await;
        assert_eq!(errors.len(), 1, "{errors:?}");
    }
}

#[tokio::test]
async fn a_mutation_that_is_selected_twice_is_performed_once() {
    let desk = Desk::new().await;
    let input = format!("input: {{ publicationId: \"{}\", name: \"Lead\" }}", desk.publication);
    let query = format!(
        "mutation($more: Boolean = true) {{
            made: tagCreate({input}) {{ tag {{ slug }} }}
            made: tagCreate({input}) @include(if: $more) {{ tag {{ name }} userErrors {{ code }} }} }}"
    );
    let done = desk.gazette.done(desk.admin.viewer(), &query).await;
    let expected = json!({ "made": { "tag": { "slug": "lead", "name": "Lead" }, "userErrors": [] } });
    assert_eq!(done, expected);
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
