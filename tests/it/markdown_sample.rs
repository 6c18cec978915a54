//! The sample publication shows what Quoin can do, and comes in without a word of complaint.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use entity::post::{PostKind, PostStatus, Visibility};
use quoin::import::record::Record;

use super::markdown_conventions::read;

#[test]
fn the_sample_publication_comes_in_whole_and_shows_every_feature() {
    let site = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/press-and-paper"));
    assert!(site.notices.is_empty(), "{:#?}", site.notices);
    let posts = || site.posts.values();
    let count = |is_so: &dyn Fn(&Record) -> bool| site.records.iter().filter(|record| is_so(record)).count();

    assert!(posts().filter(|post| post.kind == PostKind::Article).count() >= 12);
    assert!(posts().filter(|post| post.kind == PostKind::Page).count() >= 2);
    assert!(
        posts().any(|post| post.kind == PostKind::Page && post.parent.is_some()),
        "a page stands below another"
    );
    assert!(count(&|record| matches!(record, Record::Author(author) if !author.bio.is_empty())) >= 3);
    assert!(count(&|record| matches!(record, Record::Tag(_))) >= 10);
    assert!(count(&|record| matches!(record, Record::Category(category) if category.parent.is_some())) >= 2);
    assert!(count(&|record| matches!(record, Record::Media(media) if !media.alt_text.is_empty())) >= 5);
    for status in [PostStatus::Draft, PostStatus::Scheduled, PostStatus::Published] {
        assert!(posts().any(|post| post.status == status), "{status:?}");
    }
    assert!(posts().any(|post| post.visibility != Visibility::Public));
    assert!(posts().any(|post| !post.old_paths.is_empty()));
    // Dates of files change when the sample is unpacked, and with them the posts.
    assert!(posts().all(|post| post.published_at.is_some() || post.status == PostStatus::Draft));

    let parts = posts()
        .filter_map(|post| post.series.clone())
        .fold(BTreeMap::new(), |mut parts, (series, place)| {
            parts.entry(series).or_insert_with(BTreeSet::new).insert(place);
            parts
        });
    assert!(
        parts
            .values()
            .any(|places| places.len() >= 3 && places.first() == Some(&1)),
        "{parts:?}"
    );

    let comments = posts().flat_map(|post| &post.comments).collect::<Vec<_>>();
    assert!(comments.len() >= 15, "{}", comments.len());
    let is_answer_to_answer = |post: &&quoin::import::record::PostRecord| {
        let parents = post
            .comments
            .iter()
            .map(|comment| (comment.id.as_str(), comment.parent.as_deref()));
        let parents = parents.collect::<BTreeMap<_, _>>();
        let above = |id: &str| parents.get(id).copied().flatten();
        post.comments
            .iter()
            .any(|comment| comment.parent.as_deref().and_then(above).is_some())
    };
    assert!(posts().any(|post| is_answer_to_answer(&post)), "answers are answered");
}
