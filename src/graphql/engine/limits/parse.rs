use async_graphql::parser::{self, types::ExecutableDocument};

use super::{Limits, Refusal, scan::scan};

/// Parses a document that is no larger and no deeper than allowed.
///
/// # Errors
/// `COST_LIMIT` for too many tokens or too much nesting, `BAD_REQUEST` for a syntax error, with its place.
pub fn parse(document: &str, limits: &Limits) -> Result<ExecutableDocument, Refusal> {
    scan(document, limits)?;
    parser::parse_query(document).map_err(|error| syntax_error(&error))
}

fn syntax_error(error: &parser::Error) -> Refusal {
    let message = match error {
        // The parser draws the whole line, however long; its last line says what was expected.
        parser::Error::Syntax { message, .. } => message
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches([' ', '='])
            .to_owned(),
        parser::Error::RecursionLimitExceeded => {
            return Refusal::over_limit("levels of selections", "more", "64");
        }
        error => error.to_string(),
    };
    let refusal = Refusal::bad_request(format!("The document cannot be parsed: {message}."));
    match error.positions().next() {
        Some(position) => refusal.at(position),
        None => refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syntax_error_names_its_place_in_one_line() {
        let refusal = parse("{\n  a(\n}", &Limits::default()).expect_err("is refused");
        assert_eq!(refusal.code, "BAD_REQUEST");
        assert_eq!(refusal.message, "The document cannot be parsed: expected name.");
        assert_eq!(
            refusal.position.map(|position| (position.line, position.column)),
            Some((3, 1))
        );
    }

    #[test]
    fn a_syntax_error_does_not_repeat_the_document() {
        let refusal = parse(&format!("{{ a(b: \"{}\" }}", "x".repeat(100_000)), &Limits::default());
        assert!(refusal.expect_err("is refused").message.len() < 200);
    }

    #[test]
    fn nothing_that_passes_the_scan_overflows_a_small_stack() {
        let deepest = [
            format!("{}a{}", "{a".repeat(64), "}".repeat(64)),
            format!("{}a{}", "{...on A".repeat(63), "}".repeat(63)),
            format!("{{a(b:{}{})}}", "[".repeat(62), "]".repeat(62)),
            format!("{{a(b:{}1{})}}", "{c:".repeat(62), "}".repeat(62)),
            format!("query($a:{}A{}){{a}}", "[".repeat(63), "]".repeat(63)),
            format!("query($a:A={}{}){{a}}", "[".repeat(63), "]".repeat(63)),
            format!("{{a(b:{}", "[".repeat(62)),
            "{a".repeat(64),
            "{...@a(b:{c:".repeat(20),
        ];
        let thread = std::thread::Builder::new().stack_size(1024 * 1024);
        let parsed = thread.spawn(move || {
            deepest
                .iter()
                .filter(|document| parse(document, &Limits::default()).is_ok())
                .count()
        });
        assert!(parsed.expect("a thread").join().expect("no overflow") >= 3);
    }
}
