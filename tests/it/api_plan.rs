//! The planned fetch: few statements, whatever the page size and however the query is written.

use serde_json::Value;

use crate::support::Gazette;

const FRONT: &str = "{ posts(first: 20) { nodes { slug title excerpt publishedAt author { displayName }
    tags { name } commentCount comments(first: 3, orderBy: NEWEST) { nodes { bodyHtml authorName
    author { displayName } } } } } }";

const POST: &str = "{ post(by: { slug: \"post-1\" }) { title bodyHtml tableOfContents { text } author { displayName }
    tags { name } comments(first: 20) { nodes { bodyHtml author { displayName } } } } }";

async fn busy_site(posts: i64) -> Gazette {
    let site = Gazette::new().await;
    let tags = [site.tag("ink").await, site.tag("lead").await];
    let bob = site.user("bob").await;
    for number in 0..posts {
        let post = site
            .post(&format!("post-{number}"), number, |post| {
                post.tags = tags.to_vec();
                post.authors = vec![if number % 2 == 0 { site.ann } else { bob }, site.ann];
            })
            .await;
        for written in 0..5 {
            site.comment(post, number * 10 + written, |_| {}).await;
        }
    }
    // Comments by people with accounts come with the accounts issue; until then the database is told directly.
    use sea_orm::ConnectionTrait;
    let author = entity::comment::Column::AuthorId;
    let update = sea_orm::sea_query::Query::update()
        .table(entity::comment::Entity)
        .value(author, bob)
        .take();
    site.store().read().execute(&update).await.unwrap();
    site
}

#[tokio::test]
async fn a_front_page_takes_four_statements_whatever_its_size() {
    let site = busy_site(8).await;
    let all = site.statements(FRONT).await;
    assert_eq!(all.len(), 4, "{all:#?}");
    let two = site.statements(&FRONT.replace("first: 20", "first: 2")).await;
    assert_eq!(two.len(), 4, "{two:#?}");
}

#[tokio::test]
async fn a_post_page_takes_four_statements() {
    let site = busy_site(3).await;
    let statements = site.statements(POST).await;
    assert_eq!(statements.len(), 4, "{statements:#?}");
}

#[tokio::test]
async fn no_body_is_read_for_a_list() {
    let site = busy_site(3).await;
    let reads_body = |statements: &[String]| {
        statements
            .iter()
            .any(|sql| sql.contains("\"body_") && !sql.contains("\"comment\""))
    };
    assert!(!reads_body(&site.statements(FRONT).await));
    assert!(
        reads_body(&site.statements("{ posts { nodes { bodyText } } }").await),
        "the check can fail"
    );
}

#[tokio::test]
async fn a_total_is_counted_only_when_it_is_selected() {
    let site = busy_site(2).await;
    let counts = |statements: Vec<String>| statements.iter().filter(|sql| sql.contains("count(")).count();
    assert_eq!(counts(site.statements("{ posts { nodes { id } } }").await), 0);
    let pinned = "{ posts(where: { featured: true }) { totalCount } }";
    assert_eq!(counts(site.statements(pinned).await), 1);
    for whole in [
        "{ posts { totalCount } }",
        "{ posts(where: { author: \"ann\" }) { totalCount } }",
        "{ tags { nodes { posts { totalCount } } } }",
    ] {
        assert_eq!(counts(site.statements(whole).await), 0, "it is stored: {whole}");
    }
}

#[tokio::test]
async fn fragments_aliases_and_variables_are_planned_like_plain_fields() {
    let site = busy_site(4).await;
    let query = "query { posts(first: 4) { edges { node { ...Named ...Said } } nodes { author { username } } } }
        fragment Named on Post { author { displayName ...Bio } }
        fragment Bio on User { bio }
        fragment Said on Node { ... on Post {
            newest: comments(first: 1, orderBy: NEWEST) { nodes { authorName } }
            oldest: comments(first: 2) { nodes { authorName } } } }";
    let statements = site.statements(query).await;
    assert_eq!(
        statements.len(),
        4,
        "posts, authors, and two different pages of comments: {statements:#?}"
    );
    let answer = site.ask(query).await;
    let post = &answer["posts"]["edges"][0]["node"];
    assert_eq!(post["newest"]["nodes"][0]["authorName"], "reader 34");
    assert_eq!(post["oldest"]["nodes"][1]["authorName"], "reader 31");
    assert_eq!(post["author"]["bio"], "");
}

#[tokio::test]
async fn fragments_that_select_different_things_of_one_page_load_it_once() {
    let site = busy_site(3).await;
    let query = "{ posts { nodes { ...Said ...More } } }
        fragment Said on Post { comments(first: 2) { nodes { authorName } } }
        fragment More on Post { comments(first: 2) { nodes { author { username } } pageInfo { hasNextPage } } }";
    let statements = site.statements(query).await;
    assert_eq!(statements.len(), 2, "{statements:#?}");
    let answer = site.ask(query).await;
    let comments = &answer["posts"]["nodes"][0]["comments"];
    assert_eq!(comments["pageInfo"]["hasNextPage"], true);
    assert_eq!(comments["nodes"][1]["authorName"], "reader 21");
    assert_eq!(comments["nodes"][1]["author"]["username"], "bob");
}

#[tokio::test]
async fn what_hangs_on_the_author_of_a_comment_is_planned_too() {
    let site = busy_site(3).await;
    let query =
        "{ posts { nodes { comments(first: 2) { nodes { author { posts(first: 1) { nodes { slug } } } } } } } }";
    let statements = site.statements(query).await;
    assert_eq!(statements.len(), 3, "{statements:#?}");
    let answer = site.ask(query).await;
    let author = &answer["posts"]["nodes"][0]["comments"]["nodes"][0]["author"];
    assert_eq!(author["posts"]["nodes"][0]["slug"], "post-1");
}

#[tokio::test]
async fn what_is_skipped_is_not_loaded() {
    let site = busy_site(2).await;
    let query = |skip: bool| format!("{{ posts {{ nodes {{ id tags @skip(if: {skip}) {{ name }} }} }} }}");
    assert_eq!(site.statements(&query(true)).await.len(), 1);
    assert_eq!(site.statements(&query(false)).await.len(), 2);
}

#[tokio::test]
async fn deep_relations_take_one_statement_for_each_level() {
    let site = busy_site(4).await;
    let query = "{ publication { tags { nodes { posts(first: 2) { nodes { authors { posts(first: 2) { nodes { tags {
        name } } } } } } } } } }";
    let statements = site.statements(query).await;
    assert_eq!(statements.len(), 6, "{statements:#?}");
}

#[tokio::test]
async fn objects_met_by_id_say_the_same_as_planned_ones() {
    let site = busy_site(3).await;
    let fields = "slug bodyHtml author { username } authors { username } tags { slug } comments(first: 2) {
        nodes { authorName author { username } content { slug } } } previous { slug } next { slug } publication { slug }";
    let planned = site.ask(&format!("{{ posts {{ nodes {{ id {fields} }} }} }}")).await;
    for post in planned["posts"]["nodes"].as_array().unwrap() {
        let id = &post["id"];
        let found = site
            .ask(&format!("{{ node(id: {id}) {{ id ... on Post {{ {fields} }} }} }}"))
            .await;
        assert_eq!(found["node"], *post);
    }
}

#[tokio::test]
async fn nodes_of_one_kind_share_their_statements() {
    let site = busy_site(5).await;
    let answer = site.ask("{ posts { nodes { id } } }").await;
    let ids: Vec<&Value> = answer["posts"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|post| &post["id"])
        .collect();
    let query = format!(
        "{{ nodes(ids: {}) {{ ... on Post {{ slug tags {{ name }} }} }} }}",
        serde_json::json!(ids)
    );
    let statements = site.statements(&query).await;
    assert_eq!(statements.len(), 2, "{statements:#?}");
}
