//! Of a folder of Markdown, what cannot be read is told of and left out, and nothing outside of the folder is touched.

use std::fs;
use std::path::Path;

use entity::post::PostStatus;
use quoin::import::markdown::Markdown;
use quoin::import::record::{Effect, Record, Source, SourceError, Stopped};
use tempfile::TempDir;

use super::markdown_conventions::{fixture, read};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn a_folder_that_is_not_there_or_has_no_markdown_is_refused() {
    let missing = Markdown::open(Path::new("/nowhere/at/all")).unwrap_err();
    assert!(matches!(missing, SourceError::Unreadable { .. }));
    assert!(
        missing.to_string().starts_with("cannot read /nowhere/at/all: "),
        "{missing}"
    );

    let file = folder(&[("a.md", "x")]);
    assert!(matches!(
        Markdown::open(&file.path().join("a.md")),
        Err(SourceError::Unreadable { .. })
    ));

    let empty = folder(&[("a.txt", "x"), (".git/b.md", "x"), ("node_modules/c/d.md", "x")]);
    let refused = Markdown::open(empty.path()).unwrap_err();
    assert!(matches!(refused, SourceError::Malformed { .. }));
    assert!(
        refused.to_string().contains("there is no Markdown in this folder"),
        "{refused}"
    );
}

#[test]
fn broken_files_are_skipped_with_their_place_and_the_rest_goes_on() {
    let site = read(&fixture("broken"));
    let posts = site.posts.keys().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(posts, ["empty.md", "good.md", "nothing.md", "odd.md"]);
    let skipped = site.notices.iter().filter(|notice| notice.effect == Effect::Skipped);
    let skipped = skipped
        .map(|notice| (notice.position.file.as_str(), notice.position.line))
        .collect::<Vec<_>>();
    let lines = [
        ("json.md", Some(2)),
        ("latin1.md", Some(1)),
        ("list.md", Some(1)),
        ("toml.md", Some(3)),
        ("unclosed.md", Some(1)),
    ];
    for expected in lines {
        assert!(skipped.contains(&expected), "{expected:?} in {skipped:?}");
    }
    assert!(
        skipped.iter().any(|(file, line)| *file == "yaml.md" && line.is_some()),
        "{skipped:?}"
    );
    assert_eq!(skipped.len(), 6);
    assert!(
        site.notices.iter().all(|notice| !notice.reason.contains('\n')),
        "{:?}",
        site.notices
    );
}

#[test]
fn fields_of_the_wrong_kind_do_no_harm() {
    let site = read(&fixture("broken"));
    let odd = &site.posts["odd.md"];
    assert_eq!(
        (odd.slug.as_str(), odd.title.as_str(), odd.status),
        ("odd", "odd", PostStatus::Draft)
    );
    assert!(
        odd.authors.is_empty() && odd.tags.is_empty() && odd.series.is_none(),
        "{odd:?}"
    );
    let reasons = site
        .notices
        .iter()
        .filter(|notice| notice.item == "odd.md")
        .map(|notice| notice.reason.as_str());
    assert_eq!(
        reasons.collect::<Vec<_>>(),
        [
            "date is no date that can be understood: \"someday\"",
            "draft is neither yes nor no; it is a draft now"
        ]
    );
}

#[test]
fn a_file_of_more_than_sixteen_megabytes_is_skipped() {
    let folder = folder(&[("a.md", "x"), ("big.md", &"x".repeat(16 * 1024 * 1024 + 1))]);
    let site = read(folder.path());
    assert_eq!(site.posts.keys().collect::<Vec<_>>(), ["a.md"]);
    assert_eq!(site.notices[0].reason, "it is larger than 16 MB");
}

#[cfg(unix)]
#[test]
fn links_never_lead_out_of_the_folder() {
    let outside = folder(&[
        ("secret.md", "# Secret"),
        ("secret.png", "secret"),
        ("deep/more.md", "x"),
    ]);
    let inside = folder(&[
        (
            "a.md",
            "![a](link.png) ![b](../secret.png) ![c](%2e%2e/secret.png) ![d](/../secret.png) ![e](.hidden.png)\n\
             ![f](file:///etc/passwd) [g](dir/secret.png) ![h](inner.png)",
        ),
        (".hidden.png", "x"),
        ("real.png", "x"),
    ]);
    let link = |from: &str, to: &Path| std::os::unix::fs::symlink(to, inside.path().join(from)).unwrap();
    link("link.md", &outside.path().join("secret.md"));
    link("link.png", &outside.path().join("secret.png"));
    link("dir", outside.path());
    link("inner.png", &inside.path().join("real.png"));
    let site = read(inside.path());
    assert_eq!(site.posts.keys().collect::<Vec<_>>(), ["a.md"]);
    assert_eq!(
        site.posts["a.md"].body.media,
        [("inner.png".to_owned(), "inner.png".to_owned())]
    );
    let skipped = site.notices.iter().filter(|notice| notice.effect == Effect::Skipped);
    assert_eq!(
        skipped.map(|notice| notice.item.as_str()).collect::<Vec<_>>(),
        ["dir", "link.md"]
    );
}

#[test]
fn reading_stops_when_the_receiver_has_gone() {
    let mut source = Markdown::open(&fixture("hugo")).unwrap();
    let mut seen = 0;
    let stopped = source.read(&mut |record| {
        seen += usize::from(matches!(record, Record::Author(_)));
        if seen > 0 { Err(Stopped) } else { Ok(()) }
    });
    assert!(matches!(stopped, Err(SourceError::Stopped)));
    assert_eq!(seen, 1);
}

#[test]
fn noise_never_breaks_the_reader() {
    let mut state = 0x2545_F491_4F6C_DD17_u64;
    let pieces = [
        "---\n",
        "+++\n",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "\n",
        "\"",
        "'",
        "&a ",
        "*a ",
        "title",
        "date",
        "{{",
        "}}",
        "{%",
        "%}",
        "{{<",
        ">}}",
        "<A",
        "```",
        "# ",
        "![x](",
        ")",
        "\u{0}",
        "é",
        "\u{202e}",
        "| ",
        "!!binary ",
        "? ",
        "%",
        "\t",
        "\r",
        "aliases",
        "2020-01-01",
        "raw",
        "highlight",
        "figure src=",
        "=",
    ];
    let mut files = Vec::new();
    for number in 0..300 {
        let mut text = String::new();
        for _ in 0..60 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text.push_str(pieces[usize::try_from(state >> 33).unwrap() % pieces.len()]);
        }
        let start = ["---\n", "+++\n", "{\"", ""][number % 4];
        files.push((
            format!("{number}.{}", if number % 3 == 0 { "mdx" } else { "md" }),
            format!("{start}{text}"),
        ));
    }
    let files = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect::<Vec<_>>();
    let site = read(folder(&files).path());
    assert_eq!(
        site.posts.len() + site.notices.iter().filter(|n| n.effect == Effect::Skipped).count(),
        files.len()
    );
}
