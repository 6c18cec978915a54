//! A publication to ask questions about, made through the domain's verbs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_graphql::Request;
use chrono::{DateTime, TimeDelta, Utc};
use entity::comment::{CommentKind, CommentStatus};
use entity::post::{PostKind, PostStatus, SourceFormat, Visibility};
use entity::{CommentId, PostId, PublicationId, TagId, UserId};
use quoin::domain::accounts::Accounts;
use quoin::domain::comment::{self, CommentDraft};
use quoin::domain::media::Library;
use quoin::domain::post::{self, PostDraft};
use quoin::domain::publication::{self, NewPublication};
use quoin::domain::{Viewer, render, tag, user};
use quoin::graphql::Api;
use quoin::store::{Store, connect};
use serde_json::Value;

use super::TestDb;
use super::accounts::accounts;
use super::answer::data;
use super::database::CONNECTIONS;
use super::files::library;

/// A publication `gazette` by `ann`, in a database of its own.
pub struct Gazette {
    pub api: Api,
    pub accounts: Accounts,
    pub library: Library,
    pub publication: PublicationId,
    pub ann: UserId,
    store: Store,
    /// The schema on a store that takes statements down, which only a pool can.
    counted: Api,
    statements: Arc<Mutex<Vec<String>>>,
    pub database: TestDb,
}

/// The beginning of time on the site: post `n` is published `n` minutes later.
pub fn minute(n: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(n)
}

/// The global id of something of this type.
pub fn global_id(node_type: u8, id: impl Into<uuid::Uuid>) -> String {
    use base64::Engine as _;
    let mut bytes = vec![node_type];
    bytes.extend(id.into().as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

impl Gazette {
    pub async fn new() -> Self {
        let database = TestDb::new().await;
        let statements: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&statements);
        let mut connection = connect(database.url(), CONNECTIONS).await.unwrap();
        connection.set_metric_callback(move |info| log.lock().unwrap().push(info.statement.sql.clone()));
        let store = database.store().clone();
        let accounts = accounts(&store, database.outbox()).await;
        let library = library(&store, database.media());
        let counted = Api::new(Store::new(connection), accounts.clone(), library.clone());
        let ann = byline(&store, "ann").await;
        let new = NewPublication {
            slug: "gazette".into(),
            title: "The Gazette".into(),
            tagline: "News of the press".into(),
            language: "en".into(),
            site_url: Some("https://gazette.example".into()),
            owner: ann,
        };
        let transaction = store.write().await.unwrap();
        let publication = publication::create(&transaction, new).await.unwrap();
        transaction.commit().await.unwrap();
        let api = Api::new(store.clone(), accounts.clone(), library.clone());
        Self {
            api,
            accounts,
            library,
            publication,
            ann,
            store,
            counted,
            statements,
            database,
        }
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Another person who writes here.
    pub async fn user(&self, username: &str) -> UserId {
        byline(&self.store, username).await
    }

    /// A tag of this name.
    pub async fn tag(&self, slug: &str) -> TagId {
        let text = tag::TagText {
            name: slug.to_uppercase(),
            description: String::new(),
        };
        let transaction = self.store.write().await.unwrap();
        let id = tag::create(&transaction, self.publication, slug.into(), text)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        id
    }

    /// A published public article by ann, unless `change` says otherwise.
    pub async fn post(&self, slug: &str, published: i64, change: impl FnOnce(&mut PostDraft)) -> PostId {
        let mut draft = self.draft(slug, published);
        change(&mut draft);
        self.save(draft).await
    }

    /// Saves a draft.
    pub async fn save(&self, draft: PostDraft) -> PostId {
        let id = draft.id;
        let transaction = self.store.write().await.unwrap();
        post::save_many(&transaction, self.publication, None, vec![draft])
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        id
    }

    fn draft(&self, slug: &str, published: i64) -> PostDraft {
        let source = format!("# About {slug}\n\nThe body of {slug}.");
        PostDraft {
            id: PostId::new(),
            is_new: true,
            kind: PostKind::Article,
            status: PostStatus::Published,
            visibility: Visibility::Public,
            slug: slug.into(),
            title: format!("Title of {slug}"),
            excerpt: None,
            source_format: SourceFormat::Markdown,
            rendered: render::finish(&render::markdown(&source), &|_| None),
            source,
            authors: vec![self.ann],
            tags: Vec::new(),
            categories: Vec::new(),
            series: None,
            featured_media: None,
            position: 0,
            is_featured: false,
            canonical_url: None,
            custom_fields: BTreeMap::new(),
            published_at: Some(minute(published)),
            created_at: minute(published),
            updated_at: minute(published),
        }
    }

    /// A visible comment, unless `change` says otherwise.
    pub async fn comment(&self, post: PostId, written: i64, change: impl FnOnce(&mut CommentDraft)) -> CommentId {
        let mut draft = CommentDraft {
            id: CommentId::new(),
            is_new: true,
            post,
            parent: None,
            depth: 0,
            kind: CommentKind::Comment,
            status: CommentStatus::Visible,
            author_name: format!("reader {written}"),
            author_email: Some("reader@example.com".into()),
            author_url: None,
            source: "Indeed.".into(),
            html: "<p>Indeed.</p>".into(),
            created_at: minute(written),
        };
        change(&mut draft);
        let id = draft.id;
        let transaction = self.store.write().await.unwrap();
        comment::save_many(&transaction, vec![draft]).await.unwrap();
        transaction.commit().await.unwrap();
        id
    }

    /// What an anonymous reader gets.
    #[track_caller]
    pub fn ask(&self, query: &str) -> impl Future<Output = Value> {
        let answer = self.api.execute(Request::new(query), Viewer::Anonymous);
        async move {
            let answer = answer.await;
            assert!(answer.errors.is_empty(), "{:#?}", answer.errors);
            data(answer)
        }
    }

    /// The message of the one error that an anonymous reader gets, which is their own fault.
    pub async fn refusal(&self, query: &str) -> String {
        let answer = self.api.execute(Request::new(query), Viewer::Anonymous).await;
        assert_eq!(answer.errors.len(), 1, "{query}: {answer:#?}");
        let error = serde_json::to_value(&answer.errors[0]).unwrap();
        assert_eq!(error["extensions"]["code"], "BAD_REQUEST", "{query}: {error:#}");
        error["message"].as_str().unwrap().to_owned()
    }

    /// The statements that answering takes.
    pub async fn statements(&self, query: &str) -> Vec<String> {
        self.statements_of(Viewer::Anonymous, query).await
    }

    /// The statements that answering a viewer takes.
    pub async fn statements_of(&self, viewer: Viewer, query: &str) -> Vec<String> {
        self.statements.lock().unwrap().clear();
        let answer = self.counted.execute(Request::new(query), viewer).await;
        assert!(answer.errors.is_empty(), "{:#?}", answer.errors);
        std::mem::take(&mut self.statements.lock().unwrap())
    }
}

async fn byline(store: &Store, username: &str) -> UserId {
    let profile = user::Profile {
        display_name: username.to_uppercase(),
        email: Some(format!("{username}@example.com")),
        bio: String::new(),
        website_url: None,
    };
    let transaction = store.write().await.unwrap();
    let id = user::create_byline(&transaction, username, profile).await.unwrap();
    transaction.commit().await.unwrap();
    id
}
