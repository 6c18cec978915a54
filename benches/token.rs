//! What it costs to know who asks: `cargo bench --bench token`. The floor is the signature alone, checked by the library that
//! checks it for us too; all are measured in one run, in turns.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod installation;

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use entity::UserId;
use quoin::app;
use quoin::domain::accounts::Accounts;
use quoin::domain::api_key::{self, NewApiKey};
use quoin::domain::authenticate::authenticate;
use quoin::domain::scope::Scopes;
use quoin::domain::session::{self, Device, Grant};
use quoin::domain::user::{Profile, create_byline};
use quoin::domain::{Actor, Credential, Viewer};
use quoin::store::Store;
use quoin::token::{Algorithm, Keyring, SigningKey, Validator};

/// How often each is done before its time is taken.
const BATCH: u32 = 500;
/// How many times are taken of each; the middle one counts.
const ROUNDS: usize = 31;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads");
    runtime.block_on(run());
}

async fn run() {
    let folder = tempfile::tempdir().expect("a folder");
    let accounts = accounts(folder.path()).await;
    let user = user(&accounts).await;
    let transaction = accounts.store.write().await.unwrap();
    let tokens = session::start(&transaction, &accounts, Grant::own(user), &Device::default())
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let viewer = Viewer::User(Actor {
        user,
        scopes: Scopes::ALL,
        credential: Credential::Session(tokens.session),
    });
    let new = NewApiKey {
        name: "a build".into(),
        scopes: Scopes::of_keys(),
        expires_at: None,
    };
    let (_, key) = api_key::create(&accounts, viewer, new).await.unwrap();
    let jwt = tokens.access.jwt.clone();

    let document = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(&document).unwrap();
    let (message, _) = jwt.rsplit_once('.').unwrap();
    let signature = pair.sign(message.as_bytes());
    let public = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref().to_vec());
    let floor = || public.verify(message.as_bytes(), signature.as_ref()).unwrap();

    let other = es256(&accounts, &jwt);
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        times[0].push(batch(floor));
        let begun = Instant::now();
        for _ in 0..BATCH {
            black_box(authenticate(&accounts, black_box(&jwt)).await.is_ok());
        }
        times[1].push(begun.elapsed() / BATCH);
        times[2].push(batch(|| other.0.verify(&other.1, black_box(&other.2)).is_ok()));
        let begun = Instant::now();
        for _ in 0..BATCH {
            black_box(authenticate(&accounts, black_box(key.expose())).await.is_ok());
        }
        times[3].push(begun.elapsed() / BATCH);
    }
    let [floor, token, es256, key] = times.map(|mut times| {
        times.sort();
        times[ROUNDS / 2]
    });
    println!("{:34} {:>10} {:>12}", "", "median", "of the floor");
    for (name, time) in [
        ("an Ed25519 signature: the floor", floor),
        ("an access token, EdDSA: who it is", token),
        ("an access token, ES256: its form", es256),
        ("an API key that is known", key),
    ] {
        let ratio = time.as_secs_f64() / floor.as_secs_f64();
        println!("{name:34} {:>7.1} µs {ratio:>11.2}x", time.as_secs_f64() * 1e6);
    }
}

fn batch<T>(mut act: impl FnMut() -> T) -> Duration {
    let begun = Instant::now();
    for _ in 0..BATCH {
        black_box(act());
    }
    begun.elapsed() / BATCH
}

/// The same claims, signed by ES256.
fn es256(accounts: &Accounts, jwt: &str) -> (Validator, Keyring, String) {
    let validator = Validator::new(accounts.settings.issuer());
    let claims = validator.verify(&accounts.keys.ring(), jwt).unwrap();
    let document = SigningKey::generate(Algorithm::Es256).unwrap();
    let key = SigningKey::new(entity::SigningKeyId::new(), Algorithm::Es256, &document);
    let ring = Keyring::new(key, &[]).unwrap();
    let jwt = ring.sign_access(&claims).unwrap();
    (validator, ring, jwt)
}

async fn accounts(folder: &std::path::Path) -> Accounts {
    let url = format!("sqlite://{}", folder.join("quoin.db").display());
    let store = Store::open(&url, 4).await.unwrap();
    app::migrate(&store).await.unwrap();
    installation::accounts(store, folder).await
}

async fn user(accounts: &Accounts) -> UserId {
    let profile = Profile {
        display_name: "Ann".into(),
        email: Some("ann@quoin.test".into()),
        bio: String::new(),
        website_url: None,
    };
    let transaction = accounts.store.write().await.unwrap();
    let user = create_byline(&transaction, "ann", profile).await.unwrap();
    transaction.commit().await.unwrap();
    user
}
