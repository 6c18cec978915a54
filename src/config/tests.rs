use std::ffi::OsString;
use std::path::PathBuf;

use super::*;

mod named;

/// Loads with a file of this text (none when empty), these variables and these flags.
fn load(file: &str, variables: &[(&str, &str)], flags: &[Flag]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quoin.toml");
    std::fs::write(&path, file).unwrap();
    let environment = variables
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)))
        .collect();
    Config::load(Sources {
        file: Some(path),
        environment,
        flags: flags.to_vec(),
    })
}

fn problems(file: &str, variables: &[(&str, &str)]) -> Vec<Problem> {
    load(file, variables, &[]).unwrap_err().problems().to_vec()
}

#[test]
fn nothing_needs_to_be_configured() {
    let config = load("", &[], &[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.base_url.as_str(), "http://127.0.0.1:8080/");
    assert_eq!(config.database.url.expose(), "sqlite://./data/quoin.db");
    assert_eq!(config.env, Environment::Development);
    assert!(config.redis.url.is_none());
    assert!(config.cors.origins.is_empty());
    assert!(config.graphql.graphiql && config.graphql.introspection && config.graphql.suggestions);
    assert_eq!(
        (
            config.limits.depth,
            config.limits.listed_errors,
            config.limits.answer_seconds
        ),
        (20, 5, 15)
    );
}

#[test]
fn a_cdn_needs_a_zone_and_a_token_which_is_not_shown() {
    let file = "[cdn]\nprovider = 'fastly'\nzone = 'press'\ntoken = 'hunter2'";
    let config = load(file, &[], &[]).unwrap();
    assert_eq!(config.cdn.provider, CdnProvider::Fastly);
    assert!(!format!("{config:?}").contains("hunter2"));
    assert_eq!(load("", &[], &[]).unwrap().cdn.provider, CdnProvider::None);
    for (file, keys) in [
        ("cdn.provider = 'cloudflare'", vec!["cdn.zone", "cdn.token"]),
        ("[cdn]\nprovider = 'cloudflare'\nzone = 'a'", vec!["cdn.token"]),
        ("cdn.provider = 'akamai'", vec!["cdn.provider"]),
        (
            "[cdn]\nprovider = 'fastly'\nzone = 'a'\ntoken = 'b'\napi_url = 'api'",
            vec!["cdn.api_url"],
        ),
    ] {
        let texts: Vec<_> = problems(file, &[]).iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), keys.len(), "{texts:?}");
        for (text, key) in texts.iter().zip(keys) {
            assert!(text.starts_with(key), "{text}");
        }
    }
}

#[test]
fn flags_win_over_the_environment_over_the_file_over_defaults() {
    let file = "listen = '127.0.0.1:1'\nlimits.depth = 7\nlimits.aliases = 8";
    let flag = Flag {
        name: "--listen",
        key: "listen",
        value: "127.0.0.1:3".to_owned(),
    };
    let variables = [("QUOIN_LISTEN", "127.0.0.1:2"), ("QUOIN_LIMITS__DEPTH", "9")];
    let config = load(file, &variables, &[flag]).unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.limits.depth, 9);
    assert_eq!(config.limits.aliases, 8);
    assert_eq!(config.limits.fields, 400);
}

#[test]
fn the_common_database_variable_is_read_and_ours_wins() {
    let common = ("DATABASE_URL", "postgres://common/db");
    let config = load("database.url = 'postgres://file/db'", &[common], &[]).unwrap();
    assert_eq!(config.database.url.expose(), "postgres://common/db");
    let config = load("", &[("QUOIN_DATABASE__URL", "postgres://ours/db"), common], &[]).unwrap();
    assert_eq!(config.database.url.expose(), "postgres://ours/db");
    let config = load("", &[("REDIS_URL", "redis://127.0.0.1:6379")], &[]).unwrap();
    assert_eq!(config.redis.url.unwrap().expose(), "redis://127.0.0.1:6379");
}

#[test]
fn the_database_follows_the_data_folder_and_the_address_follows_the_port() {
    let variables = [("QUOIN_DATA_DIR", "/srv/quoin"), ("QUOIN_LISTEN", "0.0.0.0:9000")];
    let config = load("", &variables, &[]).unwrap();
    assert_eq!(config.database.url.expose(), "sqlite:///srv/quoin/quoin.db");
    assert_eq!(config.base_url.as_str(), "http://127.0.0.1:9000/");
}

#[test]
fn every_problem_is_reported_at_once_with_its_place() {
    let file = "listen = 'here'\nlimits.depth = 0\ncolour = 'red'";
    let problems = problems(file, &[("QUOIN_LOG__FORMAT", "xml"), ("QUOIN_LIMITS__DEPHT", "3")]);
    let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let expect = |start: &str, rest: &str| {
        assert!(
            texts.iter().any(|text| text.starts_with(start) && text.contains(rest)),
            "{start} {rest}: {texts:#?}"
        );
    };
    assert_eq!(texts.len(), 5, "{texts:#?}");
    expect(
        "listen (from ",
        "quoin.toml): \"here\" is not allowed; use an IP address with a port",
    );
    expect(
        "limits.depth (from ",
        "): 0 is not allowed; use a whole number from 1 to 200",
    );
    expect("colour (from ", "): there is no such key");
    expect("log.format (from QUOIN_LOG__FORMAT)", "`auto`, `text`, `json`");
    expect("limits.depht (from QUOIN_LIMITS__DEPHT)", "did you mean limits.depth?");
}

#[test]
fn a_broken_file_is_named_with_line_and_column_beside_other_problems() {
    let texts: Vec<_> = problems("listen = '127.0.0.1:1'\nlimits = = 3", &[("QUOIN_ENV", "staging")])
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(texts[0].contains("quoin.toml: line 2, column 10: "), "{}", texts[0]);
    assert!(texts.iter().all(|text| !text.contains('\n')), "{texts:#?}");
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let sources = Sources {
        file: Some(PathBuf::from("/nowhere/quoin.toml")),
        ..Sources::default()
    };
    let error = Config::load(sources).unwrap_err().to_string();
    assert!(error.contains("/nowhere/quoin.toml: cannot be read"), "{error}");
}

#[test]
fn production_closes_what_explains_the_api_unless_it_is_switched_on() {
    let production = [("QUOIN_ENV", "production"), ("QUOIN_BASE_URL", "https://example.com")];
    let config = load("", &production, &[]).unwrap();
    assert!(!config.graphql.graphiql && !config.graphql.introspection && !config.graphql.suggestions);
    let config = load("graphql.introspection = true", &production, &[]).unwrap();
    assert!(config.graphql.introspection && !config.graphql.graphiql);
}

#[test]
fn production_needs_https() {
    let texts = problems("", &[("QUOIN_ENV", "production")]);
    assert_eq!(
        texts[0].to_string(),
        "base_url (from the default): env is production, so an https:// address is needed"
    );
    let texts = problems(
        "",
        &[("QUOIN_ENV", "production"), ("QUOIN_BASE_URL", "http://example.com")],
    );
    assert_eq!(texts[0].origin, Origin::Variable("QUOIN_BASE_URL".to_owned()));
}

#[test]
fn a_password_is_in_no_message() {
    let password = "hunter2";
    for url in [
        "postgres://user:hunter2@db.example/quoin",
        "postgres://user@db.example/quoin?password=hunter2",
        "redis://:hunter2@cache:6379/1",
        "postgres://user:1?hunter2@db.example/quoin",
        "postgres//user:hunter2@db",
        "hunter2",
    ] {
        let url = SecretUrl::new(url);
        assert!(!format!("{url} {url:?}").contains(password), "{url}");
    }
    assert_eq!(
        SecretUrl::new("postgres://user:hunter2@db:5432/quoin").to_string(),
        "postgres://user:***@db:5432/quoin"
    );
    for url in [
        "mysql://root:hunter2@db/quoin",
        "hunter2",
        "postgres://user:hunter2@db:port/quoin",
    ] {
        let error = load("", &[("DATABASE_URL", url)], &[]).unwrap_err().to_string();
        assert!(!error.contains(password), "{error}");
        assert!(error.contains("database.url (from DATABASE_URL)"), "{error}");
    }
    let config = load("", &[("DATABASE_URL", "postgres://user:hunter2@db/quoin")], &[]).unwrap();
    assert!(!format!("{config:?}").contains(password));
}

#[test]
fn origins_are_a_list_in_the_file_and_separated_by_commas_in_the_environment() {
    let expected = ["https://a.example", "http://localhost:3000"];
    let config = load(
        "cors.origins = ['https://a.example', 'http://localhost:3000']",
        &[],
        &[],
    )
    .unwrap();
    assert_eq!(config.cors.origins, expected);
    let config = load(
        "",
        &[("QUOIN_CORS__ORIGINS", "https://a.example, http://localhost:3000")],
        &[],
    )
    .unwrap();
    assert_eq!(config.cors.origins, expected);
    for wrong in [
        "*",
        "https://a.example/",
        "https://a.example/path",
        "ftp://a.example",
        "a.example",
        "null",
    ] {
        assert_eq!(problems("", &[("QUOIN_CORS__ORIGINS", wrong)]).len(), 1, "{wrong}");
    }
}

#[test]
fn wrong_values_of_every_kind_are_refused() {
    for (key, wrong) in [
        ("listen", "'localhost'"),
        ("listen", "8080"),
        ("base_url", "'https://example.com/blog'"),
        ("base_url", "'https://user:secret@example.com'"),
        ("base_url", "'example.com'"),
        ("data_dir", "''"),
        ("data_dir", "['a']"),
        ("env", "'Production'"),
        ("database.url", "'sqlite:'"),
        ("database.url", "5"),
        ("database.max_connections", "0"),
        ("limits.body_bytes", "'1 MB'"),
        ("limits.body_bytes", "1.5"),
        ("limits.depth", "-1"),
        ("limits.cost", "99999999999999999"),
        ("graphql.graphiql", "'yes'"),
        ("mail.smtp_url", "'http://mail.example'"),
        ("mail.from", "'Quoin'"),
        ("mail.from", "'a@b.example, c@d.example'"),
        ("mail.from", r#""a@b.example\r\nBcc: c@d.example""#),
        ("trusted_proxies", "'10.0.0.0/33'"),
        ("log.level", "'loud'"),
        ("log.level", "''"),
        ("limits", "5"),
        ("listen.port", "5"),
    ] {
        let problems = problems(&format!("{key} = {wrong}"), &[]);
        assert_eq!(problems.len(), 1, "{key} = {wrong}: {problems:?}");
        assert_eq!(problems[0].key.as_deref(), Some(key));
    }
}

#[test]
fn variables_that_containers_set_by_themselves_do_no_harm() {
    let variables = [
        ("QUOIN_SERVICE_HOST", "10.0.0.1"),
        ("QUOIN_PORT", "tcp://10.0.0.1:8080"),
        ("QUOIN_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("QUOIN_REDIS__URL", ""),
        ("UNRELATED", "x"),
    ];
    assert!(load("", &variables, &[]).unwrap().redis.url.is_none());
}

#[test]
fn every_key_stands_on_the_page_exactly_as_the_code_has_it() {
    let page = include_str!("../../docs/configuration.md");
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<_> = KEYS.iter().map(Key::documentation).collect();
    assert_eq!(
        rows,
        expected,
        "docs/configuration.md should hold these rows:\n{}\n",
        expected.join("\n")
    );
}

#[test]
fn the_example_on_the_page_is_a_working_file() {
    let page = include_str!("../../docs/configuration.md");
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let config = load(example, &[], &[]).unwrap();
    assert_eq!(config.env, Environment::Production);
    assert_eq!(config.limits.depth, 30);
}

#[test]
fn trusted_proxies_are_addresses_or_networks() {
    let config = load("trusted_proxies = ['10.0.0.0/8', '::1']", &[], &[]).unwrap();
    let networks = |config: &Config| {
        config
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(networks(&config), ["10.0.0.0/8", "::1/128"]);
    let config = load("", &[("QUOIN_TRUSTED_PROXIES", "192.0.2.1, fd00::/8")], &[]).unwrap();
    assert_eq!(networks(&config), ["192.0.2.1/32", "fd00::/8"]);
    for wrong in ["10.0.0.0/33", "proxy.example", "10.0.0", "*", "127.0.0.1:80"] {
        let problems = problems("", &[("QUOIN_TRUSTED_PROXIES", wrong)]);
        assert_eq!(problems.len(), 1, "{wrong}");
    }
    assert!(load("", &[], &[]).unwrap().trusted_proxies.is_empty());
}

#[test]
fn a_bucket_is_named_and_its_keys_come_together() {
    let config = load(
        "[media]\nstore = 's3'\n[media.s3]\nbucket = 'press'\naccess_key_id = 'id'\nsecret_access_key = 'hunter2'",
        &[],
        &[],
    )
    .unwrap();
    assert_eq!(
        (config.media.store, config.media.s3.region.as_str()),
        (MediaStore::S3, "us-east-1")
    );
    assert!(!format!("{config:?}").contains("hunter2"));
    for (file, key) in [
        ("media.store = 's3'", "media.s3.bucket"),
        ("media.s3.access_key_id = 'id'", "media.s3.secret_access_key"),
        ("media.s3.secret_access_key = 'hunter2'", "media.s3.access_key_id"),
        ("media.store = 'ftp'", "media.store"),
        ("media.s3.endpoint = 'minio:9000'", "media.s3.endpoint"),
        ("media.variants_bytes = 5", "media.variants_bytes"),
    ] {
        let problems = problems(file, &[]);
        assert_eq!(problems.len(), 1, "{file}: {problems:?}");
        assert_eq!(problems[0].key.as_deref(), Some(key));
        assert!(!format!("{problems:?}").contains("hunter2"));
    }
}
