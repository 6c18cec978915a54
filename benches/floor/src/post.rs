//! A post's page: one article by its slug with text, author, tags and its first 20 comments.

use actix_web::HttpResponse;
use futures_util::future::try_join3;
use serde::Serialize;
use tokio_postgres::types::Json;
use tokio_postgres::{Client, Error, Statement};

use crate::answer::{Answer, Author, Comment, GlobalId, Heading, Nodes, Tag, Time};
use crate::{Failure, Session, comment_columns, json};

/// The rows of `post p` that have the slug `$1`: one or none.
macro_rules! found {
    () => {
        "p.publication_id = (SELECT id FROM publication ORDER BY id LIMIT 1) \
        AND p.kind = 'ARTICLE' AND p.slug = $1 \
        AND p.status = 'PUBLISHED' AND p.visibility IN ('PUBLIC', 'UNLISTED')"
    };
}

const POST: &str = concat!(
    r#"SELECT p.id, p.slug, p.title, p.published_at, p.reading_minutes, p.body_html, p.table_of_contents, p.comment_count,
        u.display_name, u.username
    FROM post p
    CROSS JOIN LATERAL (
        SELECT u.display_name, u.username
        FROM post_author a JOIN "user" u ON u.id = a.user_id
        WHERE a.post_id = p.id ORDER BY a.position LIMIT 1
    ) u
    WHERE "#,
    found!()
);

const TAGS: &str = concat!(
    "SELECT t.name, t.slug FROM post_tag l JOIN tag t ON t.id = l.tag_id WHERE l.post_id = (SELECT p.id FROM post p WHERE ",
    found!(),
    ") ORDER BY l.position"
);

const COMMENTS: &str = concat!(
    "SELECT ",
    comment_columns!(),
    r#" FROM comment c LEFT JOIN "user" u ON u.id = c.author_id
    WHERE c.status = 'VISIBLE' AND c.post_id = (SELECT p.id FROM post p WHERE "#,
    found!(),
    ") ORDER BY c.created_at, c.id LIMIT 20"
);

#[derive(Serialize)]
struct Page<'a> {
    post: Option<Post<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Post<'a> {
    id: GlobalId,
    slug: &'a str,
    title: &'a str,
    published_at: Time,
    reading_minutes: i32,
    body_html: &'a str,
    author: Author<'a>,
    tags: Vec<Tag<'a>>,
    table_of_contents: Vec<Heading<'a>>,
    comment_count: i32,
    comments: Nodes<Comment<'a>>,
}

pub async fn prepare(client: &Client) -> Result<[Statement; 3], Error> {
    Ok([
        client.prepare(POST).await?,
        client.prepare(TAGS).await?,
        client.prepare(COMMENTS).await?,
    ])
}

pub async fn answer(session: &Session, slug: &str) -> Result<HttpResponse, Failure> {
    let [post, tags, comments] = &session.post;
    // Each statement finds the post by itself, so that all three are one journey.
    let (post, tags, comments) = try_join3(
        session.client.query_opt(post, &[&slug]),
        session.client.query(tags, &[&slug]),
        session.client.query(comments, &[&slug]),
    )
    .await?;
    let Some(post) = post else {
        return json(&Answer {
            data: Page { post: None },
        });
    };
    let Json(table_of_contents) = post.try_get(6)?;
    json(&Answer {
        data: Page {
            post: Some(Post {
                id: GlobalId::post(post.get(0)),
                slug: post.get(1),
                title: post.get(2),
                published_at: Time(post.get(3)),
                reading_minutes: post.get(4),
                body_html: post.get(5),
                author: Author {
                    display_name: post.get(8),
                    username: post.get(9),
                },
                tags: tags.iter().map(|row| Tag::read(row, 0)).collect(),
                table_of_contents,
                comment_count: post.get(7),
                comments: Nodes {
                    nodes: comments.iter().map(|row| Comment::read(row, 0)).collect(),
                },
            }),
        },
    })
}
