//! Names of tags, categories and series, in the form in which they are compared.

use sea_orm::ActiveValue;

/// A name without white space around it and in lower case, letter by letter: names that differ in nothing else are the same
/// name. Σ has two small letters. Databases differ in what they make lower case, so that none of them compares; tables store
/// this form in `folded_name`, and a change of this function needs a migration that stores it anew.
pub fn folded(name: &str) -> String {
    let letters = name.trim().chars().flat_map(char::to_lowercase);
    letters.map(|letter| if letter == 'ς' { 'σ' } else { letter }).collect()
}

/// What `folded_name` becomes when a row is saved with this name.
pub(crate) fn folded_value(name: &ActiveValue<String>) -> ActiveValue<String> {
    match name {
        ActiveValue::Set(name) => ActiveValue::Set(folded(name)),
        _ => ActiveValue::NotSet,
    }
}
