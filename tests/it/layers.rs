//! Who may name whom. A part names only what stands below it, so that a rule of the domain never depends on how it is
//! served, and each part can be read without those above.

use std::collections::BTreeSet;
use std::path::Path;

use walkdir::WalkDir;

use crate::support::rust::{Token, tokens};

/// Each part of `src/` and the parts that it may name; every part may use the crate `entity`.
/// Commands stand at the top: they parse arguments, and have `app` wire what they need.
const BELOW: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    (
        "cli",
        &[
            "app", "archive", "config", "domain", "error", "graphql", "import", "log", "mail", "outbound", "shared",
            "store", "token",
        ],
    ),
    (
        "app",
        &[
            "cdn", "config", "domain", "error", "graphql", "http", "import", "jobs", "limit", "mail", "outbound",
            "password", "picture", "provider", "shared", "store", "token",
        ],
    ),
    (
        "http",
        &[
            "budget", "cdn", "domain", "graphql", "limit", "provider", "shared", "store", "token",
        ],
    ),
    ("graphql", &["budget", "domain", "store", "token"]),
    ("jobs", &["cdn", "domain", "store"]),
    ("cdn", &["outbound", "store"]),
    ("import", &["domain", "outbound", "store"]),
    ("archive", &["domain", "store"]),
    (
        "domain",
        &[
            "limit", "mail", "password", "picture", "provider", "store", "threads", "token",
        ],
    ),
    ("store", &["budget", "shared"]),
    ("budget", &[]),
    ("token", &[]),
    ("limit", &["shared"]),
    ("shared", &[]),
    ("mail", &[]),
    ("password", &[]),
    ("picture", &[]),
    ("threads", &[]),
    ("provider", &["outbound"]),
    ("outbound", &[]),
    ("error", &["archive", "config", "domain", "import", "store"]),
    ("log", &["config"]),
    ("config", &[]),
];

/// Libraries (by the start of their names) and the only parts that may name them.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("actix", &["http"]),
    ("async_graphql", &["graphql", "http"]),
    ("clap", &["cli"]),
    ("migration", &["app", "cli"]),
];

/// What one file says, as far as layers are concerned.
#[derive(Debug, Default)]
struct Names {
    /// Parts of this crate.
    parts: BTreeSet<String>,
    /// All words.
    words: BTreeSet<String>,
}

/// Reads a file whose module lies `depth` levels below the root of its crate.
fn names(source: &str, depth: usize) -> Names {
    let tokens = tokens(source);
    let mut names = Names::default();
    // For each open brace, whether it holds a module.
    let mut braces = Vec::new();
    let mut supers = 0;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Open => {
                let before = &tokens[..index];
                braces.push(matches!(before, [.., Token::Word(word), Token::Word(_)] if word == "mod"));
            }
            Token::Close => drop(braces.pop()),
            Token::Word(word) => {
                names.words.insert(word.clone());
                supers = if word == "super" { supers + 1 } else { 0 };
                let depth = depth + braces.iter().filter(|is_module| **is_module).count();
                let is_root = word == "crate" || word == "quoin" || (supers > 0 && supers == depth);
                if let (true, Some([Token::Path, rest @ ..])) = (is_root, tokens.get(index + 1..)) {
                    names.parts.extend(first_words(rest));
                }
            }
            Token::Path => {}
            Token::Comma | Token::Other => supers = 0,
        }
    }
    names
}

/// The first word, or the first word of each path in braces.
fn first_words(tokens: &[Token]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            Token::Word(word)
                if index == 0 || (depth == 1 && matches!(tokens[index - 1], Token::Open | Token::Comma)) =>
            {
                words.insert(word.clone());
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    words
}

/// What a file of a part names although it must not.
fn violations(part: &str, source: &str, depth: usize) -> Vec<String> {
    let names = names(source, depth);
    let is_part = |name: &str| BELOW.iter().any(|(part, _)| *part == name);
    let below = BELOW
        .iter()
        .find(|(name, _)| *name == part)
        .map_or(&[][..], |(_, below)| below);
    let above = names
        .parts
        .into_iter()
        .filter(|name| is_part(name) && name != part && !below.contains(&name.as_str()));
    let foreign = names.words.into_iter().filter(|word| {
        LIBRARIES
            .iter()
            .any(|(library, users)| word.starts_with(library) && !users.contains(&part) && !is_part(word))
    });
    above
        .chain(foreign)
        .map(|name| format!("{part} must not name {name}"))
        .collect()
}

/// Every source file below a folder of the repository: its path from there, and its text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = WalkDir::new(&root)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"));
    files
        .map(|entry| {
            let path = entry.path().strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            (path, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn every_part_names_only_what_stands_below_it() {
    let mut found = Vec::new();
    for (path, source) in sources("src").iter().filter(|(path, _)| path != "lib.rs") {
        let module: Vec<&str> = path
            .trim_end_matches(".rs")
            .split('/')
            .filter(|name| *name != "mod")
            .collect();
        let part = module[0];
        assert!(
            BELOW.iter().any(|(name, _)| *name == part),
            "say in tests/it/layers.rs where {part} stands"
        );
        let depth = if part == "main" { 0 } else { module.len() };
        found.extend(
            violations(part, source, depth)
                .into_iter()
                .map(|text| format!("src/{path}: {text}")),
        );
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn tables_and_migrations_know_nothing_of_quoin_or_the_web() {
    for folder in ["entity/src", "migration/src"] {
        for (path, source) in sources(folder) {
            let words = names(&source, 0).words;
            let foreign = |word: &str| word.starts_with("actix") || word == "async_graphql" || word == "quoin";
            let found: Vec<_> = words.iter().filter(|word| foreign(word)).collect();
            assert!(found.is_empty(), "{folder}/{path}: {found:?}");
        }
    }
}

#[test]
fn a_broken_layer_is_found_however_it_is_written() {
    for broken in [
        "use crate::http::HttpSettings;",
        "use crate::{store::Store, http};",
        "use crate::{\n    store::{self, Store},\n    graphql::Api,\n};",
        "fn f() -> crate::graphql::Api { todo!() }",
        "fn f() { println!(\"{:?}\", vec![crate::http::x()]); }",
        "use super::super::http::serve;",
        "mod tests { use super::super::super::http; }",
        "use actix_web::web;",
        "#[actix_web::main] async fn f() {}",
        "impl From<async_graphql::Error> for X {}",
        "use migration::Migrator;",
    ] {
        assert_eq!(violations("domain", broken, 2).len(), 1, "{broken}");
    }
}

#[test]
fn what_stands_below_beside_or_in_comments_is_no_breach() {
    for fine in [
        "use crate::store::Store;",
        "use crate::domain::post;",
        "use super::http;",
        "use super::super::store;",
        "mod tests { use super::*; use super::super::http; }",
        "// crate::http is not used here\nfn f() -> &'static str { \"crate::http::serve\" }",
        "use entity::post;",
        "use graphql_parser::http;",
    ] {
        assert_eq!(violations("domain", fine, 2), Vec::<String>::new(), "{fine}");
    }
}
