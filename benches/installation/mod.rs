//! An installation to measure on.

use std::path::Path;
use std::time::Duration;

use quoin::domain::accounts::{AccountSettings, Accounts};
use quoin::domain::post::DeskSettings;
use quoin::domain::publication::PublicationSettings;
use quoin::limit::{Limiter, Quota};
use quoin::mail::Mailer;
use quoin::password::{PasswordSettings, Passwords};
use quoin::store::Store;
use quoin::token::{Algorithm, Master};

/// The accounts on a migrated database, whose letters lie in a folder.
pub async fn accounts(store: Store, folder: &Path) -> Accounts {
    let passwords = Passwords::new(PasswordSettings::default()).unwrap();
    let mailer = Mailer::outbox(folder.join("outbox"), "quoin@quoin.test", false).unwrap();
    let settings = AccountSettings {
        base_url: "https://quoin.test".parse().unwrap(),
        algorithm: Algorithm::EdDsa,
        access_lifetime: Duration::from_secs(900),
        session_lifetime: Duration::from_secs(86_400),
        sign_up_open: true,
        limiter: Limiter::in_memory(),
        letters: Quota::per_hour("letters", 5),
        proofs: Quota::per_minute("proofs", 10),
        desk: DeskSettings { revisions: 200 },
        publications: PublicationSettings::default(),
        issuers: None,
    };
    let master = Master::new("a secret of the benchmark, long enough");
    Accounts::open(store, passwords, mailer, master, settings)
        .await
        .unwrap()
}
