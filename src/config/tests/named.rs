//! Keys with a name that the operator chose.

use super::{load, problems};

/// A provider in a file.
const ACME: &str = "[auth.providers.acme]\nissuer = 'https://id.acme.example/realms/x'\nclient_id = 'quoin'\n\
                    client_secret = 'hunter2'\n";

/// What is wrong with a file and variables, as lines.
fn lines(file: &str, variables: &[(&str, &str)]) -> Vec<String> {
    problems(file, variables).iter().map(ToString::to_string).collect()
}

#[test]
fn a_provider_of_the_operators_own_is_read_from_all_sources() {
    let config = load(
        ACME,
        &[
            ("QUOIN_AUTH__PROVIDERS__ACME__CLIENT_ID", "other"),
            ("QUOIN_AUTH__PROVIDERS__MY_IDP_2__ISSUER", "https://id.example"),
            ("QUOIN_AUTH__PROVIDERS__MY_IDP_2__CLIENT_ID", "b"),
            ("QUOIN_AUTH__PROVIDERS__MY_IDP_2__CLIENT_SECRET", "c"),
            ("QUOIN_AUTH__PROVIDERS__MY_IDP_2__LABEL", "The second"),
        ],
        &[],
    )
    .unwrap();
    let providers = &config.auth.providers;
    assert_eq!(providers.keys().collect::<Vec<_>>(), ["acme", "my-idp-2"]);
    let acme = &providers["acme"];
    assert_eq!(acme.issuer.as_deref(), Some("https://id.acme.example/realms/x"));
    assert_eq!((acme.client_id.as_str(), acme.label.as_str()), ("other", "acme"));
    assert_eq!(acme.client_secret.expose(), "hunter2");
    assert_eq!(
        providers["my-idp-2"].issuer.as_deref(),
        Some("https://id.example"),
        "letter by letter, so without a slash"
    );
    assert_eq!(providers["my-idp-2"].label, "The second");
}

#[test]
fn google_and_github_are_known_by_name() {
    let file = "auth.providers.google = {client_id = 'a', client_secret = 'b'}\n\
                auth.providers.github = {client_id = 'c', client_secret = 'd'}";
    let providers = load(file, &[], &[]).unwrap().auth.providers;
    let google = &providers["google"];
    assert_eq!(google.issuer.as_deref(), Some("https://accounts.google.com"));
    assert_eq!(google.label, "Google");
    let github = &providers["github"];
    assert_eq!((github.issuer.as_deref(), github.label.as_str()), (None, "GitHub"));
}

#[test]
fn a_trusted_issuer_needs_its_audience_and_has_the_usual_claims() {
    let file = "[auth.issuers.corp]\nissuer = 'https://id.example/'\naudience = 'https://api.example'\n\
                scope_claim = 'permissions'";
    let issuer = load(file, &[], &[]).unwrap().auth.issuers.remove("corp").unwrap();
    assert_eq!(issuer.issuer, "https://id.example/");
    assert_eq!(issuer.audience, "https://api.example");
    let claims = (
        issuer.subject_claim.as_str(),
        issuer.email_claim.as_str(),
        issuer.scope_claim.as_str(),
    );
    assert_eq!(claims, ("sub", "email", "permissions"));
}

#[test]
fn what_is_missing_is_reported_with_its_key() {
    let found = lines(
        "auth.issuers.b.issuer = 'https://b.example'",
        &[("QUOIN_AUTH__PROVIDERS__ACME__CLIENT_ID", "quoin")],
    );
    assert_eq!(found.len(), 3, "{found:#?}");
    for start in [
        "auth.providers.acme.issuer (from QUOIN_AUTH__PROVIDERS__ACME__CLIENT_ID): is missing; use an https address",
        "auth.providers.acme.client_secret (from QUOIN_AUTH__PROVIDERS__ACME__CLIENT_ID): is missing; use text",
    ] {
        assert!(found.iter().any(|line| line.starts_with(start)), "{start}: {found:#?}");
    }
    assert!(
        found
            .iter()
            .any(|line| line.contains("quoin.toml): is missing; use a line")),
        "{found:#?}"
    );
}

#[test]
fn unknown_keys_and_impossible_names_are_refused() {
    for (key, expected) in [
        (
            "auth.providers.acme.client_ident",
            "did you mean auth.providers.acme.client_id?",
        ),
        ("auth.providers.acme", "this is a section, not a key"),
        ("auth.providers", "this is a section, not a key"),
        ("auth", "this is a section, not a key"),
        ("auth.providers.Acme.issuer", "\"Acme\" cannot be a name here"),
        ("auth.providers.-.issuer", "\"-\" cannot be a name here"),
        ("auth.providers.'a.b'.issuer", "\"a.b\" cannot be a name here"),
        ("auth.providers.'../x'.issuer", "cannot be a name here"),
        ("auth.providers.''.issuer", "cannot be a name here"),
        ("auth.provider.acme.issuer", "did you mean auth.providers."),
    ] {
        let found = lines(&format!("{key} = 'x'"), &[]);
        assert!(found.len() == 1 && found[0].contains(expected), "{key}: {found:#?}");
    }
}

#[test]
fn wrong_values_below_a_chosen_name_are_refused() {
    for (key, wrong) in [
        ("issuer", "'id.acme.example'"),
        ("issuer", "'ftp://id.acme.example'"),
        ("issuer", "'https://user:pass@id.acme.example'"),
        ("issuer", "'https://id.acme.example/?x'"),
        ("issuer", "'https://id.acme.example/#x'"),
        ("client_id", "''"),
        ("client_id", "5"),
        ("client_id", "\"a\\nb\""),
        ("client_secret", "''"),
        ("client_secret", "['hunter2']"),
        ("label", "' '"),
    ] {
        let mut table: toml::Table = ACME.parse().unwrap();
        let value: toml::Table = format!("x = {wrong}").parse().unwrap();
        let provider = table["auth"]["providers"]["acme"].as_table_mut().unwrap();
        provider.insert(key.to_owned(), value["x"].clone());
        let problems = problems(&table.to_string(), &[]);
        assert_eq!(problems.len(), 1, "{key} = {wrong}: {problems:?}");
        assert_eq!(problems[0].key, Some(format!("auth.providers.acme.{key}")));
        assert!(!format!("{problems:?}").contains("hunter2"));
    }
}

#[test]
fn production_proves_identities_by_https_only() {
    let production = [("QUOIN_ENV", "production"), ("QUOIN_BASE_URL", "https://example.com")];
    let insecure = ACME.replace("https://", "http://");
    assert!(load(&insecure, &[], &[]).is_ok());
    let found = lines(&insecure, &production);
    assert!(
        found.len() == 1 && found[0].starts_with("auth.providers.acme.issuer (from "),
        "{found:#?}"
    );
    assert!(load(ACME, &production, &[]).is_ok());
}

#[test]
fn no_two_sections_trust_the_same_issuer() {
    let section = |name| format!("[auth.issuers.{name}]\nissuer = 'https://id.example'\naudience = '{name}'\n");
    let found = lines(&(section("a") + &section("b")), &[]);
    assert!(
        found.len() == 1 && found[0].contains("auth.issuers.a.issuer is the same"),
        "{found:#?}"
    );
}

#[test]
fn a_secret_is_in_no_debug_output() {
    let config = load(ACME, &[], &[]).unwrap();
    let secret = &config.auth.providers["acme"].client_secret;
    assert!(!format!("{config:?} {secret} {secret:?}").contains("hunter2"));
}
