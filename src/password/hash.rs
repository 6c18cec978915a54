//! The hash of a password: argon2id with the parameters of today, as a PHC string.

use std::fmt::{self, Debug, Formatter};

use argon2::password_hash::phc;
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{ARGON2ID_IDENT, Argon2, Params, Version};

use super::input::{Attempt, Password};

/// Memory in KiB, passes and lanes: OWASP Password Storage Cheat Sheet, the first choice for argon2id without a GPU's
/// worth of memory (19 MiB, 2, 1). A change makes every stored hash [`Verdict::RightButOutdated`].
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Stored parameters beyond these are not computed: a row that somebody forged must not take the machine's memory.
const MOST_MEMORY: u32 = 131_072;
const MOST_PASSES: u32 = 10;
const MOST_LANES: u32 = 16;

/// Stands in where no account or no usable hash is, so that the work is the same. That no password leads to it need not
/// be proved: the verdict on it is always [`Verdict::Wrong`].
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$cXVvaW4gcXVvaW4gcXVvaQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is stored of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The PHC string, for the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The PHC string, for the database.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Debug for PasswordHash {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash(…)")
    }
}

/// What an attempt is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not the password, or there is none.
    Wrong,
    /// The password.
    Right,
    /// The password, hashed with other parameters than those of today: hash it again and store that.
    RightButOutdated,
}

fn today() -> Result<Argon2<'static>, argon2::Error> {
    let parameters = Params::new(MEMORY, PASSES, LANES, None)?;
    Ok(Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, parameters))
}

/// Hashes with a fresh salt; takes some 20 ms of one core.
pub(super) fn hash(password: &Password) -> Result<PasswordHash, password_hash::Error> {
    let hash: phc::PasswordHash = today()?.hash_password(password.bytes())?;
    Ok(PasswordHash(hash.to_string()))
}

/// Compares an attempt with what is stored; takes as long when nothing is.
pub(super) fn verify(attempt: &Attempt, stored: Option<&str>) -> Verdict {
    let usable = stored.and_then(|stored| {
        let usable = read(stored);
        if usable.is_none() {
            tracing::warn!("a stored password hash is not usable");
        }
        usable
    });
    let Some(stored) = usable else {
        if let Ok(dummy) = phc::PasswordHash::new(DUMMY) {
            // The verdict is known; only the work is wanted.
            let _ = Argon2::default().verify_password(attempt.bytes(), &dummy);
        }
        return Verdict::Wrong;
    };
    match Argon2::default().verify_password(attempt.bytes(), &stored) {
        Err(_) => Verdict::Wrong,
        Ok(()) if is_of_today(&stored) => Verdict::Right,
        Ok(()) => Verdict::RightButOutdated,
    }
}

/// A stored hash that can be computed with reasonable work.
fn read(stored: &str) -> Option<phc::PasswordHash> {
    let hash = phc::PasswordHash::new(stored).ok()?;
    let parameters = Params::try_from(&hash).ok()?;
    let bounded =
        parameters.m_cost() <= MOST_MEMORY && parameters.t_cost() <= MOST_PASSES && parameters.p_cost() <= MOST_LANES;
    (bounded && hash.salt.is_some() && hash.hash.is_some()).then_some(hash)
}

fn is_of_today(hash: &phc::PasswordHash) -> bool {
    let is_same =
        |parameters: Params| (parameters.m_cost(), parameters.t_cost(), parameters.p_cost()) == (MEMORY, PASSES, LANES);
    hash.algorithm == ARGON2ID_IDENT
        && hash.version == Some(Version::V0x13.into())
        && Params::try_from(hash).is_ok_and(is_same)
        && hash
            .hash
            .is_some_and(|output| output.len() == Params::DEFAULT_OUTPUT_LEN)
}

#[cfg(test)]
mod tests {
    use argon2::Algorithm;

    use super::*;

    const TEXT: &str = "the wedge that locks";

    fn attempt(text: &str) -> Attempt {
        Attempt::parse(text).unwrap()
    }

    fn hashed_with(algorithm: Algorithm, version: Version, memory: u32, passes: u32) -> String {
        let parameters = Params::new(memory, passes, 1, None).unwrap();
        let argon = Argon2::new(algorithm, version, parameters);
        let hash: phc::PasswordHash = argon.hash_password(TEXT.as_bytes()).unwrap();
        hash.to_string()
    }

    #[test]
    fn a_hash_has_the_parameters_of_the_cheat_sheet_and_a_salt_of_its_own() {
        let password = Password::parse(TEXT, &[]).unwrap();
        let [first, second] = [hash(&password).unwrap(), hash(&password).unwrap()];
        assert!(
            first.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            first.as_str()
        );
        assert_ne!(first.as_str(), second.as_str());
        assert_eq!(verify(&attempt(TEXT), Some(first.as_str())), Verdict::Right);
        for wrong in [
            "",
            "the wedge that lock",
            "The wedge that locks",
            "the wedge that locks ",
        ] {
            assert_eq!(verify(&attempt(wrong), Some(first.as_str())), Verdict::Wrong, "{wrong}");
        }
        assert!(!format!("{first:?}").contains("argon2"));
    }

    #[test]
    fn other_parameters_are_right_but_outdated() {
        for stored in [
            hashed_with(Algorithm::Argon2id, Version::V0x13, 4_096, 2),
            hashed_with(Algorithm::Argon2id, Version::V0x13, MEMORY, 1),
            hashed_with(Algorithm::Argon2id, Version::V0x10, MEMORY, PASSES),
            hashed_with(Algorithm::Argon2i, Version::V0x13, MEMORY, PASSES),
        ] {
            assert_eq!(
                verify(&attempt(TEXT), Some(&stored)),
                Verdict::RightButOutdated,
                "{stored}"
            );
            assert_eq!(verify(&attempt("another"), Some(&stored)), Verdict::Wrong, "{stored}");
        }
    }

    #[test]
    fn a_stored_hash_with_absurd_parameters_is_not_computed() {
        let good = hashed_with(Algorithm::Argon2id, Version::V0x13, 4_096, 1);
        for absurd in [
            "m=4194304,t=1",
            "m=4294967295,t=1",
            "m=4096,t=4294967295",
            "m=131073,t=1",
            "m=4096,t=11",
        ] {
            let stored = good.replace("m=4096,t=1", absurd);
            assert_ne!(stored, good);
            assert!(read(&stored).is_none(), "{absurd}");
        }
        assert!(read(&good.replace("p=1", "p=17")).is_none());
        assert!(read(&good).is_some());
    }

    #[test]
    fn what_is_no_hash_verifies_nothing() {
        let good = hashed_with(Algorithm::Argon2id, Version::V0x13, 4_096, 1);
        let cut = &good[..good.len() - 2];
        let without_hash = good.rsplit_once('$').map(|(rest, _)| rest).unwrap();
        for stored in [
            "",
            "$",
            TEXT,
            "$argon2id$",
            "$2y$10$abcdefghijklmnopqrstuv",
            cut,
            without_hash,
            DUMMY,
        ] {
            assert_eq!(verify(&attempt(TEXT), Some(stored)), Verdict::Wrong, "{stored}");
        }
        assert_eq!(verify(&attempt(TEXT), None), Verdict::Wrong);
    }

    #[test]
    fn without_an_account_the_work_is_that_of_today() {
        assert!(is_of_today(&read(DUMMY).unwrap()));
    }
}
