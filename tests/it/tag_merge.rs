//! Two tags become one: every post once, every counter exact, every address kept, however many posts there are.

use std::collections::HashSet;

use entity::membership::Role;
use entity::post::{PostKind, PostStatus, Visibility};
use entity::{PostId, PublicationId, TagId, import_record, navigation_item, post_tag, redirect, tag};
use quoin::domain::Viewer;
use quoin::domain::navigation::{self, NewItem, NewTarget};
use quoin::domain::post::{self, PostDraft};
use quoin::domain::term::{NewTerm, TermChange};
use quoin::domain::{render, tag as tags};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, QueryFilter};

use crate::support::Town;
use crate::support::town::Resident;

async fn make(town: &Town, editor: &Resident, publication: PublicationId, name: &str) -> TagId {
    let new = NewTerm {
        name: name.into(),
        slug: None,
        description: String::new(),
    };
    tags::add(&town.accounts, editor.viewer(), publication, new)
        .await
        .unwrap()
}

/// Posts by this author; `tags` and state by their number.
async fn posts(
    town: &Town,
    publication: PublicationId,
    author: &Resident,
    count: usize,
    change: impl Fn(usize, &mut PostDraft),
) {
    let rendered = render::finish(&render::markdown("Words."), &|_| None);
    let drafts = (0..count).map(|number| {
        let mut draft = PostDraft {
            id: PostId::new(),
            is_new: true,
            kind: PostKind::Article,
            status: PostStatus::Published,
            visibility: Visibility::Public,
            slug: format!("{count}-{number}"),
            title: "A post".into(),
            excerpt: None,
            source_format: entity::post::SourceFormat::Markdown,
            source: "Words.".into(),
            rendered: rendered.clone(),
            authors: vec![author.id],
            tags: Vec::new(),
            categories: Vec::new(),
            series: None,
            featured_media: None,
            position: 0,
            is_featured: false,
            canonical_url: None,
            custom_fields: Default::default(),
            published_at: None,
            created_at: entity::now(),
            updated_at: entity::now(),
        };
        change(number, &mut draft);
        draft
    });
    let transaction = town.store().write().await.unwrap();
    post::save_many(&transaction, publication, None, drafts.collect())
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

/// The tags with their counts, and the posts of each by the links.
async fn state(town: &Town) -> Vec<(TagId, i32, HashSet<PostId>)> {
    let read = town.store().read();
    let mut state = Vec::new();
    for tag in tag::Entity::find().all(read).await.unwrap() {
        let links = post_tag::Entity::find().filter(post_tag::Column::TagId.eq(tag.id));
        let links = links.all(read).await.unwrap();
        state.push((tag.id, tag.post_count, links.iter().map(|link| link.post_id).collect()));
    }
    state
}

#[tokio::test]
async fn three_thousand_posts_take_as_many_statements_as_three() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let mut taken = Vec::new();
    for count in [3, 3_000] {
        let publication = town.publication(&format!("p{count}"), ann.id).await;
        let (from, into) = (
            make(&town, &ann, publication, "Typo").await,
            make(&town, &ann, publication, "Type").await,
        );
        // A third carries both, a third the first alone, a third the second; every fourth is a draft.
        posts(&town, publication, &ann, count, |number, post| {
            post.tags = [vec![from, into], vec![from], vec![into]][number % 3].clone();
            if number % 4 == 3 {
                post.status = PostStatus::Draft;
            }
        })
        .await;
        let merged = town
            .statements(tags::merge(&town.accounts, ann.viewer(), from, into))
            .await;
        merged.0.unwrap();
        taken.push(merged.1.len());
        let state = state(&town).await;
        assert!(state.iter().all(|(id, ..)| *id != from));
        let (_, counted, linked) = state.iter().find(|(id, ..)| *id == into).unwrap();
        assert_eq!(linked.len(), count, "every post once");
        let listed = (0..count).filter(|number| number % 4 != 3).count();
        assert_eq!(*counted, i32::try_from(listed).unwrap());
    }
    assert_eq!(taken[0], taken[1]);
    assert!(taken[0] < 25, "{taken:?}");
}

#[tokio::test]
async fn whatever_led_to_the_one_leads_to_the_other() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let publication = town.publication("gazette", ann.id).await;
    let (from, into) = (
        make(&town, &ann, publication, "Typo").await,
        make(&town, &ann, publication, "Type").await,
    );
    let rename = TermChange {
        slug: Some("typos".into()),
        ..TermChange::default()
    };
    tags::change(&town.accounts, ann.viewer(), from, rename).await.unwrap();
    let item = NewItem {
        label: "Slips".into(),
        target: Some(NewTarget::Tag(from)),
        items: Vec::new(),
    };
    navigation::set(&town.accounts, ann.viewer(), publication, "main", vec![item])
        .await
        .unwrap();
    let remembered = import_record::ActiveModel {
        publication_id: ActiveValue::Set(publication),
        source: ActiveValue::Set("test".into()),
        kind: ActiveValue::Set("tag".into()),
        external_id: ActiveValue::Set("1".into()),
        target_id: ActiveValue::Set(from.0),
        digest: ActiveValue::Set(String::new()),
        imported_at: ActiveValue::Set(entity::now()),
    };
    let read = town.store().read();
    remembered.insert(read).await.unwrap();
    tags::merge(&town.accounts, ann.viewer(), from, into).await.unwrap();
    let redirects = redirect::Entity::find().all(read).await.unwrap();
    let mut paths: Vec<_> = redirects.iter().map(|row| (row.path.as_str(), row.tag_id)).collect();
    paths.sort_unstable();
    assert_eq!(paths, [("/tag/typo", Some(into)), ("/tag/typos", Some(into))]);
    let items = navigation_item::Entity::find().all(read).await.unwrap();
    assert_eq!(items.iter().map(|item| item.tag_id).collect::<Vec<_>>(), [Some(into)]);
    let records = import_record::Entity::find().all(read).await.unwrap();
    assert_eq!(
        records.iter().map(|record| record.target_id).collect::<Vec<_>>(),
        [into.0]
    );
}

#[tokio::test]
async fn counts_stay_exact_while_posts_are_written() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let publication = town.publication("gazette", ann.id).await;
    town.member("eve", publication, Role::Editor).await;
    let into = make(&town, &ann, publication, "Type").await;
    for round in 0..5_usize {
        let from = make(&town, &ann, publication, "Typo").await;
        posts(&town, publication, &ann, 10 + round, |_, post| post.tags = vec![from]).await;
        // Posts are written beside the merge; which comes first is not said.
        let write = posts(&town, publication, &ann, 100 + round, |_, post| post.tags = vec![into]);
        let (merged, ()) = tokio::join!(tags::merge(&town.accounts, ann.viewer(), from, into), write);
        merged.unwrap();
        for (id, counted, linked) in state(&town).await {
            assert_eq!(usize::try_from(counted).unwrap(), linked.len(), "{id}");
        }
    }
}

#[tokio::test]
async fn of_two_merges_that_cross_one_is_done() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let publication = town.publication("gazette", ann.id).await;
    for round in 0..5 {
        let (one, other) = (
            make(&town, &ann, publication, &format!("One {round}")).await,
            make(&town, &ann, publication, &format!("Other {round}")).await,
        );
        posts(&town, publication, &ann, 4, |number, post| {
            post.slug = PostId::new().to_string();
            post.tags = vec![if number == 0 { one } else { other }];
        })
        .await;
        let merge = |from, into| tags::merge(&town.accounts, ann.viewer(), from, into);
        let (there, back) = tokio::join!(merge(one, other), merge(other, one));
        assert_eq!(
            u8::from(there.is_ok()) + u8::from(back.is_ok()),
            1,
            "{there:?} {back:?}"
        );
        let state = state(&town).await;
        let left: Vec<_> = state.iter().filter(|(id, ..)| [one, other].contains(id)).collect();
        assert_eq!(
            left.iter()
                .map(|(_, count, links)| (*count, links.len()))
                .collect::<Vec<_>>(),
            [(4, 4)]
        );
    }
}

#[tokio::test]
async fn nobody_is_told_whether_there_is_a_tag_before_who_they_are() {
    let town = Town::new().await;
    let nothing = tags::merge(&town.accounts, Viewer::Anonymous, TagId::new(), TagId::new()).await;
    assert!(
        matches!(nothing, Err(quoin::domain::refusal::Refusal::Denied(_))),
        "{nothing:?}"
    );
}
