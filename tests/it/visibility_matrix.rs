//! Every viewer, every status and visibility, every way to a post: what lists, counts and relations show, and what a path or an
//! id finds.

use entity::membership::Role;
use entity::post::{PostKind, PostStatus, Visibility};
use entity::{ApiKeyId, OauthClientId, PostId, post};
use quoin::domain::media::{self, MediaDraft};
use quoin::domain::navigation::{self, NewItem, NewTarget};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::{Actor, Credential, Viewer, category, member, publication, series};
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use serde_json::{Value, json};

use crate::support::people::Person;
use crate::support::{Gazette, global_id, minute};

const STATUSES: [PostStatus; 6] = [
    PostStatus::Draft,
    PostStatus::InReview,
    PostStatus::Scheduled,
    PostStatus::Published,
    PostStatus::Archived,
    PostStatus::Trashed,
];

const VISIBILITIES: [Visibility; 4] = [
    Visibility::Public,
    Visibility::Unlisted,
    Visibility::Members,
    Visibility::Private,
];

/// What a viewer may see beside what everybody may.
#[derive(Clone, Copy, PartialEq, Eq)]
enum May {
    Nothing,
    /// What is for members.
    Members,
    /// What its writers see.
    Everything,
    /// One draft.
    Preview,
}

/// One post of the site.
struct Known {
    id: PostId,
    slug: String,
    status: PostStatus,
    visibility: Visibility,
}

impl Known {
    fn is_published(&self, visibility: Visibility) -> bool {
        self.status == PostStatus::Published && self.visibility == visibility
    }

    fn is_previewed(&self) -> bool {
        self.status == PostStatus::Draft && self.visibility == Visibility::Public
    }

    /// Whether a list shows it that asks for nothing in particular.
    fn is_listed(&self, may: May) -> bool {
        self.is_published(Visibility::Public) || may == May::Preview && self.is_previewed()
    }

    /// Whether its path and its id lead to it.
    fn is_found(&self, may: May) -> bool {
        match may {
            May::Everything => true,
            _ if self.is_published(Visibility::Unlisted) || self.is_listed(may) => true,
            May::Members => self.is_published(Visibility::Members),
            May::Nothing | May::Preview => false,
        }
    }

    /// Whether a list shows it that asks for these; none: it does not say.
    fn is_asked_for(&self, may: May, statuses: Option<&[PostStatus]>, visibilities: Option<&[Visibility]>) -> bool {
        let by_default: &[Visibility] = match self.status {
            PostStatus::Published => &[Visibility::Public],
            _ => &VISIBILITIES,
        };
        let is_asked_for = statuses.unwrap_or(&[PostStatus::Published]).contains(&self.status)
            && visibilities.unwrap_or(by_default).contains(&self.visibility);
        // An unlisted post is listed for nobody who does not work on it.
        let is_seen = match may {
            May::Everything => true,
            May::Members => self.is_published(Visibility::Public) || self.is_published(Visibility::Members),
            May::Nothing | May::Preview => self.is_published(Visibility::Public),
        };
        is_asked_for && is_seen
    }
}

/// The name that the API has for it.
fn constant(value: impl std::fmt::Debug) -> String {
    let name = format!("{value:?}");
    let mut constant = String::new();
    for (place, letter) in name.chars().enumerate() {
        if place > 0 && letter.is_uppercase() {
            constant.push('_');
        }
        constant.extend(letter.to_uppercase());
    }
    constant
}

struct Matrix {
    gazette: Gazette,
    posts: Vec<Known>,
    writer: Person,
}

impl Matrix {
    /// A site with a post of every status and visibility, all of which hang on the same things.
    async fn new() -> Self {
        let gazette = Gazette::new().await;
        let writer = gazette.member("writer", Role::Author).await;
        let tag = gazette.tag("tag").await;
        let file = entity::MediaId::new();
        let transaction = gazette.store().write().await.unwrap();
        let text = category::CategoryText {
            name: "Category".into(),
            description: String::new(),
            parent: None,
        };
        let category = category::create(&transaction, gazette.publication, "category".into(), text);
        let category = category.await.unwrap();
        let text = series::SeriesText {
            title: "Series".into(),
            description: String::new(),
        };
        let series = series::create(&transaction, gazette.publication, "series".into(), text);
        let series = series.await.unwrap();
        let draft = MediaDraft {
            id: file,
            is_new: true,
            file_name: "a.png".into(),
            alt_text: String::new(),
            caption: String::new(),
            uploader: None,
            original_url: Some("https://old.example/a.png".into()),
            created_at: minute(0),
        };
        media::save(&transaction, gazette.publication, draft).await.unwrap();
        transaction.commit().await.unwrap();
        let mut posts = Vec::new();
        for status in STATUSES {
            for visibility in VISIBILITIES {
                let number = posts.len() as i32 + 1;
                let slug = format!("{status:?}-{visibility:?}").to_lowercase();
                let id = gazette.post(&slug, number.into(), |post| {
                    (post.status, post.visibility) = (status, visibility);
                    post.authors = vec![writer.user];
                    (post.tags, post.categories) = (vec![tag], vec![category]);
                    (post.series, post.featured_media) = (Some((series, number)), Some(file));
                    if !matches!(
                        status,
                        PostStatus::Published | PostStatus::Scheduled | PostStatus::Archived
                    ) {
                        post.published_at = None;
                    }
                });
                let id = id.await;
                posts.push(Known {
                    id,
                    slug,
                    status,
                    visibility,
                });
            }
        }
        let item = |post: &Known| NewItem {
            label: post.slug.clone(),
            target: Some(NewTarget::Post(PostKind::Article, post.id)),
            items: Vec::new(),
        };
        let items = posts.iter().map(item).collect();
        navigation::set(&gazette.accounts, Viewer::Operator, gazette.publication, "main", items)
            .await
            .unwrap();
        Self { gazette, posts, writer }
    }

    /// Everybody who may come, and what they may see.
    async fn viewers(&self) -> Vec<(&'static str, Viewer, May)> {
        let gazette = &self.gazette;
        let owner = gazette.member("owner", Role::Owner).await;
        let editor = gazette.member("editor", Role::Editor).await;
        let author = gazette.member("author", Role::Author).await;
        let contributor = gazette.member("contributor", Role::Contributor).await;
        let stranger = gazette.person("stranger").await;
        let transaction = gazette.store().write().await.unwrap();
        let new = publication::NewPublication {
            slug: "other".into(),
            title: "Other".into(),
            tagline: String::new(),
            language: "en".into(),
            site_url: None,
            owner: stranger.user,
        };
        let other = publication::create(&transaction, new).await.unwrap();
        member::put(&transaction, other, stranger.user, Role::Owner)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let key = |person: Person, scopes: &[Scope]| {
            Viewer::User(Actor {
                user: person.user,
                scopes: scopes.iter().copied().collect(),
                credential: Credential::ApiKey(ApiKeyId::new()),
            })
        };
        let (read, drafts) = (Scope::Read, Scope::ReadDrafts);
        let granted = |scopes: &[Scope]| owner.with(scopes.iter().copied().collect::<Scopes>());
        let previewed = self.posts.iter().find(|post| post.is_previewed()).unwrap().id;
        vec![
            ("nobody", Viewer::Anonymous, May::Nothing),
            ("a client", Viewer::Client(OauthClientId::new()), May::Nothing),
            ("an owner", owner.viewer(), May::Everything),
            ("an editor", editor.viewer(), May::Everything),
            ("the author", self.writer.viewer(), May::Everything),
            ("another author", author.viewer(), May::Members),
            ("a contributor", contributor.viewer(), May::Members),
            ("a member of another publication", stranger.viewer(), May::Nothing),
            ("an owner's key that reads", key(owner, &[read]), May::Nothing),
            (
                "an owner's key that writes",
                key(owner, &[read, Scope::Write]),
                May::Nothing,
            ),
            (
                "an owner's key that reads drafts alone",
                key(owner, &[drafts]),
                May::Nothing,
            ),
            (
                "an owner's key that reads drafts",
                key(owner, &[read, drafts]),
                May::Everything,
            ),
            (
                "a contributor's key that reads drafts",
                key(contributor, &[read, drafts]),
                May::Members,
            ),
            (
                "an application that reads for an owner",
                granted(&[read, Scope::OpenId]),
                May::Nothing,
            ),
            (
                "an application that reads an owner's drafts",
                granted(&[read, drafts]),
                May::Everything,
            ),
            ("a preview", Viewer::Preview(previewed), May::Preview),
        ]
    }

    fn slugs(&self, wanted: impl Fn(&Known) -> bool) -> Vec<&str> {
        let mut slugs: Vec<_> = self
            .posts
            .iter()
            .filter(|post| wanted(post))
            .map(|post| post.slug.as_str())
            .collect();
        slugs.sort_unstable();
        slugs
    }
}

/// The slugs of a list, sorted.
fn slugs(list: &Value) -> Vec<&str> {
    let mut slugs: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|post| post["slug"].as_str().unwrap())
        .collect();
    slugs.sort_unstable();
    slugs
}

#[tokio::test]
async fn lists_counts_and_relations_show_what_the_public_sees_to_everybody() {
    let matrix = Matrix::new().await;
    let posts = "posts(first: 100) { totalCount nodes { slug } }";
    let query = format!(
        "{{ {posts} publication {{ {posts} navigation {{ target {{ ... on Post {{ slug }} }} }} }}
           tag(by: {{ slug: \"tag\" }}) {{ postCount {posts} }} category(by: {{ slug: \"category\" }}) {{ postCount {posts} }}
           series(by: {{ slug: \"series\" }}) {{ {posts} }} user(by: {{ username: \"writer\" }}) {{ {posts} }}
           post(by: {{ slug: \"published-public\" }}) {{ previous {{ slug }} next {{ slug }}
             featuredImage {{ usedBy {{ slug }} }} series {{ posts {{ nodes {{ slug }} }} }} }} }}"
    );
    for (name, viewer, may) in matrix.viewers().await {
        let data = matrix.gazette.done(viewer, &query).await;
        let listed = matrix.slugs(|post| post.is_listed(may));
        assert!(!listed.is_empty());
        for list in [
            &data["posts"],
            &data["publication"]["posts"],
            &data["tag"]["posts"],
            &data["category"]["posts"],
            &data["series"]["posts"],
            &data["user"]["posts"],
        ] {
            assert_eq!(slugs(&list["nodes"]), listed, "{name}");
            assert_eq!(list["totalCount"], json!(listed.len()), "{name}");
        }
        let post = &data["post"];
        assert_eq!(slugs(&post["series"]["posts"]["nodes"]), listed, "{name}");
        assert_eq!(slugs(&post["featuredImage"]["usedBy"]), listed, "{name}");
        for neighbour in ["previous", "next"] {
            assert_eq!(post[neighbour], Value::Null, "{name}");
        }
        let menu = data["publication"]["navigation"].as_array().unwrap();
        let menu: Vec<Value> = menu.iter().map(|item| item["target"].clone()).collect();
        assert_eq!(slugs(&Value::Array(menu)), listed, "{name}");
        for count in [&data["tag"]["postCount"], &data["category"]["postCount"]] {
            assert_eq!(count, &json!(1), "{name}");
        }
    }
}

#[tokio::test]
async fn a_list_that_names_more_shows_it_to_those_who_may_see_it() {
    let matrix = Matrix::new().await;
    type Filter = (Option<Vec<PostStatus>>, Option<Vec<Visibility>>);
    let mut asked: Vec<Filter> = Vec::new();
    asked.extend(STATUSES.map(|status| (Some(vec![status]), None)));
    asked.extend(VISIBILITIES.map(|visibility| (None, Some(vec![visibility]))));
    asked.extend(VISIBILITIES.map(|visibility| {
        (
            Some(vec![PostStatus::Draft, PostStatus::Published]),
            Some(vec![visibility]),
        )
    }));
    asked.push((Some(vec![PostStatus::Draft, PostStatus::Published]), None));
    asked.push((Some(STATUSES.to_vec()), Some(VISIBILITIES.to_vec())));
    asked.push((Some(Vec::new()), Some(Vec::new())));
    for (name, viewer, may) in matrix.viewers().await {
        for (statuses, visibilities) in &asked {
            let mut conditions = Vec::new();
            if let Some(statuses) = statuses {
                let names: Vec<_> = statuses.iter().map(constant).collect();
                conditions.push(format!("status: [{}]", names.join(", ")));
            }
            if let Some(visibilities) = visibilities {
                let names: Vec<_> = visibilities.iter().map(constant).collect();
                conditions.push(format!("visibility: [{}]", names.join(", ")));
            }
            let conditions = format!("where: {{ {} }}", conditions.join(", "));
            let posts = format!("posts(first: 100, {conditions}) {{ totalCount nodes {{ slug }} }}");
            let query = format!(
                "{{ {posts} tag(by: {{ slug: \"tag\" }}) {{ {posts} }}
                   post(by: {{ slug: \"published-public\" }}) {{ featuredImage {{ usedBy({conditions}) {{ slug }} }} }} }}"
            );
            let data = matrix.gazette.done(viewer, &query).await;
            let (statuses, visibilities) = (
                statuses.as_deref().filter(|statuses| !statuses.is_empty()),
                visibilities.as_deref().filter(|visibilities| !visibilities.is_empty()),
            );
            let is_plain = statuses.is_none_or(|statuses| statuses == [PostStatus::Published])
                && visibilities.is_none_or(|visibilities| visibilities == [Visibility::Public]);
            let wanted =
                matrix.slugs(|post| post.is_asked_for(may, statuses, visibilities) || is_plain && post.is_listed(may));
            for list in [&data["posts"], &data["tag"]["posts"]] {
                assert_eq!(slugs(&list["nodes"]), wanted, "{name}: {conditions}");
                assert_eq!(list["totalCount"], json!(wanted.len()), "{name}: {conditions}");
            }
            let shown = slugs(&data["post"]["featuredImage"]["usedBy"]);
            assert_eq!(shown, wanted, "{name}: {conditions}");
        }
    }
}

#[tokio::test]
async fn a_path_and_an_id_lead_to_what_the_viewer_may_see() {
    let matrix = Matrix::new().await;
    for (name, viewer, may) in matrix.viewers().await {
        for post in &matrix.posts {
            let (id, slug) = (global_id(3, post.id), &post.slug);
            let query = format!(
                "{{ a: post(by: {{ slug: \"{slug}\" }}) {{ slug }} b: post(by: {{ id: \"{id}\" }}) {{ slug }}
                   c: node(id: \"{id}\") {{ ... on Post {{ slug }} }} d: resolvePath(path: \"/{slug}\") {{ ... on Post {{ slug }} }}
                   e: nodes(ids: [\"{id}\"]) {{ ... on Post {{ slug }} }} }}"
            );
            let data = matrix.gazette.done(viewer, &query).await;
            let wanted = if post.is_found(may) {
                json!({ "slug": slug })
            } else {
                Value::Null
            };
            for way in ["a", "b", "c", "d"] {
                assert_eq!(data[way], wanted, "{name} to {slug} by {way}");
            }
            assert_eq!(data["e"], json!([wanted]), "{name} to {slug}");
        }
    }
}

#[tokio::test]
async fn what_is_a_writers_is_null_for_readers() {
    let matrix = Matrix::new().await;
    let note = "Shorter, please.";
    let noted = post::Entity::update_many().col_expr(post::Column::ReviewNote, Expr::val(note));
    noted.exec(matrix.gazette.store().read()).await.unwrap();
    let hidden = "bodySource reviewNote draft { id } revisions { totalCount } previews { id }";
    let query = format!(
        "{{ posts {{ nodes {{ slug {hidden} featuredImage {{ originalUrl }} }} }}
           post(by: {{ slug: \"published-public\" }}) {{ {hidden} publication {{ customFieldSchema }} }} }}"
    );
    for (name, viewer, may) in matrix.viewers().await {
        let data = matrix.gazette.done(viewer, &query).await;
        let of_list = data["posts"]["nodes"].as_array().unwrap();
        let of_list = of_list.iter().find(|post| post["slug"] == "published-public").unwrap();
        for post in [of_list, &data["post"]] {
            let source = post["bodySource"].as_str();
            let own = "# About published-public\n\nThe body of published-public.";
            assert_eq!(source, (may == May::Everything).then_some(own), "{name}");
            assert_eq!(
                post["reviewNote"].as_str(),
                (may == May::Everything).then_some(note),
                "{name}"
            );
            let (revisions, previews) = (&post["revisions"]["totalCount"], &post["previews"]);
            if may == May::Everything {
                assert_eq!((revisions, previews), (&json!(1), &json!([])), "{name}");
            } else {
                assert_eq!((&post["revisions"], previews), (&Value::Null, &Value::Null), "{name}");
            }
        }
        let is_member = matches!(may, May::Everything | May::Members);
        let original = of_list["featuredImage"]["originalUrl"].is_string();
        assert_eq!(original, is_member, "{name}");
    }
}
