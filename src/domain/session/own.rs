use entity::SessionId;

use super::list::one_of;
use super::{SessionRow, end, end_all};
use crate::domain::account::{self, policy};
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::refusal::{Denied, Refusal};
use crate::domain::viewer::Viewer;

/// Ends one of the viewer's sessions, perhaps the one at hand; as it was.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn end_own(accounts: &Accounts, viewer: Viewer, id: SessionId) -> Result<SessionRow, Refusal> {
    let read = accounts.store.read();
    policy::may_end_sessions(account::standing(read, viewer).await?.own(true))?;
    let actor = viewer.actor().ok_or(Denied::Unauthenticated)?;
    let session = one_of(read, actor.user, id).await?.ok_or(NOT_FOUND)?;
    // Somebody may have ended it meanwhile.
    if end(accounts, viewer, actor.user, id).await? {
        Ok(session)
    } else {
        Err(NOT_FOUND)
    }
}

const NOT_FOUND: Refusal = Refusal::NotFound("session");

/// Ends all of the viewer's sessions; with `keep_current`, all but the one at hand. How many.
///
/// # Errors
/// A viewer who may not.
pub async fn end_every_own(accounts: &Accounts, viewer: Viewer, keep_current: bool) -> Result<usize, Refusal> {
    let transaction = accounts.store.write().await?;
    policy::may_end_sessions(account::standing(&transaction, viewer).await?.own(true))?;
    let actor = viewer.actor().ok_or(Denied::Unauthenticated)?;
    let current = actor.session().filter(|_| keep_current);
    let ended = end_all(&transaction, actor.user, current).await?;
    if ended > 0 {
        let event = Event::new(EventKind::SessionEnded)
            .user(actor.user)
            .detail("sessions", ended);
        audit::record(&transaction, viewer, event).await?;
    }
    transaction.commit().await?;
    accounts.revocations.refresh(&accounts.store).await?;
    Ok(ended)
}
