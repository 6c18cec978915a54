use entity::{Hidden, PostId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Failure;
use crate::domain::letter::SealedLetter;

/// The kind of [`Task::SendLetter`].
pub const SEND_LETTER: &str = "send-letter";

/// The kind of [`Task::PublishPost`].
pub const PUBLISH_POST: &str = "publish-post";

/// What a job does. What stands in a row is read into one of these, and each has a file in `jobs/`.
#[derive(Debug)]
pub enum Task {
    /// Sends a letter.
    SendLetter(SealedLetter),
    /// Makes a scheduled post public.
    PublishPost(PostId),
}

impl Task {
    /// The name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SendLetter(_) => SEND_LETTER,
            Self::PublishPost(_) => PUBLISH_POST,
        }
    }

    /// What the row keeps of it beside the kind.
    pub fn payload(&self) -> Value {
        match self {
            Self::SendLetter(letter) => json!({ "sealed": letter.0.expose() }),
            Self::PublishPost(post) => json!({ "post": post.0 }),
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
            unknown => {
                let problem = format!("this version of Quoin knows no job of the kind {unknown:?}");
                return Err(Failure::last(problem));
            }
        };
        // Not told in its words: they may hold what is secret.
        task.ok_or_else(|| Failure::last("its payload cannot be read"))
    }
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
