//! Whom a provider says it has before it.

use super::fault::ProviderFault;

/// The longest subject (OpenID Connect Core 1.0, section 2).
const LONGEST_SUBJECT: usize = 255;
/// The longest e-mail address (RFC 5321, section 4.5.3.1).
const LONGEST_EMAIL: usize = 254;
/// The longest name that is kept; what is longer is cut.
const LONGEST_NAME: usize = 200;

/// A person, as an outside provider knows them. Issuer and subject together are theirs for ever; everything else may
/// change, and an e-mail address proves something only when it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideIdentity {
    /// Who says so.
    pub issuer: String,
    /// The person's key there.
    pub subject: String,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Whether the provider has proved that the address is theirs.
    pub email_verified: bool,
    /// What they are called.
    pub name: Option<String>,
    /// What they are called for short.
    pub username: Option<String>,
}

impl OutsideIdentity {
    /// Keeps what is usable of a provider's words.
    pub(super) fn checked(self) -> Result<Self, ProviderFault> {
        if !is_subject(&self.subject) {
            return Err(ProviderFault::unproven("the subject is empty or too long"));
        }
        let email = self.email.as_deref().and_then(email);
        Ok(Self {
            email_verified: self.email_verified && email.is_some(),
            email,
            name: self.name.as_deref().and_then(line),
            username: self.username.as_deref().and_then(line),
            ..self
        })
    }
}

/// Whether this can be somebody's key at an issuer.
pub(super) fn is_subject(text: &str) -> bool {
    (1..=LONGEST_SUBJECT).contains(&text.len()) && !text.contains(char::is_control)
}

/// An address that mail could be sent to, as far as one can see.
pub(super) fn email(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@')?;
    let is_plain = !text.contains(|letter: char| letter.is_control() || letter.is_whitespace());
    (text.len() <= LONGEST_EMAIL && is_plain && !local.is_empty() && !domain.is_empty()).then(|| text.to_owned())
}

/// A line that can be shown; none when nothing is left of it.
pub(super) fn line(text: &str) -> Option<String> {
    let line = text.replace(char::is_control, " ");
    let line: String = line.trim().chars().take(LONGEST_NAME).collect();
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(subject: &str, email: &str, name: &str) -> Result<OutsideIdentity, ProviderFault> {
        OutsideIdentity {
            issuer: "https://id.example".to_owned(),
            subject: subject.to_owned(),
            email: Some(email.to_owned()),
            email_verified: true,
            name: Some(name.to_owned()),
            username: None,
        }
        .checked()
    }

    #[test]
    fn an_impossible_subject_proves_nothing() {
        for subject in ["", "a\0b", &"x".repeat(256)] {
            assert!(identity(subject, "a@b.example", "A").is_err(), "{subject:?}");
        }
        assert!(identity(&"x".repeat(255), "a@b.example", "A").is_ok());
    }

    #[test]
    fn an_impossible_email_is_none_and_never_verified() {
        let long = format!("{}@b.example", "a".repeat(250));
        for email in ["", "a", "@b", "a@", "a b@c", "a@b\r\nBcc: c@d", &long] {
            let identity = identity("s", email, "A").unwrap();
            assert_eq!((identity.email, identity.email_verified), (None, false), "{email:?}");
        }
    }

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(
            identity("s", "", " Ada\n Lovelace\u{7}").unwrap().name.unwrap(),
            "Ada  Lovelace"
        );
        assert_eq!(
            identity("s", "", &"é".repeat(500))
                .unwrap()
                .name
                .unwrap()
                .chars()
                .count(),
            200
        );
        assert_eq!(identity("s", "", " \n ").unwrap().name, None);
    }
}
