//! What is derived from posts, derived once more by hand.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::post::{PostKind, PostStatus, Visibility};
use entity::{PublicationId, category, listing, listing_count, post, post_author, post_category, post_tag, tag};
use quoin::store::Store;
use sea_orm::EntityTrait;
use uuid::Uuid;

/// Random numbers, the same in each run.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        (!of.is_empty()).then(|| &of[self.below(of.len())])
    }

    /// Some of them, perhaps none, in any order.
    pub fn some<T: Copy>(&mut self, of: &[T]) -> Vec<T> {
        let mut left = of.to_vec();
        let count = self.below(of.len() + 1);
        (0..count).map(|_| left.swap_remove(self.below(left.len()))).collect()
    }
}

/// Everything that posts hang on, and the categories above.
pub async fn lists_of(store: &Store) -> HashMap<Uuid, BTreeSet<Uuid>> {
    let read = store.read();
    let categories = category::Entity::find().all(read).await.unwrap();
    let parents: HashMap<_, _> = categories.iter().map(|row| (row.id, row.parent_id)).collect();
    let mut lists: HashMap<Uuid, BTreeSet<Uuid>> = HashMap::new();
    for row in post::Entity::find().all(read).await.unwrap() {
        let own = lists.entry(row.id.0).or_default();
        own.insert(row.publication_id.0);
        own.extend(row.series_id.map(|series| series.0));
    }
    for link in post_tag::Entity::find().all(read).await.unwrap() {
        lists.entry(link.post_id.0).or_default().insert(link.tag_id.0);
    }
    for link in post_author::Entity::find().all(read).await.unwrap() {
        lists.entry(link.post_id.0).or_default().insert(link.user_id.0);
    }
    for link in post_category::Entity::find().all(read).await.unwrap() {
        let mut category = Some(link.category_id);
        while let Some(id) = category {
            lists.entry(link.post_id.0).or_default().insert(id.0);
            category = parents[&id];
        }
    }
    lists
}

/// The lists, their lengths, the numbers of tags and categories, and what posts know of their working copies are exact.
#[track_caller]
pub fn exact(store: &Store, what: String) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let read = store.read();
        let posts = post::Entity::find().all(read).await.unwrap();
        let lists = lists_of(store).await;
        let (mut expected, mut counted) = (BTreeMap::new(), BTreeMap::new());
        for row in &posts {
            if row.status != PostStatus::Published || row.visibility != Visibility::Public {
                continue;
            }
            for list in &lists[&row.id.0] {
                let at = row.published_at.unwrap_or(row.created_at);
                expected.insert((row.id.0, *list), (row.publication_id, kind(row.kind), at));
                *counted.entry((*list, row.publication_id, kind(row.kind))).or_insert(0) += 1;
            }
        }
        let found = listing::Entity::find().all(read).await.unwrap().into_iter();
        let found: BTreeMap<_, _> = found
            .map(|row| {
                (
                    (row.post_id.0, row.list_id),
                    (row.publication_id, kind(row.kind), row.published_at),
                )
            })
            .collect();
        assert_eq!(found, expected, "lists, {what}, {place}");
        let found = listing_count::Entity::find().all(read).await.unwrap().into_iter();
        let found: BTreeMap<(Uuid, PublicationId, bool), i32> = found
            .map(|row| ((row.list_id, row.publication_id, kind(row.kind)), row.posts))
            .filter(|(_, posts)| *posts != 0)
            .collect();
        assert_eq!(found, counted, "lengths, {what}, {place}");
        let articles = |publication, id: Uuid| counted.get(&(id, publication, true)).copied().unwrap_or(0);
        for row in tag::Entity::find().all(read).await.unwrap() {
            assert_eq!(
                row.post_count,
                articles(row.publication_id, row.id.0),
                "{}, {what}, {place}",
                row.slug
            );
        }
        for row in category::Entity::find().all(read).await.unwrap() {
            assert_eq!(
                row.post_count,
                articles(row.publication_id, row.id.0),
                "{}, {what}, {place}",
                row.slug
            );
        }
        for row in &posts {
            let copy = posts.iter().find(|copy| copy.draft_of == Some(row.id));
            assert_eq!(
                row.draft_status,
                copy.map(|copy| copy.status),
                "{}, {what}, {place}",
                row.slug
            );
        }
    }
}

fn kind(kind: PostKind) -> bool {
    kind == PostKind::Article
}
