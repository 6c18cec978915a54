//! A town whose people have accounts, made through the domain's verbs.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use entity::membership::Role;
use entity::{PublicationId, UserId, audit_event};
use quoin::domain::account::{self, Proof, SignIn, SignUp};
use quoin::domain::accounts::{AccountSettings, Accounts};
use quoin::domain::authenticate::{Unrecognised, authenticate};
use quoin::domain::publication::{self, NewPublication};
use quoin::domain::refusal::{ProblemCode, Refusal};
use quoin::domain::scope::Scopes;
use quoin::domain::session::{Device, Tokens};
use quoin::domain::{Actor, Credential, Viewer, member, user};
use quoin::store::{Store, connect};
use quoin::token::{TokenFault, digest};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::TestDb;
use super::accounts::{SentLetter, accounts_with};
use super::database::CONNECTIONS;

/// Everybody's password.
pub const PASSWORD: &str = "a quiet horse in the rain";
/// Another one, as good.
pub const OTHER_PASSWORD: &str = "the slow river under ice";

/// Accounts in a database of their own.
pub struct Town {
    pub accounts: Accounts,
    statements: Arc<Mutex<Vec<String>>>,
    pub database: TestDb,
}

/// Somebody with an account, who signed in.
#[derive(Debug)]
pub struct Resident {
    pub id: UserId,
    pub tokens: Tokens,
}

impl Resident {
    pub fn of(tokens: Tokens) -> Self {
        Self {
            id: tokens.user,
            tokens,
        }
    }

    /// As their own browser shows them.
    pub fn viewer(&self) -> Viewer {
        self.with(Scopes::ALL)
    }

    /// With these scopes alone.
    pub fn with(&self, scopes: Scopes) -> Viewer {
        Viewer::User(Actor {
            user: self.id,
            scopes,
            credential: Credential::Session(self.tokens.session),
        })
    }

    pub fn jwt(&self) -> &str {
        &self.tokens.access.jwt
    }
}

/// The address of somebody.
pub fn email(name: &str) -> String {
    format!("{name}@example.com")
}

/// The device that everybody has.
pub fn device() -> Device {
    Device::new("Mozilla/5.0", "192.0.2.1")
}

impl Town {
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// With some settings changed.
    pub async fn with(change: impl FnOnce(&mut AccountSettings)) -> Self {
        let database = TestDb::new().await;
        let statements: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&statements);
        let mut connection = connect(database.url(), CONNECTIONS).await.unwrap();
        connection.set_metric_callback(move |info| log.lock().unwrap().push(info.statement.sql.clone()));
        let accounts = accounts_with(&Store::new(connection), database.outbox(), change).await;
        Self {
            accounts,
            statements,
            database,
        }
    }

    /// What another process has that serves the same installation.
    pub async fn replica(&self) -> Accounts {
        accounts_with(self.database.store(), self.database.outbox(), |_| ()).await
    }

    /// The database, by another connection than the accounts'.
    pub fn store(&self) -> &Store {
        self.database.store()
    }

    /// Somebody who signs up, and follows the link in the same browser.
    pub async fn resident(&self, name: &str) -> Resident {
        let browser = digest("the browser");
        let sign_up = SignUp {
            email: email(name),
            password: PASSWORD.to_owned(),
            display_name: name.to_owned(),
            browser: Some(browser.clone()),
        };
        account::sign_up(&self.accounts, sign_up).await.unwrap();
        let secret = self.letter().await.secret();
        let tokens = account::confirm_sign_up(&self.accounts, &secret, Proof::Browser(browser), &device()).await;
        Resident::of(tokens.unwrap())
    }

    pub async fn sign_in(&self, name: &str, password: &str) -> Result<Resident, Refusal> {
        let input = SignIn {
            email: email(name),
            password: password.to_owned(),
        };
        account::sign_in(&self.accounts, input, &device())
            .await
            .map(Resident::of)
    }

    /// An administrator of the installation.
    pub async fn administrator(&self, name: &str) -> Resident {
        let resident = self.resident(name).await;
        let transaction = self.store().write().await.unwrap();
        account::make_administrator(&transaction, resident.id, true)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        resident
    }

    /// An imported author with an address, whom nobody has claimed.
    pub async fn byline(&self, username: &str) -> UserId {
        let profile = user::Profile {
            display_name: username.to_uppercase(),
            email: Some(email(username)),
            bio: "Writes.".into(),
            website_url: None,
        };
        let transaction = self.store().write().await.unwrap();
        let id = user::create_byline(&transaction, username, profile).await.unwrap();
        transaction.commit().await.unwrap();
        id
    }

    /// A publication of this owner.
    pub async fn publication(&self, slug: &str, owner: UserId) -> PublicationId {
        let new = NewPublication {
            slug: slug.into(),
            title: slug.to_uppercase(),
            tagline: String::new(),
            language: "en".into(),
            site_url: None,
            owner,
        };
        let transaction = self.store().write().await.unwrap();
        let id = publication::create(&transaction, new).await.unwrap();
        transaction.commit().await.unwrap();
        id
    }

    /// Somebody with an account who is a member.
    pub async fn member(&self, name: &str, publication: PublicationId, role: Role) -> Resident {
        let resident = self.resident(name).await;
        let transaction = self.store().write().await.unwrap();
        member::put(&transaction, publication, resident.id, role).await.unwrap();
        transaction.commit().await.unwrap();
        resident
    }

    /// Every letter so far, the newest last.
    pub async fn letters(&self) -> Vec<SentLetter> {
        SentLetter::all(&self.accounts, self.database.outbox()).await
    }

    /// The newest letter.
    pub async fn letter(&self) -> SentLetter {
        self.letters().await.pop().expect("a letter")
    }

    /// What happened to an account, the oldest first.
    pub async fn events_of(&self, user: UserId) -> Vec<String> {
        let rows = audit_event::Entity::find()
            .filter(audit_event::Column::UserId.eq(user))
            .order_by_asc(audit_event::Column::Id)
            .all(self.store().read());
        rows.await.unwrap().into_iter().map(|row| row.kind).collect()
    }

    /// The statements that something takes, but for the looks at what was revoked and at the keys, which are taken in the
    /// background.
    pub async fn statements<T>(&self, act: impl Future<Output = T>) -> (T, Vec<String>) {
        self.statements.lock().unwrap().clear();
        let done = act.await;
        let mut taken = std::mem::take(&mut *self.statements.lock().unwrap());
        taken.retain(|sql| {
            let is_look =
                sql.starts_with("SELECT") && (sql.contains("\"revocation\"") || sql.contains("\"signing_key\""));
            !is_look
        });
        (done, taken)
    }
}

/// The problem that something was refused with.
#[track_caller]
pub fn problem<T: std::fmt::Debug>(result: Result<T, Refusal>) -> ProblemCode {
    match result {
        Err(Refusal::Invalid(problems)) => problems[0].code,
        other => panic!("not a problem with the input: {other:?}"),
    }
}

/// Why a token is not taken; none when it is.
pub async fn fault(accounts: &Accounts, token: &str) -> Option<TokenFault> {
    match authenticate(accounts, token).await {
        Ok(_) => None,
        Err(Unrecognised::Token(fault)) => Some(fault),
        Err(Unrecognised::Refused(refusal)) => panic!("{refusal:?}"),
    }
}

/// Asserts that a token is refused everywhere within the second that is promised.
pub async fn ends_within_a_second(accounts: &Accounts, token: &str) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(1) {
        if fault(accounts, token).await.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // However slow the machine: what is asked a second later is told.
    assert!(fault(accounts, token).await.is_some(), "the token works on");
}
