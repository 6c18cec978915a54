//! The publication's own rules, one name per thing. Nothing here knows of HTTP or GraphQL.
//!
//! Reading functions take ids in batches and return maps, so that a page of parents costs one statement; every one
//! of them filters by what the [`Viewer`] may see.

pub mod category;
pub mod comment;
pub mod count;
pub mod media;
pub mod page;
pub mod post;
pub mod publication;
pub mod redirect;
pub mod render;
pub mod series;
pub mod slug;
pub mod tag;
pub mod user;

/// On whose behalf something is read or done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// Somebody unknown: sees what is published and public.
    Anonymous,
    /// Whoever runs the commands of this installation: sees and may do everything.
    Operator,
}
