//! What a viewer may see of the posts that are not public, resolved before a list is read: the statement of the list then holds
//! only conditions that can be true for them.

use entity::membership::{self, Role};
use entity::post::Column;
use entity::{PublicationId, UserId, post_author};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, DbErr};

use super::filter::column;
use crate::domain::Viewer;
use crate::store::read::Reads;

/// Which posts that are not public a viewer may see.
pub(super) enum Access {
    /// All of them.
    Everything,
    /// Those of the publications that they are a member of: all where they edit, elsewhere those for members and their own.
    Member {
        user: UserId,
        edits: Vec<PublicationId>,
        writes: Vec<PublicationId>,
    },
    /// None.
    Nothing,
}

impl Access {
    /// What `viewer` may see, in one publication if one is given. At most one statement.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(database: &impl Reads, viewer: Viewer, publication: Option<&Expr>) -> Result<Self, DbErr> {
        let user = match (viewer, viewer.drafts_reader()) {
            (Viewer::Operator, _) => return Ok(Self::Everything),
            (_, Some(user)) => user,
            (_, None) => return Ok(Self::Nothing),
        };
        let own = membership::Column::PublicationId;
        let statement = Query::select()
            .columns([own, membership::Column::Role])
            .from(membership::Entity)
            .and_where(membership::Column::UserId.eq(user))
            .and_where_option(publication.map(|publication| own.into_expr().eq(publication.clone())))
            .take();
        let (mut edits, mut writes) = (Vec::new(), Vec::new());
        for cells in database.rows(&statement).await?.each() {
            match cells.get(1)? {
                Role::Owner | Role::Admin | Role::Editor => edits.push(cells.get(0)?),
                Role::Author | Role::Contributor => writes.push(cells.get(0)?),
            }
        }
        Ok(Self::Member { user, edits, writes })
    }

    /// The posts for members that they see as one, whatever else holds for these; none when they see none.
    pub(super) fn as_member(&self) -> Option<Condition> {
        match self {
            Self::Everything => Some(Condition::all()),
            Self::Member { edits, writes, .. } => {
                let publications: Vec<_> = edits.iter().chain(writes).copied().collect();
                of_publications(&publications)
            }
            Self::Nothing => None,
        }
    }

    /// The posts that they may edit; none when they may edit none.
    pub(super) fn editable(&self) -> Option<Condition> {
        match self {
            Self::Everything => Some(Condition::all()),
            Self::Member { user, edits, writes } => {
                let own = of_publications(writes).map(|own| own.add(byline_of(*user)));
                match (of_publications(edits), own) {
                    (Some(edited), Some(own)) => Some(Condition::any().add(edited).add(own)),
                    (edited, own) => edited.or(own),
                }
            }
            Self::Nothing => None,
        }
    }
}

fn of_publications(publications: &[PublicationId]) -> Option<Condition> {
    let publication = column(Column::PublicationId);
    let condition = match publications {
        [] => return None,
        [only] => publication.eq(*only),
        several => publication.is_in(several.iter().copied()),
    };
    Some(Condition::all().add(condition))
}

/// Whether a user is an author of the post at hand.
pub(super) fn byline_of(user: UserId) -> Expr {
    Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from(post_author::Entity)
            .and_where(post_author::Column::PostId.into_expr().eq(column(Column::Id)))
            .and_where(post_author::Column::UserId.into_expr().eq(user))
            .take(),
    )
}
