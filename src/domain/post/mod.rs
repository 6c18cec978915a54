//! Posts: articles and pages.

mod filter;
mod query;
mod row;
mod save;
mod visible;

pub use filter::{PostField, PostFilter, PostOrder, PostParent};
pub use query::{
    Neighbour, authors_of, bodies, by_ids, by_slug, categories_of, count, count_of, list, list_of, neighbours, tags_of,
};
pub use row::{PostBody, PostRow};
pub use save::{MOST_LINKS, MOST_TITLE, PostDraft, place_pages, save_many, slugs, slugs_of};
pub use visible::{Reach, visible};
