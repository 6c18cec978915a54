//! Names of tags, categories and series, in the form in which they are compared.

use sea_orm::ActiveValue;
use unicode_normalization::UnicodeNormalization;

/// A name in the form in which names are the same: without regard to case (ß is SS, Σ has two small letters), to how letters
/// with accents are encoded, and to white space around and between words. Databases differ in what they make lower case, so
/// that none of them compares; tables store this form in `folded_name`, and a change of this function needs a migration that
/// stores it anew.
pub fn folded(name: &str) -> String {
    let letters = name.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let letters: String = letters
        .map(|letter| if letter == 'ς' { 'σ' } else { letter })
        .nfkc()
        .collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What `folded_name` becomes when a row is saved with this name.
pub(crate) fn folded_value(name: &ActiveValue<String>) -> ActiveValue<String> {
    match name {
        ActiveValue::Set(name) => ActiveValue::Set(folded(name)),
        _ => ActiveValue::NotSet,
    }
}
