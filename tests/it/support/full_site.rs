//! A site with everything that queries can ask for.

use std::future::pending;
use std::path::Path;

use entity::comment::{CommentKind, CommentStatus};
use entity::membership::Role;
use entity::post::{PostKind, PostStatus, Visibility};
use entity::{CategoryId, MediaId, PostId, SeriesId, TagId, UserId, publication};
use quoin::domain::category::{self, CategoryText};
use quoin::domain::comment::CommentDraft;
use quoin::domain::media::{self, MediaDraft};
use quoin::domain::navigation::{self, NewItem, NewTarget};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::series::{self, SeriesText};
use quoin::domain::session::{self, Device, Grant};
use quoin::domain::{Viewer, member, oauth_client, redirect};
use quoin::import::markdown::Markdown;
use quoin::import::{self, Options};
use quoin::store::files::FileStore;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::desk::{Desk, text};
use super::people::Person;
use super::random_value::Pool;
use super::site::Silent;
use super::{Gazette, global_id, minute};

/// The place of the first page among the posts; what stands before are articles.
const FIRST_PAGE: usize = 32;

/// Old paths of the gazette.
const REDIRECTS: [&str; 6] = [
    "/2012/old",
    "/impressum",
    "/secret",
    "/tag/old-lead",
    "/category/old-craft",
    "/series/old-book",
];

/// The gazette with everything, and a second publication.
pub struct FullSite {
    pub desk: Desk,
    owner: Person,
    root: Person,
    contributor: Person,
    previewed: PostId,
}

/// What posts hang on.
struct Things {
    writer: UserId,
    tags: Vec<TagId>,
    categories: Vec<CategoryId>,
    series: Vec<SeriesId>,
    files: Vec<MediaId>,
}

impl FullSite {
    pub async fn new() -> Self {
        let desk = Desk::new().await;
        let gazette = &desk.gazette;
        let writer = gazette.member("writer", Role::Author).await.user;
        let site = Self {
            owner: gazette.member("owner", Role::Owner).await,
            root: gazette.administrator("root").await,
            contributor: gazette.member("contributor", Role::Contributor).await,
            previewed: PostId::new(),
            desk,
        };
        let things = site.things(writer).await;
        let posts = site.posts(&things).await;
        site.around(&posts, &things).await;
        site.edited(&posts).await;
        site.accounts().await;
        site.second_publication().await;
        let previewed = posts[0];
        Self { previewed, ..site }
    }

    fn gazette(&self) -> &Gazette {
        &self.desk.gazette
    }

    async fn things(&self, writer: UserId) -> Things {
        let gazette = self.gazette();
        let mut tags = Vec::new();
        for slug in ["lead", "ink", "paper", "unused"] {
            tags.push(gazette.tag(slug).await);
        }
        let transaction = gazette.store().write().await.unwrap();
        let (mut categories, mut series_ids, mut files) = (Vec::new(), Vec::new(), Vec::new());
        for (slug, parent) in [
            ("craft", None),
            ("binding", Some(0)),
            ("sewing", Some(1)),
            ("news", None),
        ] {
            let text = CategoryText {
                name: slug.to_uppercase(),
                description: format!("About {slug}"),
                parent: parent.map(|parent: usize| categories[parent]),
            };
            let id = category::create(&transaction, gazette.publication, slug.into(), text);
            categories.push(id.await.unwrap());
        }
        for slug in ["the-pamphlet", "the-book"] {
            let text = SeriesText {
                title: slug.to_uppercase(),
                description: String::new(),
            };
            let id = series::create(&transaction, gazette.publication, slug.into(), text);
            series_ids.push(id.await.unwrap());
        }
        for (number, name) in ["a.png", "b.mp3", "c.pdf"].into_iter().enumerate() {
            let id = MediaId::new();
            let draft = MediaDraft {
                id,
                is_new: true,
                file_name: name.into(),
                alt_text: format!("Of {name}"),
                caption: String::new(),
                uploader: Some(writer),
                original_url: Some(format!("https://old.example/{name}")),
                created_at: minute(number as i64),
            };
            media::save(&transaction, gazette.publication, draft).await.unwrap();
            files.push(id);
        }
        transaction.commit().await.unwrap();
        Things {
            writer,
            tags,
            categories,
            series: series_ids,
            files,
        }
    }

    /// A post of every status and visibility, more articles, and pages from [`FIRST_PAGE`].
    async fn posts(&self, things: &Things) -> Vec<PostId> {
        use {PostStatus as S, Visibility as V};
        let mut kinds = Vec::new();
        for status in [
            S::Draft,
            S::InReview,
            S::Scheduled,
            S::Published,
            S::Archived,
            S::Trashed,
        ] {
            for visibility in [V::Public, V::Unlisted, V::Members, V::Private] {
                kinds.push((PostKind::Article, status, visibility));
            }
        }
        kinds.extend([(PostKind::Article, S::Published, V::Public); 8]);
        kinds.extend([(PostKind::Page, S::Published, V::Public); 4]);
        kinds.push((PostKind::Page, S::Published, V::Members));
        kinds.push((PostKind::Page, S::Draft, V::Public));
        let mut posts = Vec::new();
        let (ann, owner) = (self.gazette().ann, self.owner.user);
        for (number, (kind, status, visibility)) in kinds.into_iter().enumerate() {
            let slug = format!("{kind:?}-{status:?}-{visibility:?}-{number}").to_lowercase();
            let post = self.gazette().post(&slug, (number / 2) as i64, |post| {
                (post.kind, post.status, post.visibility) = (kind, status, visibility);
                let authors = [ann, things.writer, owner];
                post.authors = authors.into_iter().cycle().skip(number).take(1 + number % 3).collect();
                if number % 4 != 3 {
                    post.tags = things.tags[number % 3..3].to_vec();
                    post.categories = vec![things.categories[number % 4]];
                    post.featured_media = Some(things.files[number % 3]);
                }
                if number % 3 == 0 {
                    post.series = Some((things.series[number % 2], number as i32));
                }
                post.is_featured = number % 5 == 0;
                post.excerpt = (number % 2 == 0).then(|| "In short: ".repeat(number));
                post.custom_fields = [("mood".to_owned(), json!({ "is": [number, 0.5, null] }))].into();
                if !matches!(status, S::Published | S::Scheduled | S::Archived) {
                    post.published_at = None;
                }
            });
            posts.push(post.await);
        }
        posts
    }

    /// What leads to posts and hangs on them.
    async fn around(&self, posts: &[PostId], things: &Things) {
        let gazette = self.gazette();
        for post in &posts[12..28] {
            let first = gazette.comment(*post, 2, |_| {}).await;
            let below = |parent, depth| {
                move |comment: &mut CommentDraft| {
                    (comment.parent, comment.depth) = (Some(parent), depth);
                }
            };
            let reply = gazette.comment(*post, 3, below(first, 1)).await;
            gazette.comment(*post, 4, below(reply, 2)).await;
            gazette
                .comment(*post, 5, |comment| comment.kind = CommentKind::Pingback)
                .await;
            let hidden = gazette
                .comment(*post, 6, |comment| comment.status = CommentStatus::Pending)
                .await;
            gazette.comment(*post, 7, below(hidden, 1)).await;
        }
        let transaction = gazette.store().write().await.unwrap();
        let paths = [
            ("/2012/old", posts[24]),
            ("/impressum", posts[32]),
            ("/secret", posts[0]),
        ];
        let paths = paths.into_iter().map(|(path, post)| (path.to_owned(), post)).collect();
        redirect::lead_to_posts(&transaction, gazette.publication, paths)
            .await
            .unwrap();
        for (old, target) in [
            ("old-lead", redirect::Target::Tag(things.tags[0])),
            ("old-craft", redirect::Target::Category(things.categories[0])),
            ("old-book", redirect::Target::Series(things.series[1])),
        ] {
            redirect::lead_to(&transaction, gazette.publication, old, target)
                .await
                .unwrap();
        }
        transaction.commit().await.unwrap();
        let item = |target, items| NewItem {
            label: "An item".into(),
            target,
            items,
        };
        let mut items: Vec<_> = posts
            .iter()
            .step_by(3)
            .zip((0..).step_by(3))
            .map(|(post, place)| {
                (
                    if place < FIRST_PAGE {
                        PostKind::Article
                    } else {
                        PostKind::Page
                    },
                    *post,
                )
            })
            .map(|(kind, post)| item(Some(NewTarget::Post(kind, post)), Vec::new()))
            .collect();
        let below = items.split_off(4);
        items.push(item(None, below));
        items.push(item(Some(NewTarget::Tag(things.tags[0])), Vec::new()));
        items.push(item(Some(NewTarget::Category(things.categories[1])), Vec::new()));
        items.push(item(
            Some(NewTarget::Url("https://elsewhere.example/".into())),
            Vec::new(),
        ));
        navigation::set(&gazette.accounts, Viewer::Operator, gazette.publication, "main", items)
            .await
            .unwrap();
        let footer = vec![item(Some(NewTarget::Url("/imprint".into())), Vec::new())];
        navigation::set(
            &gazette.accounts,
            Viewer::Operator,
            gazette.publication,
            "footer",
            footer,
        )
        .await
        .unwrap();
    }

    /// Drafts of published posts, revisions, previews, and pages below pages.
    async fn edited(&self, posts: &[PostId]) {
        let id = |place: usize| global_id(3, posts[place]);
        for place in [0, 4, 12, 13, 25, 26] {
            for text in [
                "Other *words*.",
                "# Title\n\nOther words, and [a link](https://elsewhere.example/).",
            ] {
                let input = json!({ "id": id(place), "title": format!("Changed {place}"), "bodySource": text });
                self.desk.done("postUpdate", input, "post { id }").await;
            }
        }
        for place in [0, 25] {
            self.desk
                .done("postPreviewCreate", json!({ "id": id(place) }), "token")
                .await;
        }
        let page = |place: usize| global_id(4, posts[place]);
        for (below, above) in [(33, 32), (34, 33), (36, 32)] {
            let input = json!({ "id": page(below), "parentId": page(above) });
            self.desk.done("pageUpdate", input, "page { id }").await;
        }
    }

    /// What belongs to accounts and to the instance.
    async fn accounts(&self) {
        let (desk, gazette) = (&self.desk, self.gazette());
        for (email, role) in [("new@people.example", "EDITOR"), ("newer@people.example", "AUTHOR")] {
            let input = json!({ "publicationId": desk.publication, "email": email, "role": role });
            desk.done("memberInvite", input, "").await;
        }
        let key = "mutation { apiKeyCreate(input: { name: \"Front end\", scopes: [READ] }) { secret } }";
        gazette.done(self.owner.viewer(), key).await;
        let client = "mutation { oauthClientCreate(input: { name: \"App\", isConfidential: true, scopes: [READ],
            grantTypes: [CLIENT_CREDENTIALS], redirectUris: [] }) { oauthClient { clientId } } }";
        let client = gazette.done(self.root.viewer(), client).await;
        let client_id = text(&client["oauthClientCreate"]["oauthClient"]["clientId"]);
        let document = "mutation { trustedDocumentRegister(input: { documents: [
            { documentId: \"slug\", text: \"{ publication { slug } }\" } ] }) { userErrors { message } } }";
        gazette.done(self.root.viewer(), document).await;
        let client = oauth_client::by_name(gazette.store().read(), &client_id)
            .await
            .unwrap()
            .unwrap()
            .id;
        let scopes = Scopes::from_iter([Scope::Read]);
        let transaction = gazette.store().write().await.unwrap();
        oauth_client::give(&transaction, self.owner.user, client, scopes)
            .await
            .unwrap();
        let grant = Grant {
            client: Some(client),
            scopes,
            ..Grant::own(self.owner.user)
        };
        session::start(&transaction, &gazette.accounts, grant, &Device::default())
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }

    /// The sample site, where the same people have other roles.
    async fn second_publication(&self) {
        let gazette = self.gazette();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/press-and-paper");
        let source = Box::new(Markdown::open(&sample).unwrap());
        let files = FileStore::new(gazette.database.media().to_owned());
        let (store, options) = (gazette.store().clone(), Options::default());
        import::run(store, files, source, &options, &mut Silent, pending())
            .await
            .unwrap();
        let transaction = gazette.store().write().await.unwrap();
        let sample = publication::Entity::find()
            .filter(publication::Column::Id.ne(gazette.publication))
            .one(gazette.store().read());
        let sample = sample.await.unwrap().unwrap().id;
        for (person, role) in [(self.owner, Role::Contributor), (self.contributor, Role::Editor)] {
            member::put(&transaction, sample, person.user, role).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }

    /// Viewers who see different things.
    pub fn viewers(&self) -> [(&'static str, Viewer); 6] {
        let key = |viewer| match viewer {
            Viewer::User(mut actor) => {
                actor.scopes = Scopes::from_iter([Scope::Read]);
                Viewer::User(actor)
            }
            other => other,
        };
        [
            ("anonymous", Viewer::Anonymous),
            ("a contributor", self.contributor.viewer()),
            ("an owner", self.owner.viewer()),
            ("an owner's key that reads", key(self.owner.by_key())),
            ("an administrator", self.root.viewer()),
            ("a preview", Viewer::Preview(self.previewed)),
        ]
    }

    /// What queries can name.
    pub async fn pool(&self) -> Pool {
        const POSTS: &str = "edges { cursor node { __typename id slug path
            comments { edges { cursor node { __typename id } } }
            revisions { edges { cursor node { __typename id } } } } }";
        const ALL: &str = "status: [DRAFT, IN_REVIEW, SCHEDULED, PUBLISHED, ARCHIVED, TRASHED],
            visibility: [PUBLIC, UNLISTED, MEMBERS, PRIVATE]";
        const PUBLIC: &str = "{ publications { edges { cursor node { __typename id slug
            tags { edges { cursor node { __typename id slug path } } }
            categories { edges { cursor node { __typename id slug path } } }
            series { edges { cursor node { __typename id slug path posts { edges { cursor node { __typename id } } } } } }
            members { edges { cursor node { __typename user { __typename id username } } } }
            media { edges { cursor node { __typename id } } } invitations { edges { cursor node { __typename id } } }
            auditEvents { edges { cursor node { __typename id } } } } } } }";
        const INSTANCE: &str = "{ users { edges { cursor node { __typename user { __typename id username } } } }
            oauthClients { edges { cursor node { __typename id clientId } } } jobs { edges { cursor node { __typename id } } }
            auditEvents(first: 5) { edges { cursor node { __typename id } } }
            trustedDocuments { edges { cursor node { __typename id } } } viewer { sessions { edges { cursor node { __typename id } } } } }";
        const OWN: &str = "{ viewer { apiKeys { edges { cursor node { __typename id } } }
            sessions { edges { cursor node { __typename id } } } auditEvents(first: 5) { edges { cursor node { __typename id } } } } }";
        let mut pool = Pool::default();
        let mut queries = vec![
            (self.owner, PUBLIC.to_owned()),
            (self.owner, OWN.to_owned()),
            (self.root, INSTANCE.to_owned()),
        ];
        for list in ["posts", "pages"] {
            let all = format!("{{ {list}(first: 100, where: {{ {ALL} }}) {{ {POSTS} }} }}");
            let sample = format!(
                "{{ {list}(where: {{ publication: \"press-and-paper\" }}) {{ {POSTS} }}
                   public: {list}(first: 100) {{ {POSTS} }} }}"
            );
            queries.extend([(self.owner, all), (self.contributor, sample)]);
        }
        for (person, query) in queries {
            pool.add(&self.gazette().done(person.viewer(), &query).await);
        }
        // As often as all others, about.
        for _ in 0..10 {
            pool.add_paths(&REDIRECTS);
        }
        pool
    }
}
