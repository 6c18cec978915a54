//! What the small steps of a request cost, each alone: `cargo bench --bench criterion [-- FILTER]`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod installation;

use std::hint::black_box;
use std::path::Path;

use async_graphql::Variables;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use entity::PostId;
use quoin::app;
use quoin::domain::accounts::Accounts;
use quoin::domain::api_key::{self, NewApiKey};
use quoin::domain::authenticate::authenticate;
use quoin::domain::render;
use quoin::domain::scope::Scopes;
use quoin::domain::session::{self, Device, Grant};
use quoin::domain::user::{Profile, create_byline};
use quoin::domain::{Actor, Credential, Viewer};
use quoin::graphql::limits::{Limits, TypeMap, measure, normal, operation, parse};
use quoin::graphql::{Api, Documents, check};
use quoin::store::Store;
use quoin::store::cache::{Answers, Body, Made};
use quoin::store::changes::Topic;
use quoin::token::{Algorithm, Keyring, SigningKey, Validator};
use tempfile::TempDir;
use tokio::runtime::Runtime;

criterion_group!(benches, rendering, documents, kept_answers, tokens);
criterion_main!(benches);

/// A post of some 4 KB, with a little of everything that posts have.
fn post() -> String {
    let section = "## A bed of type\n\nThe forme lies on the *bed*, locked up by quoins: see [lock-up](https://press.example/lock-up). It \
        takes **two** of them on each side, and a key.\n\n- furniture\n- reglets\n- `quoins`\n\n> Plane before you lock.\n\n| part | \
        picas |\n| --- | ---: |\n| stick | 24 |\n| galley | 60 |\n\n```rust\nfn picas(points: u32) -> u32 {\n    points / 12\n}\n```\n\n\
        ![A forme](https://press.example/forme.jpg \"Locked up\")\n\n";
    section.repeat(4_096 / section.len() + 1)
}

fn rendering(criterion: &mut Criterion) {
    let text = post();
    let mut group = criterion.benchmark_group("rendering");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("a post", |bencher| {
        bencher.iter(|| render::finish(&render::markdown(black_box(&text)), &|_| None));
    });
    group.finish();
}

/// `checked` is parsed, measured, and validated against the schema: the difference is what each execution pays for validation.
fn documents(criterion: &mut Criterion) {
    let text = include_str!("queries/front.graphql");
    let (limits, variables) = (Limits::default(), Variables::default());
    let types = TypeMap::new(&Api::sdl()).expect("a schema");
    let known = Documents::new(limits.clone());
    let document = known.parse(text).expect("a document");
    let document = document.parsed();
    let mut group = criterion.benchmark_group("document");
    group.bench_function("normalised", |bencher| bencher.iter(|| normal(black_box(text))));
    group.bench_function("parsed", |bencher| bencher.iter(|| parse(black_box(text), &limits)));
    group.bench_function("known", |bencher| bencher.iter(|| known.parse(black_box(text))));
    group.bench_function("measured", |bencher| {
        bencher.iter(|| {
            let operation = operation(black_box(document), None, &variables).expect("one");
            measure(document, operation, &variables, &limits, &types)
        });
    });
    let (runtime, limits) = (Runtime::new().expect("threads"), &limits);
    group.bench_function("checked", |bencher| {
        bencher.to_async(&runtime).iter(|| check(black_box(text), limits));
    });
    group.finish();
}

/// An answer of 32 KB that shows 150 things, found by its key.
fn kept_answers(criterion: &mut Criterion) {
    let (runtime, installation) = begin();
    let Installation { accounts, .. } = &installation;
    let answers = Answers::new(1 << 26, None);
    let topics: Box<[Topic]> = (0..150).map(|_| Topic::thing(PostId::new())).collect();
    let find = async || {
        let made = answers.get_or_make(&accounts.store, black_box([7; 32]), async || {
            Made::<()>::Whole(Body::new(vec![b'a'; 32 * 1024]), Some(topics.clone()))
        });
        made.await.expect("an answer")
    };
    criterion.bench_function("kept answer/found", |bencher| bencher.to_async(&runtime).iter(find));
}

fn tokens(criterion: &mut Criterion) {
    let (runtime, Installation { accounts, jwt, key, .. }) = begin();
    let mut group = criterion.benchmark_group("token");
    signature(&mut group, &jwt);
    group.bench_function("an access token, EdDSA: who it is", |bencher| {
        bencher
            .to_async(&runtime)
            .iter(|| authenticate(&accounts, black_box(&jwt)));
    });
    let (validator, ring, other) = es256(&accounts, &jwt);
    group.bench_function("an access token, ES256: its form", |bencher| {
        bencher.iter(|| validator.verify(&ring, black_box(&other)));
    });
    group.bench_function("an API key that is known", |bencher| {
        bencher
            .to_async(&runtime)
            .iter(|| authenticate(&accounts, black_box(&key)));
    });
    group.finish();
}

/// The floor of tokens: the signature alone, checked by the library that checks it for us too.
fn signature(group: &mut BenchmarkGroup<'_, WallTime>, jwt: &str) {
    let document = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(&document).unwrap();
    let (message, _) = jwt.rsplit_once('.').unwrap();
    let signature = pair.sign(message.as_bytes());
    let public = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref().to_vec());
    group.bench_function("an Ed25519 signature: the floor", |bencher| {
        bencher.iter(|| public.verify(black_box(message.as_bytes()), signature.as_ref()));
    });
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

/// An installation, and somebody who comes with a token and with a key.
struct Installation {
    accounts: Accounts,
    jwt: String,
    key: String,
    _folder: TempDir,
}

fn begin() -> (Runtime, Installation) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    let (accounts, jwt, key) = runtime.block_on(somebody(folder.path()));
    let installation = Installation {
        accounts,
        jwt,
        key,
        _folder: folder,
    };
    (runtime, installation)
}

async fn somebody(folder: &Path) -> (Accounts, String, String) {
    let url = format!("sqlite://{}", folder.join("quoin.db").display());
    let store = Store::open(&url, 4).await.unwrap();
    app::migrate(&store).await.unwrap();
    let accounts = installation::accounts(store, folder).await;
    let profile = Profile {
        display_name: "Ann".into(),
        email: Some("ann@quoin.test".into()),
        bio: String::new(),
        website_url: None,
    };
    let transaction = accounts.store.write().await.unwrap();
    let user = create_byline(&transaction, "ann", profile).await.unwrap();
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
    (accounts, tokens.access.jwt, key.expose().to_owned())
}
