use std::io::Write;

use super::*;

fn kept_files(folder: &Path) -> usize {
    let files = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    files.filter(|entry| entry.file_type().is_file()).count()
}

#[tokio::test]
async fn a_file_that_is_not_kept_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let files = FileStore::new(folder.path().join("media"));
    let key = FileStore::key(Uuid::now_v7(), "../../a b.J/PG");
    let mut file = files.begin().unwrap();
    file.write_all(b"half").unwrap();
    drop(file);
    assert_eq!(kept_files(folder.path()), 0);

    let mut file = files.begin().unwrap();
    file.write_all(b"whole").unwrap();
    files.keep(&key, file).await.unwrap();
    assert_eq!(files.read(&key).await.unwrap(), b"whole");
    assert_eq!(std::fs::read(files.root().join(&key)).unwrap(), b"whole");
    files.remove(&key).await.unwrap();
    files.remove(&key).await.unwrap();
    assert_eq!(kept_files(folder.path()), 0);
    assert_eq!(files.read(&key).await.unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn keys_stay_in_the_store_whatever_the_name() {
    let id = Uuid::now_v7();
    for name in [
        "",
        ".",
        "..",
        "/etc/passwd",
        "a/../../b.tar.gz",
        "x.\u{202e}gpj",
        "x.a/b",
        "é.é",
    ] {
        let key = FileStore::key(id, name);
        assert!(
            key.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/.".contains(&byte)),
            "{key}"
        );
        assert!(!key.contains("..") && key.matches('/').count() == 1, "{key}");
    }
}

#[tokio::test]
async fn a_folder_with_an_odd_name_is_as_good() {
    let folder = tempfile::tempdir().unwrap();
    let files = FileStore::new(folder.path().join("Bücher & #1 100%"));
    files.put("aa/b", b"words".to_vec()).await.unwrap();
    assert_eq!(files.head("aa/b", 3).await.unwrap(), b"wor");
    assert_eq!(std::fs::read(files.root().join("aa/b")).unwrap(), b"words");
}

#[tokio::test]
async fn more_bytes_than_allowed_are_refused_before_they_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let files = FileStore::new(folder.path().to_owned());
    let mut incoming = files.receive(4).await.unwrap();
    incoming.write(b"1234").await.unwrap();
    assert!(matches!(incoming.write(b"5").await, Err(Refused::TooLarge)));
    drop(incoming);
    assert_eq!(kept_files(folder.path()), 0);
}

#[tokio::test]
async fn what_a_killed_process_left_is_cleared_and_what_is_being_filled_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let files = FileStore::new(folder.path().to_owned());
    files.clear_spool(Duration::ZERO).await.unwrap();
    let (_, left) = files.begin().unwrap().keep().unwrap();
    std::fs::File::open(&left)
        .unwrap()
        .set_modified(SystemTime::now() - Duration::from_secs(100_000))
        .unwrap();
    let begun = files.begin().unwrap();
    files.clear_spool(Duration::from_secs(1_000)).await.unwrap();
    assert!(!left.exists() && begun.path().exists());
}
