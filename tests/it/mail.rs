//! Letters: into the outbox, and to a real mail server.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use quoin::mail::{Letter, Mailer, probe};

use crate::support::smtp::SmtpServer;

const FROM: &str = "Quoin <quoin@press.example>";

fn letter(to: &str) -> Letter {
    Letter::new(to, "Grüße", "Open https://press.example/verify?token=hunter2\n.\nBye").unwrap()
}

fn files(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn without_a_mail_server_letters_are_files_that_nobody_else_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = folder.path().join("data/outbox");
    let mailer = Mailer::outbox(outbox.clone(), FROM, true).unwrap();
    for to in ["first@reader.example", "second@reader.example"] {
        mailer.send(&letter(to)).await.unwrap();
    }
    let files = files(&outbox);
    assert_eq!(files.len(), 2, "{files:?}");
    for (name, text) in &files {
        assert!(
            name.starts_with("20") && Path::new(name).extension().unwrap() == "eml",
            "{name}"
        );
        assert!(text.contains("From: Quoin <quoin@press.example>\r\n"), "{text}");
    }
    assert!(files[0].1.contains("To: first@reader.example\r\n") && files[1].1.contains("To: second@"));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&outbox), 0o700);
    assert_eq!(mode(&outbox.join(&files[0].0)), 0o600);
}

#[tokio::test]
async fn letters_reach_the_mail_server_as_they_were_written() {
    let Some(mut server) = SmtpServer::start() else { return };
    let mailer = Mailer::smtp(&format!("smtp://localhost:{}", server.port), FROM).unwrap();
    mailer.send(&letter("reader@reader.example")).await.unwrap();
    let got = server.next();
    assert_eq!(got["sender"], "quoin@press.example");
    assert_eq!(got["to"], serde_json::json!(["reader@reader.example"]));
    let text = got["text"].as_str().unwrap();
    assert!(
        text.contains("Subject: =?utf-8?") && text.contains("Message-ID: <"),
        "{text}"
    );
    assert!(text.contains("\r\n.\r\nBye"), "{text}");
}

#[tokio::test]
async fn user_and_password_of_the_address_are_used() {
    let Some(mut server) = SmtpServer::start() else { return };
    let url = |password: &str| format!("smtp://quoin:{password}@127.0.0.1:{}", server.port);
    let [right, wrong] = [url("p%40ss%3Aword"), url("hunter2")];
    assert!(probe(&right).await.is_ok());
    let problem = probe(&wrong).await.unwrap_err().to_string();
    assert!(problem.contains("535") && !problem.contains("hunter2"), "{problem}");
    let mailer = Mailer::smtp(&right, FROM).unwrap();
    assert!(!format!("{mailer:?}").contains("p%40ss"));
    mailer.send(&letter("reader@reader.example")).await.unwrap();
    assert_eq!(server.next()["user"], "quoin");
}

#[tokio::test]
async fn a_busy_server_may_be_asked_again_and_a_refusal_is_final() {
    let Some(mut server) = SmtpServer::start() else { return };
    let mailer = Mailer::smtp(&format!("smtp://127.0.0.1:{}", server.port), FROM).unwrap();
    let refused = mailer.send(&letter("refused@reader.example")).await.unwrap_err();
    assert!(refused.is_final && refused.problem.contains("550"), "{refused:?}");
    let busy = mailer.send(&letter("busy@reader.example")).await.unwrap_err();
    assert!(!busy.is_final && busy.problem.contains("451"), "{busy:?}");
    assert_eq!(server.next()["busy"], "busy@reader.example");
    mailer.send(&letter("busy@reader.example")).await.unwrap();
    assert_eq!(server.next()["to"][0], "busy@reader.example");
}

#[tokio::test]
async fn a_letter_may_be_sent_once_the_password_of_the_server_is_mended() {
    let Some(server) = SmtpServer::start() else { return };
    let mailer = Mailer::smtp(&format!("smtp://quoin:hunter2@127.0.0.1:{}", server.port), FROM).unwrap();
    let refused = mailer.send(&letter("reader@reader.example")).await.unwrap_err();
    assert!(!refused.is_final && refused.problem.contains("535"), "{refused:?}");
    assert!(!refused.problem.contains("hunter2"), "{refused:?}");
}

#[tokio::test]
async fn a_server_without_tls_gets_nothing_when_tls_is_asked_for() {
    let Some(server) = SmtpServer::start() else { return };
    let problem = probe(&format!("smtps://127.0.0.1:{}", server.port)).await.unwrap_err();
    assert!(!problem.to_string().contains('\n'));
    assert_eq!(server.stop(), Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn what_cannot_be_used_is_told_at_once() {
    assert!(Mailer::smtp("smtp://", FROM).is_err());
    assert!(Mailer::smtp("smtp://localhost", "nobody").is_err());
    assert!(Mailer::outbox("unused".into(), "a@b.example\r\nBcc: c@d.example", false).is_err());
}
