//! Why jobs fail, and when they are begun again.

use std::time::Duration;

use sea_orm::DbErr;

use crate::domain::refusal::Refusal;
use crate::store::driver_text;

/// The longest reason that is kept, in characters.
const LONGEST_PROBLEM: usize = 1_000;

/// Why a job was not done, for administrators and the log: never with a secret in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What happened.
    pub problem: String,
    /// Whether trying again is of no use.
    pub is_last: bool,
    /// How long whoever refused asks to be left alone.
    pub wait: Option<Duration>,
}

impl Failure {
    /// Something that may be over when it is tried again.
    pub fn passing(problem: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            is_last: false,
            wait: None,
        }
    }

    /// Something that stays so.
    pub fn last(problem: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            is_last: true,
            wait: None,
        }
    }

    /// The reason as the database takes it.
    pub(super) fn stored(&self) -> String {
        let plain = self
            .problem
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter });
        plain.take(LONGEST_PROBLEM).collect()
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::passing(format!("the database failed: {}", driver_text(&error)))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Conflict(conflict) => Self::last(conflict.message()),
            Refusal::Database(error) => error.into(),
            Refusal::Busy => Self::passing("there is too much to do at the moment"),
            Refusal::TooOften(_) => Self::passing("it was done too often"),
            Refusal::Internal(cause) => Self::passing(cause),
            Refusal::NotFound(what) => Self::last(format!("there is no such {what} any more")),
            Refusal::Denied(denied) => Self::last(denied.message()),
            Refusal::Invalid(problems) => {
                let messages: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
                Self::last(messages.join(" "))
            }
        }
    }
}

/// How long to wait before a job is begun again.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// After the first failure; twice as long after each further one.
    pub first: Duration,
    /// At the longest.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60 * 60),
        }
    }
}

impl Backoff {
    /// The pause after this many attempts: from half of its length to the whole, as `chance`, from 0 to 1, has it, so that
    /// what failed together does not come back together.
    pub fn pause(&self, attempts: i32, chance: f64) -> Duration {
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(30);
        let whole = self.first.saturating_mul(1 << doublings).min(self.longest);
        whole.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
    }

    /// The pause after this many attempts and a failure.
    pub(super) fn pause_after(&self, attempts: i32, failure: &Failure) -> Duration {
        let wait = failure.wait.unwrap_or_default().min(self.longest);
        self.pause(attempts, Self::chance()).max(wait)
    }

    /// A number from 0 to 1.
    fn chance() -> f64 {
        let mut bytes = [0; 4];
        // Without random numbers pauses are as long as each other, and long enough.
        let _ = aws_lc_rs::rand::fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let backoff = Backoff::default();
        let seconds = |attempts| backoff.pause(attempts, 1.0).as_secs();
        assert_eq!([1, 2, 3, 4, 12].map(seconds), [1, 2, 4, 8, 2_048]);
        assert_eq!([13, 16, 1_000, i32::MAX].map(seconds), [3_600; 4]);
        assert_eq!([0, -1, i32::MIN].map(seconds), [1; 3]);
    }

    #[test]
    fn chance_makes_a_pause_shorter_by_at_most_half() {
        let backoff = Backoff::default();
        let pause = |chance| backoff.pause(3, chance).as_millis();
        assert_eq!(
            [0.0, 0.5, 1.0, 7.0, -7.0].map(pause),
            [2_000, 3_000, 4_000, 4_000, 2_000]
        );
        let by_chance = || backoff.pause(16, Backoff::chance());
        assert_ne!([by_chance(), by_chance()], [by_chance(), by_chance()]);
    }

    #[test]
    fn who_asks_to_be_left_alone_is_but_not_for_ever() {
        let backoff = Backoff::default();
        let pause = |wait| {
            let failure = Failure {
                wait: Some(Duration::from_secs(wait)),
                ..Failure::passing("not now")
            };
            backoff.pause_after(1, &failure).as_secs()
        };
        assert_eq!([60, u64::MAX].map(pause), [60, 3_600]);
    }

    #[test]
    fn what_happened_is_kept_on_one_bounded_line() {
        let failure = Failure::passing(format!("a\0b\nc{}", "ü".repeat(5_000)));
        let stored = failure.stored();
        assert!(stored.starts_with("a b cü"));
        assert_eq!(stored.chars().count(), LONGEST_PROBLEM);
    }
}
