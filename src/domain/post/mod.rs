//! Posts: articles and pages.

mod filter;
mod query;
mod row;

pub use filter::{PostField, PostFilter, PostOrder, PostParent, Reach, visible};
pub use query::{
    Neighbour, authors_of, bodies, by_ids, by_slug, categories_of, count, count_of, list, list_of, neighbours, tags_of,
};
pub use row::{PostBody, PostRow};
