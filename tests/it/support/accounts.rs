//! Accounts to test with.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use entity::{Hidden, UserId};
use quoin::domain::account::{self, NewAccount, NewPassword};
use quoin::domain::accounts::{AccountSettings, Accounts};
use quoin::domain::post::DeskSettings;
use quoin::domain::publication::PublicationSettings;
use quoin::domain::text::Email;
use quoin::jobs::{self, JobSettings, Runner};
use quoin::limit::{Limiter, Quota};
use quoin::mail::Mailer;
use quoin::password::{PasswordSettings, Passwords};
use quoin::store::Store;
use quoin::token::{Algorithm, Master, Secret};

/// Where readers reach the installation, as far as it knows.
pub const BASE_URL: &str = "https://quoin.test";

/// What the installations of the tests are sealed with.
pub const SECRET: &str = "a secret of the tests, 32 characters and more";

/// The accounts of a database; their letters become files in a folder.
pub async fn accounts(store: &Store, outbox: &Path) -> Accounts {
    accounts_with(store, outbox, |_| ()).await
}

/// The accounts of a database, with some settings changed.
pub async fn accounts_with(store: &Store, outbox: &Path, change: impl FnOnce(&mut AccountSettings)) -> Accounts {
    // One for all tests: its threads are the machine's.
    static PASSWORDS: OnceLock<Passwords> = OnceLock::new();
    let passwords = PASSWORDS.get_or_init(|| Passwords::new(PasswordSettings::default()).expect("threads"));
    let mailer = Mailer::outbox(outbox.to_owned(), "Quoin <quoin@quoin.test>", false).expect("a sender");
    let mut settings = AccountSettings {
        base_url: BASE_URL.parse().expect("an address"),
        algorithm: Algorithm::EdDsa,
        access_lifetime: Duration::from_secs(600),
        session_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
        sign_up_open: true,
        limiter: Limiter::in_memory(),
        letters: Quota::per_hour("letters", 1_000),
        proofs: Quota::per_minute("proofs", 1_000),
        desk: DeskSettings { revisions: 200 },
        publications: PublicationSettings::default(),
        issuers: None,
    };
    change(&mut settings);
    let master = Master::new(SECRET);
    Accounts::open(store.clone(), passwords.clone(), mailer, master, settings)
        .await
        .expect("the database answers")
}

/// Makes an account, and gives its id.
pub async fn account(accounts: &Accounts, email: &str, password: Option<Hidden>, is_administrator: bool) -> UserId {
    let name = email.split('@').next().expect("a name");
    let new = NewAccount {
        email: Email::parse(email).expect("an address"),
        display_name: name.to_uppercase(),
        username: name.to_owned(),
        password,
        is_administrator,
    };
    let transaction = accounts.store.write().await.expect("a transaction");
    let user = account::make(&transaction, new, "203.0.113.7")
        .await
        .expect("an answer");
    transaction.commit().await.expect("committed");
    user.expect("a free address")
}

/// The hash of a password.
pub async fn hash(accounts: &Accounts, password: &str) -> Hidden {
    let password = NewPassword::choose("password", password.to_owned(), &[]).expect("a good one");
    password.hash(accounts).await.expect("room to hash")
}

/// Does all that is due, as the workers of a server would; how many jobs that were.
pub async fn run_jobs(accounts: &Accounts) -> usize {
    let (store, bell) = (accounts.store.clone(), accounts.bell.clone());
    let runner = Runner::new(store, bell, JobSettings::default(), jobs::duties(accounts, None));
    runner.run_due().await.expect("the database answers")
}

/// A letter from the outbox.
#[derive(Debug)]
pub struct SentLetter {
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl SentLetter {
    /// Every letter that was sent, the newest last.
    pub async fn all(accounts: &Accounts, outbox: &Path) -> Vec<Self> {
        run_jobs(accounts).await;
        let Ok(entries) = std::fs::read_dir(outbox) else {
            return Vec::new();
        };
        let mut files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
        files.sort();
        files.iter().map(|file| Self::read(file)).collect()
    }

    fn read(file: &Path) -> Self {
        let letter = std::fs::read_to_string(file).expect("a letter");
        let (head, body) = letter.split_once("\r\n\r\n").expect("a head and a body");
        let header = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().to_owned()
        };
        assert_ne!(header("Content-Transfer-Encoding: "), "base64", "{head}");
        Self {
            to: header("To: "),
            subject: header("Subject: "),
            text: body.replace("=\r\n", "").replace("=3D", "="),
        }
    }

    /// The path of the link in it.
    #[track_caller]
    pub fn path(&self) -> &str {
        let (_, rest) = self.text.split_once(BASE_URL).expect("a link");
        rest.split_once('?').expect("a link with a secret").0
    }

    /// The secret in its link.
    #[track_caller]
    pub fn secret(&self) -> Secret {
        let (_, rest) = self.text.split_once("?token=").expect("a link with a secret");
        Secret::given(rest.split_whitespace().next().expect("a secret"))
    }
}
