use entity::PublicationId;
use entity::membership::Role;

use super::sign_up::LONGEST_NAME;
use super::{AccountRow, NewAccount, by_id, make, make_administrator, password_link};
use crate::domain::Viewer;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::member;
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::text::{Email, line};
use crate::store::Transaction;
use crate::token::Secret;

/// An account that the operator makes for somebody.
#[derive(Clone, Debug)]
pub struct Appointment {
    /// The address, which the operator vouches for.
    pub email: String,
    /// The name on bylines.
    pub display_name: String,
    /// Whether they look after the installation.
    pub is_administrator: bool,
    /// The publications that they are to own.
    pub publications: Vec<PublicationId>,
}

/// Makes an account, or gives its owner the imported author with the same address; with a link to set the password, to be
/// handed over.
///
/// # Errors
/// Problems with the input; an address that has an account.
pub async fn appoint(transaction: &Transaction, appointment: Appointment) -> Result<(AccountRow, Secret), Refusal> {
    let mut problems = Problems::default();
    let email = problems.check(Email::parse(&appointment.email));
    let display_name = problems.check(line("displayName", &appointment.display_name, LONGEST_NAME));
    let (Some(email), Some(display_name)) = (email, display_name) else {
        return Err(problems.into());
    };
    let new = NewAccount {
        email,
        username: display_name.clone(),
        display_name,
        password: None,
        is_administrator: false,
    };
    let Some(user) = make(transaction, new, "").await? else {
        return Err(Problem::new(ProblemCode::Taken, "email", "This address has an account already.").into());
    };
    if appointment.is_administrator {
        make_administrator(transaction, user, true).await?;
    }
    for publication in appointment.publications {
        member::put(transaction, publication, user, Role::Owner).await?;
        let event = Event::new(EventKind::MemberJoined)
            .user(user)
            .publication(publication)
            .detail("role", "OWNER");
        audit::record(transaction, Viewer::Operator, event).await?;
    }
    let account = by_id(transaction, user).await?.ok_or(Refusal::NotFound("account"))?;
    let secret = password_link(transaction, &account).await?;
    Ok((account, secret))
}
