//! A password as somebody typed it.

use std::fmt::{self, Debug, Formatter};

use super::common::is_common;

/// Fewest characters (NIST SP 800-63B, 3.1.1.2).
const LEAST: usize = 8;
/// Most characters: whole sentences, and yet nothing that takes long to read.
const MOST: usize = 1_024;

/// A password that is good enough to be set.
#[derive(Debug)]
pub struct Password(Secret);

/// A password as it is offered at the sign-in: it may be older than the rules of today.
#[derive(Debug)]
pub struct Attempt(Secret);

/// Why a text is no password. `Display` is for the person who chose it, and does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Below 8 characters.
    #[error("A password needs at least {LEAST} characters.")]
    TooShort,
    /// Above 1,024 characters.
    #[error("A password has at most {MOST} characters.")]
    TooLong,
    /// One of those that are tried first.
    #[error("This password is one of the commonest, which are guessed first. Choose another.")]
    TooCommon,
    /// The e-mail address or the name of the account.
    #[error("The e-mail address or the name of the account cannot be its password.")]
    SameAsAccount,
    /// With the character NUL, which other programs take for the end.
    #[error("A password cannot hold the character NUL.")]
    Nul,
}

impl Password {
    /// Checks a new password. `forbidden` are the e-mail address and the names of the account: none of them, nor what
    /// stands before the `@`, can be the password.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: impl Into<String>, forbidden: &[&str]) -> Result<Self, PasswordProblem> {
        let secret = Secret::checked(text.into())?;
        let text = secret.text();
        if text.chars().count() < LEAST {
            return Err(PasswordProblem::TooShort);
        }
        let folded = Secret(text.to_lowercase());
        let is_of_account = forbidden.iter().any(|word| {
            let word = word.to_lowercase();
            let local = word.split_once('@').map(|(local, _)| local);
            folded.text() == word || local == Some(folded.text())
        });
        if is_of_account {
            return Err(PasswordProblem::SameAsAccount);
        }
        if is_common(text) {
            return Err(PasswordProblem::TooCommon);
        }
        Ok(Self(secret))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.text().as_bytes()
    }
}

impl Attempt {
    /// Whatever may be somebody's password.
    ///
    /// # Errors
    /// When it is longer than any password, or holds what none holds: then it is a wrong one.
    pub fn parse(text: impl Into<String>) -> Result<Self, PasswordProblem> {
        Secret::checked(text.into()).map(Self)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.text().as_bytes()
    }
}

/// A text that is not shown, and overwritten when it is no longer needed.
struct Secret(String);

impl Secret {
    /// What every password keeps to.
    fn checked(text: String) -> Result<Self, PasswordProblem> {
        let secret = Self(text);
        if secret.0.contains('\0') {
            return Err(PasswordProblem::Nul);
        }
        match secret.0.chars().nth(MOST) {
            Some(_) => Err(PasswordProblem::TooLong),
            None => Ok(secret),
        }
    }

    fn text(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        // Or the compiler leaves out what nobody reads.
        std::hint::black_box(&bytes);
    }
}

impl Debug for Secret {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str, forbidden: &[&str]) -> Option<PasswordProblem> {
        Password::parse(text, forbidden).err()
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(problem("ünïcödé", &[]), Some(PasswordProblem::TooShort));
        assert_eq!(problem("ünïcödéß", &[]), None);
        let longest = "ab ∂ç".repeat(204) + "defg";
        assert_eq!(longest.chars().count(), 1_024);
        assert_eq!(problem(&longest, &[]), None);
        assert_eq!(problem(&format!("{longest}!"), &[]), Some(PasswordProblem::TooLong));
    }

    #[test]
    fn the_commonest_are_refused_in_any_case() {
        for text in ["12345678", "PassWord", "qwertyuiop", "Football1"] {
            assert_eq!(problem(text, &[]), Some(PasswordProblem::TooCommon), "{text}");
        }
    }

    #[test]
    fn the_account_itself_is_no_password() {
        let account = ["Hester.Quill@press.example", "HesterTheQuill"];
        for text in ["hester.quill@PRESS.example", "HESTER.QUILL", "hesterthequill"] {
            assert_eq!(problem(text, &account), Some(PasswordProblem::SameAsAccount), "{text}");
        }
        assert_eq!(problem("hester.quill is not it", &account), None);
    }

    #[test]
    fn nul_is_refused_everywhere() {
        assert_eq!(problem("long enough\0", &[]), Some(PasswordProblem::Nul));
        assert_eq!(Attempt::parse("\0").err(), Some(PasswordProblem::Nul));
    }

    #[test]
    fn an_attempt_may_break_the_rules_of_today_but_not_be_endless() {
        assert!(Attempt::parse("").is_ok() && Attempt::parse("password").is_ok());
        assert!(Attempt::parse("é".repeat(1_024)).is_ok());
        assert_eq!(Attempt::parse("é".repeat(1_025)).err(), Some(PasswordProblem::TooLong));
    }

    #[test]
    fn debug_hides_the_text() {
        let password = Password::parse("the wedge that locks", &[]).unwrap();
        let attempt = Attempt::parse("the wedge that locks").unwrap();
        assert!(!format!("{password:?} {attempt:?}").contains("wedge"));
    }
}
