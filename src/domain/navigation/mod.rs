//! Menus: what readers find their way by, each under a name, such as `main`.

mod resolve;
mod set;
mod target;

pub use resolve::{Entry, Found, menus_of, names_of};
pub use set::{MOST_ITEMS, MOST_LEVELS, MOST_MENUS, NewItem, NewTarget, set};

use entity::{CategoryId, PostId, PublicationId, TagId};

use crate::store::row::row;

row! {
    /// An item of a menu, as it is kept: from top to bottom, each with its level.
    struct ItemRow of navigation_item {
        /// Whose it is.
        pub publication_id: PublicationId = PublicationId,
        /// Its level, from 1.
        pub depth: i32 = Depth,
        /// What readers see.
        pub label: String = Label,
        /// A web address, or a path of the front end.
        pub url: Option<String> = Url,
        /// The post or page that it leads to.
        pub post_id: Option<PostId> = PostId,
        /// The tag that it leads to.
        pub tag_id: Option<TagId> = TagId,
        /// The category that it leads to.
        pub category_id: Option<CategoryId> = CategoryId,
    }
}
