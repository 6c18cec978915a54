//! Lists that hang on what everybody sees, but that not everybody sees.

use std::sync::Arc;

use super::error::{Fault, Result};
use super::page::Listed;
use super::plan::Children;
use crate::domain::page::Page;
use crate::domain::refusal::Denied;

/// A page of such a list, or why the viewer does not get it.
#[derive(Clone)]
pub enum Guarded<T> {
    /// The viewer may see it.
    Seen(Arc<Page<T>>),
    /// The viewer may not.
    Denied(Denied),
}

impl<T> Guarded<T> {
    /// What the domain found.
    pub fn of<R>(found: std::result::Result<Page<R>, Denied>, convert: impl FnMut(R) -> T) -> Self {
        match found {
            Ok(page) => Self::Seen(Arc::new(page.map(convert))),
            Err(denied) => Self::Denied(denied),
        }
    }

    /// The page; none for those for whom the list does not exist. Whose token keeps them from it learns so: that tells
    /// nothing about the list.
    pub fn shown(self) -> Result<Option<Arc<Page<T>>>> {
        match self {
            Self::Seen(page) => Ok(Some(page)),
            Self::Denied(Denied::Unauthenticated | Denied::Role(_)) => Ok(None),
            Self::Denied(denied @ (Denied::Scope(_) | Denied::NeedsSession)) => Err(Fault::Denied(denied)),
        }
    }
}

impl<T> Default for Guarded<T> {
    fn default() -> Self {
        Self::Denied(Denied::Unauthenticated)
    }
}

impl<T: Listed> Children for Guarded<T> {
    type Item = T;
    const CONNECTION: bool = true;
    fn items(&self) -> Vec<T> {
        match self {
            Self::Seen(page) => page.items.clone(),
            Self::Denied(_) => Vec::new(),
        }
    }
}

/// Declares a guarded list of publications, the relation that counts it, and how to plan for its field.
macro_rules! guarded_list {
    ($(#[$attribute:meta])* $list:ident, $count:ident, $plan:ident: $item:ty, $load:path, $count_by:path) => {
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $list(pub(in crate::graphql) $crate::domain::page::PageRequest);

        impl $list {
            /// The list that the arguments ask for.
            pub fn new(page: &$crate::graphql::page::PageArguments) -> $crate::graphql::error::Result<Self> {
                Ok(Self(page.request::<$item>(())?))
            }

            /// Its page in the publication with this id; none when it does not exist for the viewer.
            pub async fn connection(
                self,
                request: &$crate::graphql::context::RequestContext,
                publication: uuid::Uuid,
            ) -> $crate::graphql::error::Result<Option<$crate::graphql::page::Connection<$item>>> {
                let page = request.reader.child(self, publication).await?.shown()?;
                let total = $crate::graphql::page::Total::by(request, $count, publication);
                Ok(page.map(|page| $crate::graphql::page::Connection::new(page, (), total)))
            }
        }

        impl $crate::graphql::loader::Relation for $list {
            type Parent = uuid::Uuid;
            type Child = $crate::graphql::guarded::Guarded<$item>;

            fn richer(&self) -> Option<Self> {
                self.0.peeking().map(Self)
            }

            async fn load(
                &self,
                source: &$crate::graphql::loader::Source,
                parents: &[uuid::Uuid],
            ) -> std::result::Result<std::collections::HashMap<uuid::Uuid, Self::Child>, sea_orm::DbErr> {
                let pages = $load(&source.database, source.viewer, parents, &self.0).await?;
                let seen = |page| $crate::graphql::guarded::Guarded::of(page, <$item>::from);
                Ok(pages.into_iter().map(|(parent, page)| (parent, seen(page))).collect())
            }
        }

        /// How long such a list is.
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $count;

        impl $crate::graphql::loader::Relation for $count {
            type Parent = uuid::Uuid;
            type Child = i64;

            async fn load(
                &self,
                source: &$crate::graphql::loader::Source,
                parents: &[uuid::Uuid],
            ) -> std::result::Result<std::collections::HashMap<uuid::Uuid, i64>, sea_orm::DbErr> {
                $count_by(&source.database, parents).await
            }
        }

        /// Plans for the field of publications that has this list. It is counted only for those who get it.
        pub fn $plan<T: $crate::graphql::plan::Plan>(
            step: &mut $crate::graphql::plan::Step<'_, T>,
            id: impl Fn(&T) -> uuid::Uuid,
        ) {
            // Unreadable arguments are reported by the resolver.
            if let Ok(list) = $list::new(&$crate::graphql::page::PageArguments::of(step.selected())) {
                step.follow(list, |item| Some(id(item)));
            }
        }
    };
}
pub(super) use guarded_list;
