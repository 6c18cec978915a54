//! Posts: articles and pages, and what is done to them on the desk.

mod access;
mod act;
mod beside;
mod byline;
mod content;
mod desk;
mod draft;
mod edit;
mod filter;
mod links;
mod listed;
mod named;
mod order;
mod parent;
mod place;
pub mod policy;
mod preview;
mod query;
mod row;
mod save;
mod shown;
mod slug;
mod state;
mod visible;

pub use act::{Order, perform, publish_due, schedule_all};
pub use beside::{Neighbour, neighbours, positions_in_series};
pub use content::PostChange;
pub use desk::{PostRef, noun};
pub use draft::{drafts_of, editable_among, note_drafts};
pub use edit::{NewPost, create, restore_revision, update};
pub use filter::PostFilter;
pub use links::NamedTag;
pub use order::{PostField, PostOrder};
pub use parent::PostParent;
pub use place::{Arrangement, place_pages};
pub use preview::{PreviewRow, create_preview, previewed_by, previews_by_ids, previews_of, revoke_preview};
pub use query::{
    authors_of, by_ids, by_slug, by_slug_with_html, categories_of, count, count_of, list, list_of, tags_of, texts,
};
pub use row::{PostHtml, PostRow, PostSource, PostText};
pub use save::{MOST_LINKS, MOST_TITLE, PostDraft, save_many};
pub use slug::{holders, slugs, slugs_of};
pub use state::{Act, Outcome, State, transitions};
pub use visible::{Reach, editable_ids, showing_unpublished, visible};

/// How the desk is kept.
#[derive(Clone, Copy, Debug)]
pub struct DeskSettings {
    /// How many revisions of a post are kept, beside the published one.
    pub revisions: u32,
}
