//! A code is exchanged once, by the application and for the challenge that it was made for.

use chrono::TimeDelta;
use entity::{OauthClientId, authorization_code};
use quoin::domain::oauth::{self, Challenge, CodeRequest, Exchange};
use quoin::domain::oauth_client::{self, ClientRow, GrantType, NewClient};
use quoin::domain::refusal::{ProblemCode, Refusal};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::session::{self, Reuse, Tokens};
use quoin::domain::{Viewer, account};
use quoin::token::{Secret, TokenFault, digest};
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;

use crate::support::Town;
use crate::support::town::{Resident, device, fault, problem};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CALLBACK: &str = "https://app.example/callback";

async fn client(town: &Town, name: &str) -> ClientRow {
    let new = NewClient {
        name: name.to_owned(),
        is_confidential: true,
        redirect_uris: vec![CALLBACK.to_owned()],
        scopes: [Scope::Read, Scope::OpenId, Scope::Admin].into_iter().collect(),
        grant_types: GrantType::ALL.to_vec(),
        is_trusted: false,
    };
    let transaction = town.store().write().await.unwrap();
    let (row, _) = oauth_client::create(&transaction, Viewer::Operator, new).await.unwrap();
    transaction.commit().await.unwrap();
    row
}

async fn code(town: &Town, client: OauthClientId, resident: &Resident) -> Secret {
    let request = CodeRequest {
        client,
        redirect_uri: CALLBACK.to_owned(),
        scopes: [Scope::Read, Scope::OpenId].into_iter().collect(),
        challenge: Challenge::parse(digest(VERIFIER).expose()).unwrap(),
        nonce: Some("n1".to_owned()),
        user: resident.id,
        authenticated_at: entity::now(),
    };
    let transaction = town.store().write().await.unwrap();
    let consent = request.scopes;
    oauth_client::give(&transaction, resident.id, client, consent)
        .await
        .unwrap();
    let code = oauth::issue_code(&transaction, request).await.unwrap();
    transaction.commit().await.unwrap();
    code
}

async fn exchange(
    town: &Town,
    client: &ClientRow,
    code: &Secret,
    verifier: &str,
) -> Result<(Tokens, Option<String>), Refusal> {
    let exchange = Exchange {
        code,
        redirect_uri: Some(CALLBACK),
        verifier,
    };
    oauth::exchange_code(&town.accounts, client, exchange, &device()).await
}

#[tokio::test]
async fn a_code_becomes_tokens_with_what_was_consented_to() {
    let town = Town::new().await;
    let (ann, app) = (town.resident("ann").await, client(&town, "App").await);
    let code = code(&town, app.id, &ann).await;
    let (tokens, nonce) = exchange(&town, &app, &code, VERIFIER).await.unwrap();
    assert_eq!(nonce.as_deref(), Some("n1"));
    assert_eq!(tokens.user, ann.id);
    assert_eq!(tokens.scopes.to_string(), "read openid");
    assert_eq!(fault(&town.accounts, &tokens.access.jwt).await, None);
    let id_token = oauth::id_token(&town.accounts, &app, &tokens, nonce)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        fault(&town.accounts, &id_token).await,
        Some(TokenFault::Malformed),
        "an ID token opens nothing"
    );
    let refresh = tokens.refresh.as_ref().unwrap();
    let own = session::refresh(&town.accounts, refresh, None, None, Reuse::Never, &device()).await;
    assert_eq!(problem(own), ProblemCode::Expired, "it is the application's");
    let next = session::refresh(&town.accounts, refresh, Some(app.id), None, Reuse::Never, &device()).await;
    assert_eq!(next.unwrap().scopes, tokens.scopes);
}

#[tokio::test]
async fn a_code_that_is_used_again_ends_the_session_of_its_first_use() {
    let town = Town::new().await;
    let (ann, app) = (town.resident("ann").await, client(&town, "App").await);
    let code = code(&town, app.id, &ann).await;
    let (one, other) = tokio::join!(
        exchange(&town, &app, &code, VERIFIER),
        exchange(&town, &app, &code, VERIFIER)
    );
    assert_eq!([&one, &other].iter().filter(|tokens| tokens.is_ok()).count(), 1);
    let (tokens, _) = one.or(other).unwrap();
    assert_eq!(
        fault(&town.accounts, &tokens.access.jwt).await,
        Some(TokenFault::Revoked)
    );
    assert_eq!(
        problem(exchange(&town, &app, &code, VERIFIER).await),
        ProblemCode::Expired
    );
    assert_eq!(fault(&town.accounts, ann.jwt()).await, None, "her own session lasts");
    assert!(town.events_of(ann.id).await.contains(&"TOKEN_REPLAYED".to_owned()));
}

#[tokio::test]
async fn a_wrong_verifier_uses_the_code_up() {
    let town = Town::new().await;
    let (ann, app) = (town.resident("ann").await, client(&town, "App").await);
    for wrong in [
        "",
        "short",
        &VERIFIER.to_uppercase(),
        digest(VERIFIER).expose(),
        &"a".repeat(129),
        "dBjftJeZ4CVP mB92K27uhbUJU1p1r wW1gFWFOEjXk",
    ] {
        let code = code(&town, app.id, &ann).await;
        assert_eq!(
            problem(exchange(&town, &app, &code, wrong).await),
            ProblemCode::Expired,
            "{wrong}"
        );
        let late = exchange(&town, &app, &code, VERIFIER).await;
        assert_eq!(problem(late), ProblemCode::Expired, "{wrong}");
    }
}

#[tokio::test]
async fn a_code_is_good_for_its_application_and_address_alone() {
    let town = Town::new().await;
    let (ann, app) = (town.resident("ann").await, client(&town, "App").await);
    let thief = client(&town, "Thief").await;
    let stolen = code(&town, app.id, &ann).await;
    assert_eq!(
        problem(exchange(&town, &thief, &stolen, VERIFIER).await),
        ProblemCode::Expired
    );
    assert!(
        exchange(&town, &app, &stolen, VERIFIER).await.is_ok(),
        "it is not used up by others"
    );
    let code = code(&town, app.id, &ann).await;
    let elsewhere = Exchange {
        code: &code,
        redirect_uri: Some("https://app.example/other"),
        verifier: VERIFIER,
    };
    let refused = oauth::exchange_code(&town.accounts, &app, elsewhere, &device()).await;
    assert_eq!(problem(refused), ProblemCode::Expired);
    for odd in ["", "x", &"a".repeat(1_000)] {
        let refused = exchange(&town, &app, &Secret::given(odd), VERIFIER).await;
        assert_eq!(problem(refused), ProblemCode::Expired);
    }
}

#[tokio::test]
async fn an_old_code_and_one_of_a_disabled_account_are_worth_nothing() {
    let town = Town::new().await;
    let (ann, app) = (town.resident("ann").await, client(&town, "App").await);
    let old = code(&town, app.id, &ann).await;
    let long_ago = entity::now() - TimeDelta::seconds(61);
    let change = authorization_code::Entity::update_many()
        .col_expr(authorization_code::Column::CreatedAt, Expr::value(long_ago));
    change.exec(town.store().read()).await.unwrap();
    assert_eq!(
        problem(exchange(&town, &app, &old, VERIFIER).await),
        ProblemCode::Expired
    );
    let code = code(&town, app.id, &ann).await;
    account::disable(&town.accounts, Viewer::Operator, ann.id)
        .await
        .unwrap();
    assert_eq!(
        problem(exchange(&town, &app, &code, VERIFIER).await),
        ProblemCode::Expired
    );
    account::enable(&town.accounts, Viewer::Operator, ann.id).await.unwrap();
    assert_eq!(
        problem(exchange(&town, &app, &code, VERIFIER).await),
        ProblemCode::Expired
    );
}

#[tokio::test]
async fn taking_consent_back_ends_sessions_and_codes_of_that_application_alone() {
    let town = Town::new().await;
    let (ann, bob) = (town.resident("ann").await, town.resident("bob").await);
    let (app, other) = (client(&town, "App").await, client(&town, "Other").await);
    let sign_in = async |client: &ClientRow, resident: &Resident| {
        let code = code(&town, client.id, resident).await;
        exchange(&town, client, &code, VERIFIER).await.unwrap().0
    };
    let hers = sign_in(&app, &ann).await;
    let kept = [sign_in(&app, &bob).await, sign_in(&other, &ann).await];
    let pending = code(&town, app.id, &ann).await;
    let names: Vec<_> = oauth_client::consents(town.store().read(), ann.id)
        .await
        .unwrap()
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    assert_eq!(names, ["App", "Other"], "the latest first");
    let key_like = Viewer::User(quoin::domain::Actor {
        user: ann.id,
        scopes: Scopes::of_keys(),
        credential: quoin::domain::Credential::Outside,
    });
    assert!(oauth_client::withdraw(&town.accounts, key_like, app.id).await.is_err());
    oauth_client::withdraw(&town.accounts, ann.viewer(), app.id)
        .await
        .unwrap();
    assert_eq!(fault(&town.accounts, &hers.access.jwt).await, Some(TokenFault::Revoked));
    for tokens in &kept {
        assert_eq!(fault(&town.accounts, &tokens.access.jwt).await, None);
    }
    assert_eq!(
        problem(exchange(&town, &app, &pending, VERIFIER).await),
        ProblemCode::Expired
    );
    let consented = oauth_client::consented(town.store().read(), ann.id, app.id)
        .await
        .unwrap();
    assert!(consented.is_empty());
    assert!(matches!(
        oauth_client::withdraw(&town.accounts, ann.viewer(), app.id).await,
        Err(Refusal::NotFound(_))
    ));
    assert!(
        town.events_of(ann.id)
            .await
            .ends_with(&["CONSENT_WITHDRAWN".to_owned()])
    );
}

#[tokio::test]
async fn consent_grows_by_what_was_added() {
    let town = Town::new().await;
    let (ann, app) = (town.resident("ann").await, client(&town, "App").await);
    for (scope, all) in [(Scope::Read, "read"), (Scope::Email, "read email")] {
        let transaction = town.store().write().await.unwrap();
        oauth_client::give(&transaction, ann.id, app.id, Scopes::from_iter([scope]))
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let consented = oauth_client::consented(town.store().read(), ann.id, app.id)
            .await
            .unwrap();
        assert_eq!(consented.to_string(), all);
    }
}

#[tokio::test]
async fn a_removed_application_is_out_within_a_second() {
    let town = Town::new().await;
    let (ann, app) = (town.resident("ann").await, client(&town, "App").await);
    let code = code(&town, app.id, &ann).await;
    let (tokens, _) = exchange(&town, &app, &code, VERIFIER).await.unwrap();
    let (own, scopes) = oauth::client_credentials(&town.accounts, &app, None).unwrap();
    assert_eq!(
        scopes.to_string(),
        "read",
        "on its own behalf an application looks after nothing"
    );
    assert_eq!(fault(&town.accounts, &own.jwt).await, None);
    let too_much = oauth::client_credentials(&town.accounts, &app, Some(Scopes::from_iter([Scope::Admin])));
    assert_eq!(problem(too_much), ProblemCode::NotAllowed);
    let transaction = town.store().write().await.unwrap();
    oauth_client::delete(&transaction, Viewer::Operator, app.id)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    for jwt in [&tokens.access.jwt, &own.jwt] {
        crate::support::town::ends_within_a_second(&town.accounts, jwt).await;
    }
    let refresh = tokens.refresh.as_ref().unwrap();
    let refused = session::refresh(&town.accounts, refresh, Some(app.id), None, Reuse::Never, &device()).await;
    assert_eq!(problem(refused), ProblemCode::Expired);
}

#[tokio::test]
async fn an_application_that_cannot_be_is_refused_with_every_reason() {
    let town = Town::new().await;
    let (root, ann) = (town.administrator("root").await, town.resident("ann").await);
    let create = async |viewer, new: NewClient| {
        let transaction = town.store().write().await.unwrap();
        oauth_client::create(&transaction, viewer, new).await
    };
    let fine = NewClient {
        name: "App".into(),
        is_confidential: false,
        redirect_uris: vec![CALLBACK.to_owned()],
        scopes: Scopes::from_iter([Scope::Read]),
        grant_types: vec![GrantType::AuthorizationCode],
        is_trusted: false,
    };
    let wrong = NewClient {
        name: String::new(),
        redirect_uris: vec!["http://app.example/".to_owned()],
        scopes: Scopes::ALL,
        grant_types: vec![GrantType::ClientCredentials],
        ..fine.clone()
    };
    let Err(Refusal::Invalid(problems)) = create(root.viewer(), wrong).await else {
        panic!("problems")
    };
    let fields: Vec<_> = problems.iter().filter_map(|problem| problem.field).collect();
    assert_eq!(fields, ["name", "redirectUris", "scopes", "grantTypes"]);
    assert!(matches!(
        create(ann.viewer(), fine.clone()).await,
        Err(Refusal::Denied(_))
    ));
    let (row, secret) = create(root.viewer(), fine).await.unwrap();
    assert!(secret.is_none() && !row.is_confidential() && !row.has_secret(""));
}
