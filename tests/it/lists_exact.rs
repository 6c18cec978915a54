//! Lists that are stored hold what they are derived from, and give what their filters say, whatever is done to posts and to what
//! posts hang on.

use std::collections::BTreeSet;

use entity::membership::Role;
use entity::post::{self as stored, PostKind, PostStatus, Visibility};
use entity::{CategoryId, PostId, SeriesId, TagId, UserId, category, series, tag, user};
use quoin::domain::category::{self as categories, NewCategory};
use quoin::domain::page::PageRequest;
use quoin::domain::post::{self, Arrangement, NewPost, Order, PostChange, PostFilter, PostOrder, PostParent};
use quoin::domain::publication::{self, NewPublication};
use quoin::domain::scope::Scope;
use quoin::domain::term::NewTerm;
use quoin::domain::{Viewer, series as all_series, tag as tags};
use sea_orm::{EntityTrait, QueryOrder};
use uuid::Uuid;

use crate::support::Gazette;
use crate::support::lists::{Numbers, exact, lists_of};

const OPERATOR: Viewer = Viewer::Operator;
const VISIBILITIES: [Visibility; 4] = [
    Visibility::Public,
    Visibility::Unlisted,
    Visibility::Members,
    Visibility::Private,
];
const STATUSES: [PostStatus; 6] = [
    PostStatus::Draft,
    PostStatus::InReview,
    PostStatus::Scheduled,
    PostStatus::Published,
    PostStatus::Archived,
    PostStatus::Trashed,
];

struct World {
    gazette: Gazette,
    numbers: Numbers,
    authors: Vec<UserId>,
    named: usize,
}

impl World {
    async fn new(seed: u64) -> Self {
        let gazette = Gazette::new().await;
        let mut authors = vec![gazette.ann];
        for name in ["bob", "eve"] {
            authors.push(gazette.member(name, Role::Author).await.user);
        }
        let mut world = Self {
            gazette,
            numbers: Numbers(seed),
            authors,
            named: 0,
        };
        for _ in 0..3 {
            world.add_tag().await;
            world.add_category().await;
        }
        world.add_series().await;
        world.add_series().await;
        for _ in 0..12 {
            world.add_post().await;
        }
        world
    }

    fn term(&mut self) -> NewTerm {
        self.named += 1;
        NewTerm {
            name: format!("Term {}", self.named),
            slug: None,
            description: String::new(),
        }
    }

    async fn tags(&self) -> Vec<TagId> {
        let rows = tag::Entity::find().order_by_asc(tag::Column::Id);
        let rows = rows.all(self.gazette.store().read()).await.unwrap();
        rows.into_iter().map(|row| row.id).collect()
    }

    async fn categories(&self) -> Vec<CategoryId> {
        let rows = category::Entity::find().order_by_asc(category::Column::Id);
        let rows = rows.all(self.gazette.store().read()).await.unwrap();
        rows.into_iter().map(|row| row.id).collect()
    }

    async fn series(&self) -> Vec<SeriesId> {
        let rows = series::Entity::find().order_by_asc(series::Column::Id);
        let rows = rows.all(self.gazette.store().read()).await.unwrap();
        rows.into_iter().map(|row| row.id).collect()
    }

    /// The posts, without working copies.
    async fn posts(&self) -> Vec<stored::Model> {
        let rows = stored::Entity::find().order_by_asc(stored::Column::Id);
        let mut rows = rows.all(self.gazette.store().read()).await.unwrap();
        rows.retain(|row| row.draft_of.is_none());
        rows
    }

    async fn add_tag(&mut self) {
        let (term, publication) = (self.term(), self.gazette.publication);
        tags::add(&self.gazette.accounts, OPERATOR, publication, term)
            .await
            .unwrap();
    }

    async fn add_series(&mut self) {
        let (term, publication) = (self.term(), self.gazette.publication);
        all_series::add(&self.gazette.accounts, OPERATOR, publication, term)
            .await
            .unwrap();
    }

    async fn add_category(&mut self) {
        let present = self.categories().await;
        let new = NewCategory {
            name: self.term().name,
            slug: None,
            description: String::new(),
            parent: self.numbers.one(&present).copied(),
        };
        let publication = self.gazette.publication;
        categories::add(&self.gazette.accounts, OPERATOR, publication, new)
            .await
            .unwrap();
    }

    async fn change(&mut self) -> PostChange {
        let (tags, categories) = (self.tags().await, self.categories().await);
        self.named += 1;
        PostChange {
            title: Some(format!("Post {}", self.named)),
            tags: Some(self.numbers.some(&tags).into_iter().map(Into::into).collect()),
            categories: Some(self.numbers.some(&categories)),
            visibility: self
                .numbers
                .one(&VISIBILITIES)
                .copied()
                .filter(|_| self.named.is_multiple_of(3)),
            ..PostChange::default()
        }
    }

    async fn add_post(&mut self) {
        let new = NewPost {
            publication: self.gazette.publication,
            kind: if self.numbers.below(6) == 0 {
                PostKind::Page
            } else {
                PostKind::Article
            },
            change: {
                let mut change = self.change().await;
                change.place.authors = Some(self.byline());
                change
            },
        };
        let id = post::create(&self.gazette.accounts, OPERATOR, new).await.unwrap().id;
        if self.numbers.below(3) > 0 {
            self.act(id, Order::Publish(None)).await;
        }
    }

    fn byline(&mut self) -> Vec<UserId> {
        let mut byline = self.numbers.some(&self.authors);
        if byline.is_empty() {
            byline.push(self.authors[0]);
        }
        byline
    }

    /// Does it, if the post is in a state for it.
    async fn act(&self, id: PostId, order: Order) {
        let _ = post::perform(&self.gazette.accounts, OPERATOR, id, None, order).await;
    }

    /// Something that may change what stands in lists.
    async fn step(&mut self) -> String {
        let rows = self.posts().await;
        let posts: Vec<PostId> = rows.iter().map(|row| row.id).collect();
        let articles = rows.iter().filter(|row| row.kind == PostKind::Article);
        let articles: Vec<PostId> = articles.map(|row| row.id).collect();
        let id = *self.numbers.one(&posts).unwrap();
        let (tags, categories, series) = (self.tags().await, self.categories().await, self.series().await);
        let action = self.numbers.below(22);
        let gazette = &self.gazette;
        match action {
            0..=9 => {
                let orders = [
                    Order::Submit,
                    Order::Publish(None),
                    Order::Publish(Some(entity::now() - chrono::TimeDelta::days(1))),
                    Order::Schedule(entity::now() + chrono::TimeDelta::days(1)),
                    Order::Unschedule,
                    Order::Unpublish,
                    Order::Archive,
                    Order::Discard,
                    Order::Delete,
                    Order::Restore,
                ];
                self.act(id, orders[action].clone()).await;
            }
            10 => {
                self.act(id, Order::Delete).await;
                self.act(id, Order::Erase).await;
                self.add_post().await;
            }
            11..=13 => {
                let change = self.change().await;
                let _ = post::update(&self.gazette.accounts, OPERATOR, id, None, change).await;
            }
            14 => {
                let mut change = PostChange::default();
                change.place.authors = Some(self.byline());
                let _ = post::update(&self.gazette.accounts, OPERATOR, id, None, change).await;
            }
            15 => {
                let series = *self.numbers.one(&series).unwrap();
                let posts = self.numbers.some(&articles);
                all_series::set_posts(&self.gazette.accounts, OPERATOR, series, &posts)
                    .await
                    .unwrap();
            }
            16 => {
                let moved = *self.numbers.one(&categories).unwrap();
                let parent = self.numbers.one(&categories).copied();
                let _ = categories::place(&self.gazette.accounts, OPERATOR, moved, parent, None).await;
            }
            17 => {
                let moved = *self.numbers.one(&categories).unwrap();
                categories::place(&gazette.accounts, OPERATOR, moved, None, None)
                    .await
                    .unwrap();
            }
            18 => {
                let gone = *self.numbers.one(&categories).unwrap();
                categories::remove(&self.gazette.accounts, OPERATOR, gone)
                    .await
                    .unwrap();
                self.add_category().await;
            }
            19 => {
                let (from, into) = (tags[0], tags[tags.len() - 1]);
                tags::merge(&self.gazette.accounts, OPERATOR, from, into).await.unwrap();
                self.add_tag().await;
            }
            20 => {
                let gone = *self.numbers.one(&tags).unwrap();
                tags::remove(&self.gazette.accounts, OPERATOR, gone).await.unwrap();
                self.add_tag().await;
            }
            _ => {
                let gone = *self.numbers.one(&series).unwrap();
                all_series::remove(&self.gazette.accounts, OPERATOR, gone)
                    .await
                    .unwrap();
                self.add_series().await;
            }
        }
        format!("action {action}")
    }
}

#[tokio::test]
async fn whatever_is_done_to_posts_the_stored_lists_are_exact() {
    let mut world = World::new(7).await;
    exact(world.gazette.store(), "the beginning".into()).await;
    for step in 0..150 {
        let done = world.step().await;
        exact(world.gazette.store(), format!("step {step}: {done}")).await;
    }
}

/// A post of a list as the filter of that list sees it.
struct Seen {
    row: stored::Model,
    lists: BTreeSet<Uuid>,
    copy: Option<PostStatus>,
}

/// Who asks.
#[derive(Clone, Copy)]
struct Asking {
    viewer: Viewer,
    is_member: bool,
    /// They edit, or write as this author.
    edits: bool,
    writes: Option<UserId>,
}

impl Seen {
    /// Whether a list with this filter holds it, by what the schema says of its arguments.
    fn is_in(&self, filter: &PostFilter, lists: &[Uuid], asking: Asking) -> bool {
        let row = &self.row;
        let editable = asking.edits || asking.writes.is_some_and(|user| self.lists.contains(&user.0));
        let wants = |status: PostStatus| filter.statuses.contains(&status);
        let named = |visibility| filter.visibilities.contains(&visibility);
        let is_published = row.status == PostStatus::Published && (filter.statuses.is_empty() || wants(row.status));
        let as_published = is_published
            && match row.visibility {
                Visibility::Public => filter.visibilities.is_empty() || named(Visibility::Public),
                Visibility::Members => named(Visibility::Members) && asking.is_member,
                other => named(other) && editable,
            };
        let at_work = |status: PostStatus| status != PostStatus::Published && wants(status);
        let as_work = (at_work(row.status) || self.copy.is_some_and(at_work))
            && editable
            && (filter.visibilities.is_empty() || named(row.visibility));
        (as_published || as_work)
            && filter.kind.is_none_or(|kind| kind == row.kind)
            && filter
                .has_draft
                .is_none_or(|has| editable && has == self.copy.is_some())
            && lists.iter().all(|list| self.lists.contains(list))
    }
}

#[tokio::test]
async fn each_list_holds_what_its_filter_says_for_whoever_asks() {
    let mut world = World::new(11).await;
    for _ in 0..40 {
        world.step().await;
    }
    for _ in 0..20 {
        world.add_post().await;
    }
    let store = world.gazette.store().clone();
    let editor = world.gazette.member("editor", Role::Editor).await;
    let reader = world.gazette.member("reader", Role::Contributor).await;
    let (ann, bob) = (world.authors[0], world.authors[1]);
    let person = |viewer, is_member, edits, writes| Asking {
        viewer,
        is_member,
        edits,
        writes,
    };
    let own = quoin::domain::Actor {
        user: bob,
        scopes: quoin::domain::scope::Scopes::ALL,
        credential: quoin::domain::Credential::Outside,
    };
    let asking = [
        person(Viewer::Anonymous, false, false, None),
        person(editor.viewer(), true, true, None),
        person(editor.without(Scope::ReadDrafts), false, false, None),
        person(reader.viewer(), true, false, Some(reader.user)),
        person(Viewer::User(own), true, false, Some(bob)),
    ];
    let mut lists = lists_of(&store).await;
    let copies: Vec<_> = stored::Entity::find().all(store.read()).await.unwrap();
    let seen: Vec<Seen> = world
        .posts()
        .await
        .into_iter()
        .map(|row| Seen {
            copy: copies
                .iter()
                .find(|copy| copy.draft_of == Some(row.id))
                .map(|copy| copy.status),
            lists: lists.remove(&row.id.0).unwrap(),
            row,
        })
        .collect();
    let tags = tag::Entity::find().all(store.read()).await.unwrap();
    let categories = category::Entity::find().all(store.read()).await.unwrap();
    let series = series::Entity::find().all(store.read()).await.unwrap();
    let people = user::Entity::find().all(store.read()).await.unwrap();
    let orders = [PostOrder::NEWEST, PostOrder::LAST_CHANGED];
    let numbers = &mut world.numbers;
    let (mut full, mut several) = (0, 0);
    for _ in 0..600 {
        let mut named = Vec::new();
        let tag = numbers.one(&tags).cloned().filter(|_| numbers.below(3) == 0);
        let category = numbers.one(&categories).cloned().filter(|_| numbers.below(4) == 0);
        let of_series = numbers.one(&series).cloned().filter(|_| numbers.below(6) == 0);
        let author = numbers.one(&people).cloned().filter(|_| numbers.below(4) == 0);
        named.extend(tag.as_ref().map(|row| row.id.0));
        named.extend(category.as_ref().map(|row| row.id.0));
        named.extend(of_series.as_ref().map(|row| row.id.0));
        named.extend(author.as_ref().map(|row| row.id.0));
        let is_of_desk = numbers.below(2) == 0;
        let filter = PostFilter {
            kind: Some(PostKind::Article).filter(|_| numbers.below(5) > 0),
            tag: tag.map(|row| row.slug),
            category: category.map(|row| row.slug),
            series: of_series.map(|row| row.slug),
            author: author.map(|row| row.username),
            statuses: if is_of_desk {
                numbers.some(&STATUSES)
            } else {
                Vec::new()
            },
            visibilities: if numbers.below(3) == 0 {
                numbers.some(&VISIBILITIES)
            } else {
                Vec::new()
            },
            has_draft: [Some(true), Some(false), None, None, None, None][numbers.below(6)],
            ..PostFilter::default()
        };
        let order = if filter.is_dated() {
            orders[numbers.below(2)]
        } else {
            PostOrder::LAST_CHANGED
        };
        let who = asking[numbers.below(asking.len())];
        let parents = [
            None,
            Some((PostParent::Author, ann.0)),
            Some((PostParent::Tag, tags[0].id.0)),
        ];
        let parent = parents[numbers.below(3)];
        named.extend(parent.map(|(_, id)| id));
        let mut expected: Vec<&stored::Model> = seen
            .iter()
            .filter(|post| post.is_in(&filter, &named, who))
            .map(|post| &post.row)
            .collect();
        expected.sort_by_key(|row| {
            let at = if order == PostOrder::NEWEST {
                row.published_at.unwrap()
            } else {
                row.updated_at
            };
            std::cmp::Reverse((at, row.id))
        });
        full += usize::from(!expected.is_empty());
        several += usize::from(named.len() > 1 && !expected.is_empty());
        let expected: Vec<PostId> = expected.iter().map(|row| row.id).collect();
        let (mut found, mut request) = (Vec::new(), PageRequest::first(3));
        loop {
            let page = match parent {
                None => post::list(&store.database(), who.viewer, None, &filter, order, &request)
                    .await
                    .unwrap(),
                Some((parent, id)) => {
                    let (database, ids) = (store.database(), [id]);
                    let pages = post::list_of(&database, who.viewer, parent, &ids, &filter, order, &request);
                    pages.await.unwrap().remove(&id).unwrap_or_default()
                }
            };
            found.extend(page.items.iter().map(|row| row.id));
            let Some(last) = page.items.last() else { break };
            request.after = Some(order.position(last));
        }
        assert_eq!(found, expected, "{filter:#?} {parent:?}");
        let count = match parent {
            None => post::count(&store.database(), who.viewer, None, &filter).await.unwrap(),
            Some((parent, id)) => {
                let counts = post::count_of(&store.database(), who.viewer, parent, &[id], &filter)
                    .await
                    .unwrap();
                counts.get(&id).copied().unwrap_or_default()
            }
        };
        assert_eq!(
            usize::try_from(count).unwrap(),
            expected.len(),
            "{filter:#?} {parent:?}"
        );
    }
    assert!(
        full > 200 && several > 30,
        "{full}, {several}: too few to prove anything"
    );
}

#[tokio::test]
async fn slugs_that_two_publications_have_name_the_posts_of_both_where_an_author_wrote_in_both() {
    let site = Gazette::new().await;
    let rust = site.tag("rust").await;
    let here = site.post("here", 1, |post| post.tags = vec![rust]).await;
    site.post("other", 2, |_| {}).await;
    let transaction = site.store().write().await.unwrap();
    let new = NewPublication {
        slug: "herald".into(),
        title: "The Herald".into(),
        tagline: String::new(),
        language: "en".into(),
        site_url: None,
        owner: site.ann,
    };
    let herald = publication::create(&transaction, new).await.unwrap();
    transaction.commit().await.unwrap();
    let term = NewTerm {
        name: "Rust".into(),
        slug: Some("rust".into()),
        description: String::new(),
    };
    let there = tags::add(&site.accounts, OPERATOR, herald, term).await.unwrap();
    let new = NewPost {
        publication: herald,
        kind: PostKind::Article,
        change: PostChange {
            place: Arrangement {
                slug: Some("there".into()),
                authors: Some(vec![site.ann]),
                ..Arrangement::default()
            },
            title: Some("There".into()),
            tags: Some(vec![there.into()]),
            ..PostChange::default()
        },
    };
    let there = post::create(&site.accounts, OPERATOR, new).await.unwrap().id;
    post::perform(&site.accounts, OPERATOR, there, None, Order::Publish(None))
        .await
        .unwrap();
    let slugs = async |publication: Option<&str>| {
        let filter = PostFilter {
            kind: Some(PostKind::Article),
            publication: publication.map(str::to_owned),
            tag: Some("rust".into()),
            ..PostFilter::default()
        };
        let (newest, request) = (PostOrder::NEWEST, PageRequest::first(9));
        let (ann, database) = ([site.ann.0], site.store().database());
        let pages = post::list_of(
            &database,
            Viewer::Anonymous,
            PostParent::Author,
            &ann,
            &filter,
            newest,
            &request,
        );
        let rows = pages.await.unwrap().remove(&site.ann.0).unwrap_or_default().items;
        let counts = post::count_of(&database, Viewer::Anonymous, PostParent::Author, &ann, &filter).await;
        let count = counts.unwrap().get(&site.ann.0).copied().unwrap_or_default();
        assert_eq!(count, rows.len() as i64);
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(slugs(None).await, [there, here]);
    assert_eq!(slugs(Some("herald")).await, [there]);
    assert_eq!(slugs(Some("gazette")).await, [here]);
    assert_eq!(slugs(Some("nowhere")).await, []);
    exact(site.store(), "two publications".into()).await;
}
