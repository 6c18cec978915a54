//! Keys and secrets appear in no log, error or `Debug` output.

use std::fmt::Debug;

use chrono::TimeDelta;
use entity::{api_key as api_key_row, password, refresh_token, signing_key as signing_key_row};
use quoin::domain::account::{self, Proof, SetUp, SignIn, SignUp};
use quoin::domain::api_key::NewApiKey;
use quoin::domain::authenticate::authenticate;
use quoin::domain::oauth::{self, Challenge, CodeRequest, Exchange};
use quoin::domain::oauth_client::{self, GrantType, NewClient};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::session::{self, Reuse};
use quoin::domain::{Viewer, api_key, signing_key};
use quoin::token::{Algorithm, Secret, digest};
use sea_orm::EntityTrait;
use tracing::Level;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

use crate::support::Town;
use crate::support::log::{Log, of_process};
use crate::support::town::{OTHER_PASSWORD, PASSWORD, Resident, device, email};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CALLBACK: &str = "https://app.example/callback";

/// What must not be shown, and what was shown.
#[derive(Default)]
struct Watch {
    secrets: Vec<(&'static str, String)>,
    shown: String,
}

impl Watch {
    fn hide(&mut self, name: &'static str, secret: impl Into<String>) {
        self.secrets.push((name, secret.into()));
    }

    fn show(&mut self, thing: &impl Debug) {
        self.shown += &format!("{thing:?} {thing:#?}\n");
    }

    /// Both: a value that holds secrets.
    fn tokens(&mut self, tokens: &session::Tokens) {
        self.show(tokens);
        self.hide("an access token", &tokens.access.jwt);
        if let Some(refresh) = &tokens.refresh {
            self.hide("a refresh token", refresh.expose());
        }
    }
}

/// Does a little of everything, with its failures.
async fn live(town: &Town, watch: &mut Watch) {
    let accounts = &town.accounts;
    watch.hide("a password", PASSWORD);
    watch.hide("another password", OTHER_PASSWORD);
    let transaction = town.store().write().await.unwrap();
    let link = account::set_up_link(&transaction).await.unwrap().unwrap();
    transaction.commit().await.unwrap();
    watch.hide("a set-up link", link.expose());
    let input = SetUp {
        email: email("root"),
        password: PASSWORD.to_owned(),
        display_name: "Root".to_owned(),
        publication: None,
    };
    let root = account::set_up(accounts, &link, input, &device()).await.unwrap();
    watch.tokens(&root);

    let browser = Secret::new();
    watch.hide("what the browser holds", browser.expose());
    let input = SignUp {
        email: email("ann"),
        password: PASSWORD.to_owned(),
        display_name: "Ann".to_owned(),
        browser: Some(browser.digest()),
    };
    account::sign_up(accounts, input).await.unwrap();
    let link = town.letter().await.secret();
    watch.hide("a link", link.expose());
    let found = account::find_link(town.store().read(), &link, entity::one_time_link::LinkPurpose::SignUp).await;
    watch.show(&found);
    let wrong = Proof::Password(OTHER_PASSWORD.to_owned());
    watch.show(&account::confirm_sign_up(accounts, &link, wrong, &device()).await);
    let ann = account::confirm_sign_up(accounts, &link, Proof::Browser(browser.digest()), &device()).await;
    let ann = Resident::of(ann.unwrap());
    watch.show(&account::confirm_sign_up(accounts, &link, Proof::Browser(browser.digest()), &device()).await);
    watch.tokens(&ann.tokens);
    for password in [OTHER_PASSWORD, PASSWORD] {
        let input = SignIn {
            email: email("ann"),
            password: password.to_owned(),
        };
        let signed_in = account::sign_in(accounts, input, &device()).await;
        watch.show(&signed_in);
        if let Ok(tokens) = signed_in {
            watch.tokens(&tokens);
        }
    }
    account::forgot_password(accounts, &email("ann"), &device())
        .await
        .unwrap();
    let link = town.letter().await.secret();
    watch.hide("a link to set the password", link.expose());
    watch.show(&account::reset_password(accounts, &link, "short".to_owned(), &device()).await);
    let again = account::reset_password(accounts, &link, OTHER_PASSWORD.to_owned(), &device())
        .await
        .unwrap();
    watch.tokens(&again);
    let ann = Resident::of(again);

    let refresh = ann.tokens.refresh.clone().unwrap();
    for _ in 0..3 {
        // The second use is a theft, which the log tells.
        let refreshed = session::refresh(accounts, &refresh, None, None, Reuse::Never, &device()).await;
        watch.show(&refreshed);
        if let Ok(tokens) = refreshed {
            watch.tokens(&tokens);
        }
    }
    let ann = town.sign_in("ann", OTHER_PASSWORD).await.unwrap();
    watch.tokens(&ann.tokens);
    keys_and_codes(town, &ann, watch).await;
    for token in [ann.jwt(), "qn_x", "a.b.c"] {
        watch.show(&authenticate(accounts, token).await);
        watch.show(&authenticate(accounts, &format!("{token}x")).await);
    }
    watch.show(&account::delete(accounts, ann.viewer(), PASSWORD.to_owned()).await);
    watch.show(&account::change_email(accounts, ann.viewer(), "new@example.com", OTHER_PASSWORD.to_owned()).await);
    watch.hide("a link to change the address", town.letter().await.secret().expose());
}

async fn keys_and_codes(town: &Town, ann: &Resident, watch: &mut Watch) {
    let accounts = &town.accounts;
    let new = NewApiKey {
        name: "build".to_owned(),
        scopes: Scopes::from_iter([Scope::Read]),
        expires_at: Some(entity::now() + TimeDelta::hours(1)),
    };
    let made = api_key::create(accounts, ann.viewer(), new).await.unwrap();
    watch.hide("an API key", made.1.expose().splitn(3, '_').nth(2).unwrap());
    watch.show(&made);
    watch.show(&authenticate(accounts, made.1.expose()).await);

    let new = NewClient {
        name: "App".to_owned(),
        is_confidential: true,
        redirect_uris: vec![CALLBACK.to_owned()],
        scopes: Scopes::from_iter([Scope::OpenId]),
        grant_types: GrantType::ALL.to_vec(),
        is_trusted: false,
    };
    let transaction = town.store().write().await.unwrap();
    let (client, secret) = oauth_client::create(&transaction, Viewer::Operator, new).await.unwrap();
    watch.hide("a client's secret", secret.as_ref().unwrap().expose());
    watch.show(&(client.clone(), secret));
    let request = CodeRequest {
        client: client.id,
        redirect_uri: CALLBACK.to_owned(),
        scopes: Scopes::from_iter([Scope::OpenId]),
        challenge: Challenge::parse(digest(VERIFIER).expose()).unwrap(),
        nonce: None,
        user: ann.id,
        authenticated_at: entity::now(),
    };
    watch.show(&request);
    let code = oauth::issue_code(&transaction, request).await.unwrap();
    transaction.commit().await.unwrap();
    watch.hide("a code", code.expose());
    watch.hide("a verifier", VERIFIER);
    for _ in 0..2 {
        let exchange = Exchange {
            code: &code,
            redirect_uri: None,
            verifier: VERIFIER,
        };
        watch.show(&exchange);
        let exchanged = oauth::exchange_code(accounts, &client, exchange, &device()).await;
        watch.show(&exchanged);
        if let Ok((tokens, _)) = exchanged {
            watch.tokens(&tokens);
        }
    }
    let transaction = town.store().write().await.unwrap();
    let rotated = signing_key::rotate(&transaction, &accounts.master, Algorithm::Es256, false).await;
    watch.show(&rotated);
    transaction.commit().await.unwrap();
    accounts.keys.refresh(&accounts.store).await.unwrap();
    watch.show(&accounts.keys.ring());
    watch.show(&accounts.master);
    watch.show(&accounts.mailer);
    watch.show(&accounts.settings);
    watch.show(&signing_key::list(town.store().read()).await);
}

/// What lies in the database, which nobody else should read either.
async fn stored(town: &Town, watch: &mut Watch) {
    let read = town.store().read();
    for row in password::Entity::find().all(read).await.unwrap() {
        watch.show(&row);
        watch.hide("a hash", row.hash.expose());
    }
    for row in signing_key_row::Entity::find().all(read).await.unwrap() {
        watch.show(&row);
        watch.hide("a sealed key", row.sealed.expose());
        let opened = town.accounts.master.open("signing key", &row.sealed).unwrap();
        watch.hide("a private key", format!("{opened:?}"));
    }
    for row in api_key_row::Entity::find().all(read).await.unwrap() {
        watch.show(&row);
        watch.hide("the digest of a key", row.digest.expose());
    }
    for row in refresh_token::Entity::find().all(read).await.unwrap() {
        watch.show(&row);
        watch.hide("the digest of a token", row.digest.expose());
    }
}

#[tokio::test]
async fn no_secret_is_logged_or_shown() {
    of_process();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::registry()
        .with(Targets::new().with_target("quoin", Level::TRACE))
        .with(tracing_subscriber::fmt::layer().with_writer(move || writer.clone()));
    let town = Town::new().await;
    let mut watch = Watch::default();
    live(&town, &mut watch).with_subscriber(subscriber).await;
    stored(&town, &mut watch).await;
    let logged = log.text();
    assert!(
        logged.contains("a refresh token was used twice"),
        "the log is caught: {logged}"
    );
    assert!(watch.secrets.len() > 25, "{}", watch.secrets.len());
    for (name, secret) in &watch.secrets {
        assert!(!secret.is_empty(), "{name}");
        assert!(!logged.contains(secret), "{name} is logged: {logged}");
        assert!(
            !watch.shown.contains(secret),
            "{name} is shown by Debug: {}",
            watch.shown
        );
    }
}
