//! A dry run says what an import would do, and keeps nothing of it.

use quoin::import::Options;

use crate::support::command::{Outcome, quoin};
use crate::support::site::{FIXTURE, Site};

fn dry_run() -> Options {
    Options {
        dry_run: true,
        owner: Some("someone".into()),
        ..Options::default()
    }
}

#[tokio::test]
async fn nothing_is_kept_of_a_dry_run() {
    let site = Site::new().await;
    let trial = site.import_with(FIXTURE, &dry_run()).await.unwrap();
    assert!(site.rows().await.iter().all(|(_, rows)| rows.is_empty()));
    assert!(!site.media_folder().exists());
    let real = site.import(FIXTURE).await;
    assert_eq!(trial.tallies, real.tallies);
    assert_eq!(trial.notices, real.notices);
    assert!(
        trial
            .to_string()
            .contains("would go into the publication gulls-harbours"),
        "{trial}"
    );
}

#[tokio::test]
async fn a_dry_run_of_a_changed_site_changes_nothing() {
    let site = Site::new().await;
    site.import(FIXTURE).await;
    let before = site.rows().await;
    let trial = site
        .import_with(&FIXTURE.replace("Truly.", "Not quite."), &dry_run())
        .await
        .unwrap();
    assert_eq!((trial.total().created, trial.total().updated), (0, 1), "{trial}");
    assert_eq!(site.rows().await, before);
}

#[test]
fn the_report_is_written_as_json() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("site.xml"), FIXTURE).unwrap();
    let import = [
        "import",
        "wordpress",
        "site.xml",
        "--dry-run",
        "--report",
        "report.json",
    ];
    let printed = Outcome::of(&mut quoin(folder.path(), &import)).succeeded();
    let last = printed.lines().last().unwrap();
    assert!(
        last.starts_with("26 created, 0 updated, 0 unchanged, 4 skipped in "),
        "{printed}"
    );

    let report = std::fs::read(folder.path().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["source"], "wordpress:https://gulls.example");
    assert_eq!((&report["dry_run"], &report["skipped"]), (&true.into(), &4.into()));
    assert_eq!(report["tallies"]["article"]["created"], 9);
    let skipped: Vec<_> = report["notices"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|notice| notice["effect"] == "skipped")
        .collect();
    assert_eq!(skipped.len(), 4);
    for notice in skipped {
        assert!(!notice["reason"].as_str().unwrap().is_empty());
        assert!(
            notice["position"].as_str().unwrap().starts_with("site.xml:"),
            "{notice}"
        );
    }
}
