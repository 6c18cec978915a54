use entity::{Hidden, PostId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Failure;
use crate::domain::cdn_purge::Span;
use crate::domain::letter::SealedLetter;

/// The kind of [`Task::SendLetter`].
pub const SEND_LETTER: &str = "send-letter";

/// The kind of [`Task::PublishPost`].
pub const PUBLISH_POST: &str = "publish-post";

/// The kind of [`Task::PurgeCdn`].
pub const PURGE_CDN: &str = "purge-cdn";

/// What a job does. What stands in a row is read into one of these, and each has a file in `jobs/`.
#[derive(Debug)]
pub enum Task {
    /// Sends a letter.
    SendLetter(SealedLetter),
    /// Makes a scheduled post public.
    PublishPost(PostId),
    /// Tells the CDN what changed since it was told last, or once more what changed within a part of the log.
    PurgeCdn(Option<Span>),
}

impl Task {
    /// The name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SendLetter(_) => SEND_LETTER,
            Self::PublishPost(_) => PUBLISH_POST,
            Self::PurgeCdn(_) => PURGE_CDN,
        }
    }

    /// What the row keeps of it beside the kind.
    pub fn payload(&self) -> Value {
        match self {
            Self::SendLetter(letter) => json!({ "sealed": letter.0.expose() }),
            Self::PublishPost(post) => json!({ "post": post.0 }),
            Self::PurgeCdn(None) => json!({}),
            Self::PurgeCdn(Some(span)) => json!({ "after": span.after, "to": span.to }),
        }
    }

    /// What a row stands for.
    ///
    /// # Errors
    /// When this version of Quoin knows no such kind, or cannot read the payload: trying again is of no use.
    pub fn read(kind: &str, payload: &Value) -> Result<Self, Failure> {
        let task = match kind {
            SEND_LETTER => {
                let sealed = payload["sealed"].as_str();
                sealed.map(|sealed| Self::SendLetter(SealedLetter(Hidden(sealed.to_owned()))))
            }
            PUBLISH_POST => {
                let post = payload["post"].as_str().and_then(|post| Uuid::try_parse(post).ok());
                post.map(|post| Self::PublishPost(PostId(post)))
            }
            PURGE_CDN => purge_of(payload),
            unknown => {
                let problem = format!("this version of Quoin knows no job of the kind {unknown:?}");
                return Err(Failure::last(problem));
            }
        };
        // Not told in its words: they may hold what is secret.
        task.ok_or_else(|| Failure::last("its payload cannot be read"))
    }
}

/// The news, or, with a `to`, what changed up to there.
fn purge_of(payload: &Value) -> Option<Task> {
    let to = payload.as_object()?.get("to");
    let Some(to) = to else {
        return Some(Task::PurgeCdn(None));
    };
    let after = match &payload["after"] {
        Value::Null => None,
        after => Some(after.as_i64()?),
    };
    let to = to.as_i64()?;
    Some(Task::PurgeCdn(Some(Span { after, to })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_read_back_as_it_was_written() {
        let task = Task::SendLetter(SealedLetter(Hidden("sealed".to_owned())));
        let Ok(Task::SendLetter(SealedLetter(read))) = Task::read(task.kind(), &task.payload()) else {
            panic!("another task");
        };
        assert_eq!(read.expose(), "sealed");
        let id = PostId::new();
        let task = Task::PublishPost(id);
        let Ok(Task::PublishPost(read)) = Task::read(task.kind(), &task.payload()) else {
            panic!("another task");
        };
        assert_eq!(read, id);
        let spans = [None, Some(7)].map(|after| Some(Span { after, to: 9 }));
        for again in [None].into_iter().chain(spans) {
            let task = Task::PurgeCdn(again);
            let Ok(Task::PurgeCdn(read)) = Task::read(task.kind(), &task.payload()) else {
                panic!("another task");
            };
            assert_eq!(read, again);
        }
    }

    #[test]
    fn a_part_of_the_log_that_cannot_be_read_is_refused() {
        for payload in [
            json!({ "to": "9" }),
            json!({ "to": null }),
            json!({ "to": 9, "after": [] }),
            json!(9),
        ] {
            assert!(Task::read(PURGE_CDN, &payload).is_err(), "{payload}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_without_its_payload() {
        let secret = json!({ "sealed": ["hunter2"], "to": "hunter2" });
        for (kind, expected) in [
            (SEND_LETTER, "payload"),
            (PUBLISH_POST, "payload"),
            ("paint-fence", "\"paint-fence\""),
            ("", "\"\""),
        ] {
            for payload in [&secret, &Value::Null, &json!([]), &json!("hunter2")] {
                let failure = Task::read(kind, payload).unwrap_err();
                assert!(failure.is_last && failure.problem.contains(expected), "{failure:?}");
                assert!(!failure.problem.contains("hunter2"), "{failure:?}");
            }
        }
    }
}
