use chrono::TimeDelta;
use entity::Hidden;
use entity::one_time_link::LinkPurpose;
use serde::{Deserialize, Serialize};

use super::letter::{self, Recipient};
use super::link::{self, NewLink};
use super::password::NewPassword;
use super::{NewAccount, by_email, make};
use crate::domain::accounts::Accounts;
use crate::domain::letter::Posting;
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::session::{self, Device, Grant, Tokens};
use crate::domain::text::{Email, line};
use crate::password::{Attempt, Verdict};
use crate::token::{Secret, matches};

/// How long there is to confirm an address.
const CONFIRM: TimeDelta = TimeDelta::hours(24);
/// The longest name on bylines, in characters.
pub(super) const LONGEST_NAME: usize = 100;

/// What somebody signs up with.
#[derive(Clone)]
pub struct SignUp {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The name on bylines.
    pub display_name: String,
    /// The digest of what the browser holds; a link that is followed in the same browser needs no password again.
    pub browser: Option<Hidden>,
}

/// What waits for the link to be followed.
#[derive(Serialize, Deserialize)]
struct Waiting {
    display_name: String,
    password: String,
    browser: Option<String>,
}

/// Takes note of a sign-up and sends a link to the address; the account is made when it is followed. Whether there is
/// an account with this address, neither the outcome nor its time tells: the letter does.
///
/// # Errors
/// Problems with the input; closed sign-up; too much to hash at the moment.
pub async fn sign_up(accounts: &Accounts, input: SignUp) -> Result<(), Refusal> {
    if !accounts.settings.sign_up_open {
        let message = "Accounts are made by invitation here.";
        return Err(Problem::whole(ProblemCode::NotAllowed, message).into());
    }
    let mut problems = Problems::default();
    let email = problems.check(Email::parse(&input.email));
    let display_name = problems.check(line("displayName", &input.display_name, LONGEST_NAME));
    let password = problems.check(NewPassword::choose(
        "password",
        input.password,
        &[&input.email, &input.display_name],
    ));
    let (Some(email), Some(display_name), Some(password)) = (email, display_name, password) else {
        return Err(problems.into());
    };
    accounts.may_write_to(&email).await?;
    let hash = password.hash(accounts).await?;
    let known = by_email(accounts.store.read(), &email).await?;
    let account = known.filter(|known| known.claimed_at.is_some());
    let waiting = Waiting {
        display_name,
        password: hash.expose().to_owned(),
        browser: input.browser.map(|browser| browser.expose().to_owned()),
    };
    let detail = serde_json::to_string(&waiting).map_err(|error| Refusal::Internal(error.to_string()))?;
    let transaction = accounts.store.write().await?;
    let new = match &account {
        Some(account) => NewLink {
            purpose: LinkPurpose::SetPassword,
            user: Some(account.id),
            email: Some(email.as_str()),
            detail: String::new(),
            lifetime: super::password::RESET,
        },
        None => NewLink {
            purpose: LinkPurpose::SignUp,
            user: None,
            email: Some(email.as_str()),
            detail,
            lifetime: CONFIRM,
        },
    };
    let secret = link::make(&transaction, new).await?;
    // What is disabled stays so, and gets no letters.
    let is_disabled = account.as_ref().is_some_and(|account| account.disabled_at.is_some());
    let to = Recipient {
        address: email.as_str(),
        posting: if is_disabled { Posting::Withheld } else { Posting::Sent },
    };
    match account {
        Some(_) => letter::known_already(accounts, &transaction, to, &secret).await?,
        None => letter::sign_up(accounts, &transaction, to, &secret).await?,
    }
    Ok(accounts.commit(transaction).await?)
}

/// How whoever follows a sign-up's link shows that it was they who signed up: somebody else may have done so with their
/// address, and would otherwise know the password of the account that they confirm.
pub enum Proof {
    /// The digest of what the browser holds.
    Browser(Hidden),
    /// The password.
    Password(String),
}

/// Makes the account that somebody signed up for, and signs them in.
///
/// # Errors
/// Problems with the link or the proof.
pub async fn confirm_sign_up(
    accounts: &Accounts,
    secret: &Secret,
    proof: Proof,
    device: &Device,
) -> Result<Tokens, Refusal> {
    let found = link::find(accounts.store.read(), secret, LinkPurpose::SignUp).await?;
    let Some(found) = found else {
        return Err(link::expired().into());
    };
    let waiting: Waiting =
        serde_json::from_str(found.detail.expose()).map_err(|error| Refusal::Internal(error.to_string()))?;
    let is_proven = match proof {
        Proof::Browser(browser) => waiting
            .browser
            .is_some_and(|waiting| matches(&waiting, browser.expose())),
        Proof::Password(password) => match Attempt::parse(password) {
            Ok(attempt) => accounts.passwords.verify(attempt, Some(&waiting.password)).await? != Verdict::Wrong,
            Err(_) => false,
        },
    };
    if !is_proven {
        let message = "Give the password that you chose when you signed up.";
        return Err(Problem::new(ProblemCode::WrongCredentials, "password", message).into());
    }
    let transaction = accounts.store.write().await?;
    let taken = link::take(&transaction, secret, LinkPurpose::SignUp).await?;
    let Some(email) = taken.and_then(|link| link.email) else {
        return Err(link::expired().into());
    };
    let new = NewAccount {
        email: Email::stored(email),
        username: waiting.display_name.clone(),
        display_name: waiting.display_name,
        password: Some(Hidden(waiting.password)),
        is_administrator: false,
    };
    let Some(user) = make(&transaction, new, &device.address).await? else {
        return Err(link::expired().into());
    };
    let tokens = session::start(&transaction, accounts, Grant::own(user), device).await?;
    transaction.commit().await?;
    Ok(tokens)
}
