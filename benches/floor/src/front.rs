//! The front page: the 20 newest articles with author, tags and their 3 newest comments.

use std::collections::HashMap;

use actix_web::HttpResponse;
use futures_util::future::try_join;
use serde::Serialize;
use tokio_postgres::{Client, Error, Statement};
use uuid::Uuid;

use crate::answer::{Answer, Author, Comment, GlobalId, Nodes, Tag, Time};
use crate::{Failure, Session, comment_columns, json};

const POSTS: &str = r#"
    SELECT p.id, p.slug, p.title, coalesce(p.excerpt, p.lead), p.published_at, p.comment_count, u.display_name, u.username
    FROM post p
    CROSS JOIN LATERAL (
        SELECT u.display_name, u.username
        FROM post_author a JOIN "user" u ON u.id = a.user_id
        WHERE a.post_id = p.id ORDER BY a.position LIMIT 1
    ) u
    WHERE p.kind = 'ARTICLE' AND p.status = 'PUBLISHED' AND p.visibility = 'PUBLIC'
    ORDER BY p.published_at DESC, p.id DESC LIMIT 20"#;

const TAGS: &str = "
    SELECT l.post_id, t.name, t.slug
    FROM post_tag l JOIN tag t ON t.id = l.tag_id
    WHERE l.post_id = ANY ($1) ORDER BY l.position";

const COMMENTS: &str = concat!(
    "SELECT p.id, ",
    comment_columns!(),
    r#" FROM unnest($1::uuid[]) p (id)
    CROSS JOIN LATERAL (
        SELECT * FROM comment
        WHERE post_id = p.id AND status = 'VISIBLE' ORDER BY created_at DESC, id DESC LIMIT 3
    ) c
    LEFT JOIN "user" u ON u.id = c.author_id
    ORDER BY c.created_at DESC, c.id DESC"#
);

#[derive(Serialize)]
struct Front<'a> {
    posts: Nodes<Teaser<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Teaser<'a> {
    id: GlobalId,
    slug: &'a str,
    title: &'a str,
    excerpt: &'a str,
    published_at: Time,
    author: Author<'a>,
    tags: Vec<Tag<'a>>,
    comment_count: i32,
    comments: Nodes<Comment<'a>>,
}

pub async fn prepare(client: &Client) -> Result<[Statement; 3], Error> {
    Ok([
        client.prepare(POSTS).await?,
        client.prepare(TAGS).await?,
        client.prepare(COMMENTS).await?,
    ])
}

pub async fn answer(session: &Session) -> Result<HttpResponse, Failure> {
    let [posts, tags, comments] = &session.front;
    let posts = session.client.query(posts, &[]).await?;
    let ids: Vec<Uuid> = posts.iter().map(|post| post.get(0)).collect();
    let (tags, comments) = try_join(
        session.client.query(tags, &[&ids]),
        session.client.query(comments, &[&ids]),
    )
    .await?;
    let mut tags_of: HashMap<Uuid, Vec<Tag>> = HashMap::with_capacity(ids.len());
    for tag in &tags {
        tags_of.entry(tag.get(0)).or_default().push(Tag::read(tag, 1));
    }
    let mut comments_of: HashMap<Uuid, Vec<Comment>> = HashMap::with_capacity(ids.len());
    for comment in &comments {
        let post = comments_of.entry(comment.get(0)).or_default();
        post.push(Comment::read(comment, 1));
    }
    let nodes = posts
        .iter()
        .zip(ids)
        .map(|(post, id)| Teaser {
            id: GlobalId::post(id),
            slug: post.get(1),
            title: post.get(2),
            excerpt: post.get(3),
            published_at: Time(post.get(4)),
            author: Author {
                display_name: post.get(6),
                username: post.get(7),
            },
            tags: tags_of.remove(&id).unwrap_or_default(),
            comment_count: post.get(5),
            comments: Nodes {
                nodes: comments_of.remove(&id).unwrap_or_default(),
            },
        })
        .collect();
    json(&Answer {
        data: Front { posts: Nodes { nodes } },
    })
}
