//! Names of files, as people and their machines give them.

use crate::domain::refusal::{Problem, ProblemCode};
use crate::picture::Kind;

/// The longest name, in characters.
const LONGEST: usize = 200;
/// The longest name, in bytes: what file systems take, so that people can keep what they download.
const LONGEST_BYTES: usize = 240;

/// A name without folders, which some browsers send along, and without what would hide what it says.
///
/// # Errors
/// A problem of `field` for a name that cannot be shown as what it is.
pub fn file_name(field: &'static str, given: &str) -> Result<String, Problem> {
    let name = given.rsplit(['/', '\\']).next().unwrap_or_default();
    if name.chars().any(is_deceptive) {
        let message =
            "The name has characters that cannot be seen, such as controls or marks of direction. Give a plain one.";
        return Err(Problem::new(ProblemCode::Invalid, field, message));
    }
    // A leading dot hides a file, trailing ones get lost on the way.
    let name = name
        .trim()
        .trim_start_matches('.')
        .trim_end_matches(['.', ' '])
        .trim_start();
    if name.is_empty() {
        let message = "Give the file a name, like picture.jpg.";
        return Err(Problem::new(ProblemCode::Required, field, message));
    }
    if name.chars().count() > LONGEST || name.len() > LONGEST_BYTES {
        let message = format!("The name is too long; allowed are {LONGEST} characters and {LONGEST_BYTES} bytes.");
        return Err(Problem::new(ProblemCode::TooLong, field, message));
    }
    Ok(name.to_owned())
}

/// Controls, and marks that change the direction of a text or cannot be seen (Unicode TR 36, §3.1).
fn is_deceptive(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}')
}

/// The ending of a name in small letters, without its dot; empty when it has none.
pub fn extension(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension.to_lowercase(),
        _ => String::new(),
    }
}

/// The name with an ending that fits what the file is: whoever keeps it opens it with the right program, and nothing is
/// taken for what it is not.
pub fn fitting(name: &str, kind: &Kind) -> String {
    let has = extension(name);
    if kind.extensions.contains(&has.as_str()) {
        return name.to_owned();
    }
    // What stands behind the dot of `Report 1.2` is no ending.
    let is_ending = mime_guess::from_ext(&has).first().is_some();
    let stem = if is_ending {
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    } else {
        name
    };
    format!("{stem}.{}", kind.extensions.first().unwrap_or(&"bin"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::sniff;

    #[test]
    fn folders_and_dots_around_a_name_go() {
        for (given, name) in [
            ("photo.jpg", "photo.jpg"),
            ("C:\\fakepath\\photo.jpg", "photo.jpg"),
            ("../../etc/passwd", "passwd"),
            ("/a/b/..hidden.png. ", "hidden.png"),
            (" Grüße (1).png", "Grüße (1).png"),
            ("日本.jpg", "日本.jpg"),
        ] {
            assert_eq!(file_name("fileName", given).as_deref(), Ok(name), "{given}");
        }
    }

    #[test]
    fn a_name_that_hides_what_it_is_is_refused() {
        let long = "é".repeat(LONGEST + 1);
        let bytes = "語".repeat(LONGEST);
        for (given, code) in [
            ("", ProblemCode::Required),
            ("..", ProblemCode::Required),
            ("a/", ProblemCode::Required),
            (" . ", ProblemCode::Required),
            ("a\0.png", ProblemCode::Invalid),
            ("a\r\nSet-Cookie: x.png", ProblemCode::Invalid),
            ("a\u{202e}gnp.exe", ProblemCode::Invalid),
            ("a\u{200b}.png", ProblemCode::Invalid),
            (long.as_str(), ProblemCode::TooLong),
            (bytes.as_str(), ProblemCode::TooLong),
        ] {
            let problem = file_name("fileName", given).expect_err(given);
            assert_eq!((problem.code, problem.field), (code, Some("fileName")), "{given:?}");
        }
    }

    #[test]
    fn an_ending_says_what_the_file_is() {
        let jpeg = sniff(b"\xFF\xD8\xFF\xE0\0\x10JFIF", "").expect("a JPEG");
        for (given, name) in [
            ("a.jpg", "a.jpg"),
            ("a.JPEG", "a.JPEG"),
            ("a.png", "a.jpg"),
            ("a.html", "a.jpg"),
            ("a", "a.jpg"),
            ("Report 1.2", "Report 1.2.jpg"),
            ("a.php.jpg", "a.php.jpg"),
        ] {
            assert_eq!(fitting(given, jpeg), name, "{given}");
        }
    }
}
