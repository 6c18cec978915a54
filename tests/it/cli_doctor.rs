//! `quoin doctor` tells what works, what does not, and how to mend it; it changes nothing.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use crate::support::TestDb;
use crate::support::bucket::{ACCOUNT, Bucket, KEY};
use crate::support::command::{Outcome, quoin};
use crate::support::database::redis_url;
use crate::support::redis::RedisServer;
use crate::support::smtp::SmtpServer;

/// The lines of a report by their subject: (whether it is fine, the text).
#[track_caller]
fn line<'a>(outcome: &'a Outcome, subject: &str) -> (bool, &'a str) {
    let found = outcome.stdout.lines().find_map(|line| {
        let (state, rest) = line.split_once(' ')?;
        Some((
            state == "ok",
            rest.trim_start().strip_prefix(subject)?.strip_prefix(": ")?,
        ))
    });
    found.unwrap_or_else(|| panic!("no line about {subject}: {outcome:#?}"))
}

#[test]
fn a_fresh_folder_is_fine_and_stays_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = Outcome::of(quoin(folder.path(), &["doctor"]).env("QUOIN_LISTEN", "127.0.0.1:0"));
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert!(
        outcome.stdout.lines().all(|line| line.starts_with("ok ")),
        "{outcome:#?}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn pending_migrations_are_told_with_the_command_that_applies_them() {
    let folder = tempfile::tempdir().unwrap();
    let doctor = |url: &str| Outcome::of(quoin(folder.path(), &["doctor"]).env("DATABASE_URL", url));
    let empty = TestDb::empty().await;
    let outcome = doctor(empty.url());
    let (is_fine, text) = line(&outcome, "database");
    assert!(!is_fine && text.contains("quoin migrate up"), "{text}");
    assert_eq!(outcome.code, Some(1));
    let migrated = TestDb::new().await;
    assert!(line(&doctor(migrated.url()), "database").0);
}

#[test]
fn services_that_do_not_answer_are_named_without_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = quoin(folder.path(), &["doctor"]);
    command.env(
        "DATABASE_URL",
        format!("postgres://quoin:hunter2@127.0.0.1:{port}/quoin"),
    );
    command.env("REDIS_URL", format!("redis://:hunter2@127.0.0.1:{port}"));
    let outcome = Outcome::of(&mut command);
    assert_eq!(outcome.code, Some(1));
    assert!(
        !line(&outcome, "database").0 && !line(&outcome, "redis").0,
        "{outcome:#?}"
    );
    assert!(!outcome.stdout.contains("hunter2"), "{outcome:#?}");
}

#[test]
fn redis_is_asked_when_it_is_configured() {
    let Some(url) = redis_url() else { return };
    let folder = tempfile::tempdir().unwrap();
    let outcome = Outcome::of(quoin(folder.path(), &["doctor"]).env("REDIS_URL", &url));
    let (is_fine, text) = line(&outcome, "redis");
    assert!(is_fine && text.starts_with(&url), "{text}");
}

#[test]
fn a_redis_whose_memory_has_no_bound_is_warned_about() {
    let Some(server) = RedisServer::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let text = || {
        let outcome = Outcome::of(quoin(folder.path(), &["doctor"]).env("REDIS_URL", server.url()));
        let (is_fine, text) = line(&outcome, "redis");
        assert!(is_fine, "{text}");
        text.to_owned()
    };
    assert_eq!(text(), server.url());
    let mut connection = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
    let mut unbounded = redis::cmd("CONFIG");
    unbounded.arg("SET").arg("maxmemory").arg(0);
    unbounded.exec(&mut connection).unwrap();
    assert!(
        text().contains("warning: its memory has no bound, set maxmemory"),
        "{}",
        text()
    );
}

#[test]
fn redis_is_asked_over_tls_when_its_certificate_is_trusted() {
    let Some(server) = RedisServer::start_with_tls() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let doctor = || {
        let mut command = quoin(folder.path(), &["doctor"]);
        command.env("REDIS_URL", server.url());
        command
    };
    let trusted = Outcome::of(doctor().env("SSL_CERT_FILE", server.certificate()));
    assert_eq!(line(&trusted, "redis"), (true, server.url().as_str()));
    let (is_fine, text) = {
        let outcome = Outcome::of(&mut doctor());
        let (is_fine, text) = line(&outcome, "redis");
        (is_fine, text.to_owned())
    };
    assert!(!is_fine && text.contains("certificate"), "{text}");
}

#[test]
fn an_occupied_port_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let occupied = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = occupied.local_addr().unwrap().to_string();
    // Somebody who hangs up on every question.
    let stranger = std::thread::spawn(move || drop(occupied.accept()));
    let outcome = Outcome::of(quoin(folder.path(), &["doctor"]).env("QUOIN_LISTEN", &address));
    stranger.join().unwrap();
    let (is_fine, text) = line(&outcome, "port");
    assert!(!is_fine && text.contains(&address) && text.contains("in use"), "{text}");
}

#[test]
fn a_broken_configuration_is_told_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = quoin(folder.path(), &["doctor"]);
    let outcome = Outcome::of(command.env("QUOIN_LISTEN", "here").env("QUOIN_ENV", "staging"));
    assert_eq!(outcome.code, Some(1));
    assert_eq!(outcome.stdout.lines().count(), 2, "{outcome:#?}");
    assert!(!line(&outcome, "configuration").0);
}

#[test]
fn without_a_mail_server_letters_are_said_to_reach_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = Outcome::of(quoin(folder.path(), &["doctor"]).env("QUOIN_LISTEN", "127.0.0.1:0"));
    let (is_fine, text) = line(&outcome, "mail");
    assert!(
        is_fine && text.contains("data/outbox") && text.contains("mail.smtp_url"),
        "{text}"
    );
}

#[test]
fn the_mail_server_is_asked_when_it_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    let doctor = |url: &str| Outcome::of(quoin(folder.path(), &["doctor"]).env("QUOIN_MAIL__SMTP_URL", url));
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let outcome = doctor(&format!("smtp://quoin:hunter2@127.0.0.1:{nobody}"));
    let (is_fine, text) = line(&outcome, "mail");
    assert!(
        !is_fine && !text.contains("hunter2") && text.contains("mail.smtp_url"),
        "{text}"
    );
    let Some(server) = SmtpServer::start() else { return };
    let outcome = doctor(&format!("smtp://127.0.0.1:{}", server.port));
    assert!(line(&outcome, "mail").0, "{outcome:#?}");
}

#[tokio::test]
async fn the_secret_and_the_keys_that_it_seals_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDb::new().await;
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = quoin(folder.path(), arguments);
        command
            .env("DATABASE_URL", database.url())
            .env("QUOIN_LISTEN", "127.0.0.1:0")
            .envs(variables.iter().copied());
        Outcome::of(&mut command)
    };
    let fresh = run(&["doctor"], &[]);
    assert!(line(&fresh, "secret").0 && line(&fresh, "signing keys").0, "{fresh:#?}");
    assert!(!folder.path().join("data").exists());
    run(&["key", "rotate"], &[]).succeeded();
    let made = run(&["doctor"], &[]);
    assert!(line(&made, "secret").0, "{made:#?}");
    assert_eq!(line(&made, "signing keys"), (true, "EdDSA, opened with the secret"));

    let file = folder.path().join("data/secret.key");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let open = run(&["doctor"], &[]);
    let (is_fine, text) = line(&open, "secret");
    assert!(!is_fine && text.contains("chmod 600"), "{text}");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();

    let other = [("QUOIN_AUTH__SECRET", "another secret, of 32 characters and more")];
    let sealed = run(&["doctor"], &other);
    let (is_fine, text) = line(&sealed, "signing keys");
    assert!(!is_fine && text.contains("quoin key rotate --now"), "{text}");
    std::fs::remove_file(&file).unwrap();
    let gone = run(&["doctor"], &[]);
    let (is_fine, text) = line(&gone, "signing keys");
    assert!(!is_fine && text.contains("secret.key"), "{text}");
    assert!(!file.exists(), "a doctor changes nothing");
    std::fs::write(&file, "short").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(!line(&run(&["doctor"], &[]), "secret").0);
    let short = run(&["doctor"], &[("QUOIN_AUTH__SECRET", "hunter2")]);
    let (is_fine, text) = line(&short, "configuration");
    assert!(!is_fine && text.contains("32") && !text.contains("hunter2"), "{text}");
}

#[test]
fn outside_providers_and_issuers_are_asked() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    std::fs::write(
        folder.path().join("quoin.toml"),
        format!(
            "[auth.providers.mine]\nissuer = 'http://{nobody}'\nclient_id = 'a'\nclient_secret = 'hunter2'\n\
             [auth.providers.github]\nclient_id = 'a'\nclient_secret = 'hunter2'\n\
             [auth.issuers.theirs]\nissuer = 'http://{nobody}/x'\naudience = 'quoin'\n"
        ),
    )
    .unwrap();
    let outcome = Outcome::of(quoin(folder.path(), &["doctor"]).env("QUOIN_LISTEN", "127.0.0.1:0"));
    for (subject, key) in [
        ("provider mine", "auth.providers.mine"),
        ("issuer theirs", "auth.issuers.theirs"),
    ] {
        let (is_fine, text) = line(&outcome, subject);
        assert!(!is_fine && text.contains(key), "{text}");
    }
    assert!(line(&outcome, "provider github").0, "{outcome:#?}");
    assert!(!outcome.stdout.contains("hunter2"), "{outcome:#?}");
    assert_eq!(outcome.code, Some(1));
}

#[test]
fn a_bucket_is_asked_when_it_is_configured_and_its_key_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut bucket = Bucket::start();
    let doctor = |endpoint: &str, secret: &str| {
        let mut command = quoin(folder.path(), &["doctor"]);
        for (name, value) in [
            ("STORE", "s3"),
            ("S3__BUCKET", "press"),
            ("S3__ENDPOINT", endpoint),
            ("S3__ACCESS_KEY_ID", ACCOUNT),
            ("S3__SECRET_ACCESS_KEY", secret),
        ] {
            command.env(format!("QUOIN_MEDIA__{name}"), value);
        }
        Outcome::of(&mut command)
    };
    let outcome = doctor(&bucket.endpoint, KEY);
    let (is_fine, text) = line(&outcome, "media");
    assert!(is_fine && text.contains("in the bucket press"), "{text}");
    let outcome = doctor(&bucket.endpoint, "hunter2");
    let (is_fine, text) = line(&outcome, "media");
    assert!(!is_fine && text.contains("correct the keys"), "{text}");
    assert!(!outcome.stdout.contains("hunter2"), "{outcome:#?}");
    let endpoint = bucket.endpoint.clone();
    bucket.stop();
    let outcome = doctor(&endpoint, KEY);
    let (is_fine, text) = line(&outcome, "media");
    assert!(!is_fine && text.contains("start it, or correct media.s3"), "{text}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
