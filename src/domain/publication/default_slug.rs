use sea_orm::DbErr;

use super::{PublicationSettings, by_slug};
use crate::domain::policy::Standing;
use crate::domain::refusal::{Problem, ProblemCode};
use crate::store::read::Reads;

/// Whether there are publications, but none with the slug that `publications.default` names: root fields of the API are
/// empty then.
pub async fn default_is_missing(database: &impl Reads, slug: &str) -> Result<bool, DbErr> {
    Ok(by_slug(database, Some(slug)).await?.is_none() && by_slug(database, None).await?.is_some())
}

/// The problem with a new slug of a publication, if it is, or was, the one that `publications.default` names: nobody but an
/// administrator makes a publication the default one, and no change of a slug leaves the instance without one.
pub(super) fn check(settings: &PublicationSettings, who: Standing, old: Option<&str>, new: &str) -> Option<Problem> {
    let default = settings.default.as_deref()?;
    if old == Some(new) {
        return None;
    }
    let message = if old == Some(default) {
        "The setting `publications.default` names this publication by its slug. Ask an administrator to change the \
         setting first."
    } else if new == default && !who.is_administrator() {
        "The setting `publications.default` names this slug. Only an administrator can use it."
    } else {
        return None;
    };
    Some(Problem::new(ProblemCode::NotAllowed, "slug", message))
}
