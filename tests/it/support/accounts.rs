//! Accounts to test with.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use quoin::domain::accounts::{AccountSettings, Accounts};
use quoin::mail::Mailer;
use quoin::password::{PasswordSettings, Passwords};
use quoin::store::Store;
use quoin::token::{Algorithm, Master};

/// Where readers reach the installation, as far as it knows.
pub const BASE_URL: &str = "https://quoin.test";

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
        issuers: None,
    };
    change(&mut settings);
    let master = Master::new("a secret of the tests, 32 characters and more");
    Accounts::open(store.clone(), passwords.clone(), mailer, master, settings)
        .await
        .expect("the database answers")
}
