//! `quoin user`, `quoin key` and `quoin client`, as an operator runs them.

use serde_json::Value;
use tempfile::TempDir;

use crate::support::command::{Outcome, quoin};
use crate::support::{TestDb, Town};

/// An installation that commands are run on.
struct Installation {
    folder: TempDir,
    url: String,
    _database: Option<TestDb>,
}

impl Installation {
    async fn new() -> Self {
        let database = TestDb::empty().await;
        Self {
            folder: tempfile::tempdir().unwrap(),
            url: database.url().to_owned(),
            _database: Some(database),
        }
    }

    fn of(town: &Town) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            url: town.database.url().to_owned(),
            _database: None,
        }
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(quoin(self.folder.path(), arguments).env("DATABASE_URL", &self.url))
    }

    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        self.run(arguments).succeeded()
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let printed = self.says(&[arguments, &["--json"]].concat());
        printed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

#[tokio::test]
async fn an_account_is_made_with_a_link_to_set_its_password() {
    let installation = Installation::new().await;
    let create = [
        "user",
        "create",
        "Ann@Example.com",
        "--name",
        "Ann Lee",
        "--administrator",
    ];
    let printed = installation.says(&create);
    assert!(
        printed.contains("http://127.0.0.1:8080/auth/reset-password?token="),
        "{printed}"
    );
    let listed = installation.json(&["user", "list"]);
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (&listed[0]["email"], &listed[0]["username"], &listed[0]["administrator"]),
        (&"ann@example.com".into(), &"ann-lee".into(), &true.into())
    );
    let link = installation.json(&["user", "link", "ann@example.com"]);
    assert!(link[0]["link"].as_str().unwrap().contains("token="), "{link:?}");
    let again = installation.run(&create).failed();
    assert_eq!(again, "EMAIL: This address has an account already");
    installation.says(&["user", "administrator", "ann@example.com", "--revoke"]);
    assert_eq!(installation.json(&["user", "list"])[0]["administrator"], false);
}

#[tokio::test]
async fn what_is_wrong_is_said_on_one_line_with_what_is_allowed() {
    let installation = Installation::new().await;
    for (arguments, hint) in [
        (
            vec!["user", "create", "nobody", "--name", " "],
            "EMAIL: Give an e-mail address",
        ),
        (
            vec!["user", "create", "nobody", "--name", " "],
            "--name: This is needed",
        ),
        (vec!["user", "link", "ann@example.com"], "`quoin user list`"),
        (vec!["user", "disable", "ann@example.com"], "`quoin user list`"),
        (
            vec![
                "user",
                "create",
                "ann@example.com",
                "--name",
                "Ann",
                "--owner-of",
                "gazette",
            ],
            "--owner-of: there is no publication \"gazette\"; there is none yet, import a site or create one",
        ),
        (
            vec!["client", "create", "App", "--scope", "read"],
            "--redirect-uri: An application that gets codes",
        ),
        (
            vec![
                "client",
                "create",
                "App",
                "--scope",
                "account",
                "--redirect-uri",
                "https://a.example/",
            ],
            "--scope: Give some of these scopes: read read:drafts write",
        ),
        (
            vec![
                "client",
                "create",
                "App",
                "--scope",
                "read",
                "--redirect-uri",
                "http://a.example/",
            ],
            "--redirect-uri: Give addresses that begin with https://",
        ),
        (
            vec![
                "client",
                "create",
                "App",
                "--scope",
                "read",
                "--grant",
                "client_credentials",
            ],
            "--grant: Only a confidential application",
        ),
        (vec!["client", "delete", "x"], "`quoin client list`"),
        (vec!["client", "rotate-secret", "x"], "`quoin client list`"),
    ] {
        let line = installation.run(&arguments).failed();
        assert!(line.contains(hint), "{arguments:?}: {line}");
    }
    assert!(installation.json(&["user", "list"]).is_empty());
}

#[tokio::test]
async fn a_new_owner_is_made_for_a_publication_and_accounts_are_disabled_by_address() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let gazette = town.publication("gazette", ann.id).await;
    let installation = Installation::of(&town);
    // The installation's secret is the town's.
    let refused = installation.run(&["user", "disable", "ann@example.com"]).failed();
    assert!(refused.contains("sealed with another secret"), "{refused}");
    let secret = ("QUOIN_AUTH__SECRET", "a secret of the tests, 32 characters and more");
    let run = |arguments: &[&str]| {
        let mut command = quoin(installation.folder.path(), arguments);
        Outcome::of(command.env("DATABASE_URL", &installation.url).envs([secret]))
    };
    run(&[
        "user",
        "create",
        "bob@example.com",
        "--name",
        "Bob",
        "--owner-of",
        "gazette",
    ])
    .succeeded();
    let bob = quoin::domain::user::by_email(town.store().read(), "bob@example.com")
        .await
        .unwrap();
    let role = quoin::domain::member::role_of(town.store().read(), gazette, bob.unwrap())
        .await
        .unwrap();
    assert_eq!(role, Some(entity::membership::Role::Owner));
    let disabled = run(&["user", "disable", "ann@example.com"]).succeeded();
    assert!(disabled.contains("disabled"), "{disabled}");
    crate::support::town::ends_within_a_second(&town.accounts, ann.jwt()).await;
    let refused = run(&["user", "link", "ann@example.com"]).failed();
    assert!(refused.contains("quoin user enable"), "{refused}");
    let enabled = run(&["user", "enable", "ann@example.com"]).succeeded();
    assert!(!enabled.contains("disabled"), "{enabled}");
    town.byline("imported").await;
    let refused = run(&["user", "administrator", "imported@example.com"]).failed();
    assert!(refused.contains("imported author"), "{refused}");
}

#[tokio::test]
async fn keys_are_listed_and_rotated_with_and_without_an_overlap() {
    let installation = Installation::new().await;
    assert!(installation.says(&["key", "list"]).is_empty());
    let states = |keys: Vec<Value>| -> Vec<String> {
        keys.iter()
            .map(|key| key["state"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(states(installation.json(&["key", "rotate"])), ["signing"]);
    assert_eq!(states(installation.json(&["key", "rotate"])), ["next", "signing"]);
    let printed = installation.says(&["key", "list"]);
    assert!(
        printed.contains("EdDSA  next  from ") && printed.contains("EdDSA  signing  since "),
        "{printed}"
    );
    let now = states(installation.json(&["key", "rotate", "--now"]));
    assert_eq!(now, ["retired", "signing", "retired"]);
    std::fs::write(
        installation.folder.path().join("quoin.toml"),
        "[auth]\nsigning_algorithm = 'ES256'\n",
    )
    .unwrap();
    let keys = installation.json(&["key", "rotate", "--now"]);
    let signing: Vec<_> = keys.iter().filter(|key| key["state"] == "signing").collect();
    assert_eq!(signing.len(), 1);
    assert_eq!(signing[0]["algorithm"], "ES256");
}

#[tokio::test]
async fn an_application_is_registered_told_its_secret_once_and_removed() {
    let installation = Installation::new().await;
    let create = [
        "client",
        "create",
        "My app",
        "--redirect-uri",
        "https://app.example/callback",
        "--redirect-uri",
        "http://127.0.0.1/callback",
        "--scope",
        "read openid",
        "--confidential",
        "--trusted",
    ];
    let made = &installation.json(&create)[0];
    let (id, secret) = (
        made["clientId"].as_str().unwrap(),
        made["clientSecret"].as_str().unwrap(),
    );
    assert_eq!((id.len(), secret.len()), (32, 43));
    assert_eq!(
        made["grantTypes"],
        serde_json::json!(["authorization_code", "refresh_token"])
    );
    assert_eq!(made["redirectUris"][1], "http://127.0.0.1/callback");
    let listed = installation.says(&["client", "list", "--json"]);
    assert!(listed.contains(id) && !listed.contains(secret), "{listed}");
    let rotated = installation.says(&["client", "rotate-secret", id]);
    assert!(
        rotated.contains("shown this once: ") && !rotated.contains(secret),
        "{rotated}"
    );
    let public = installation.says(&[
        "client",
        "create",
        "Phone",
        "--redirect-uri",
        "com.example.app:/cb",
        "--scope",
        "read",
    ]);
    assert!(public.contains("public") && !public.contains("secret"), "{public}");
    let phone = public.split_whitespace().next().unwrap();
    let refused = installation.run(&["client", "rotate-secret", phone]).failed();
    assert_eq!(refused, "A public application has no secret");
    installation.says(&["client", "delete", id]);
    assert!(!installation.says(&["client", "list"]).contains(id));
}
