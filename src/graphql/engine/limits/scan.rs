//! A pass over the characters, before the parser: the parser recurses on nesting, this does not.

use super::{Limits, Refusal};

/// Brackets that may be open at once. More than the depth of fields, for inline fragments and input objects.
const MAX_NESTING: usize = 64;
/// Longest name or number, in bytes. No name of the schema comes near; error messages repeat names.
const MAX_WORD: usize = 256;

/// Counts the tokens of a document and the brackets open at once, in one pass and without recursion.
///
/// It does not judge syntax: what is no token here is left to the parser.
///
/// # Errors
/// More tokens or nesting than allowed, a word that is too long, or a NUL, also as an escape.
pub fn scan(document: &str, limits: &Limits) -> Result<(), Refusal> {
    let bytes = document.as_bytes();
    let (mut at, mut tokens, mut open) = (0, 0, 0_usize);
    while at < bytes.len() {
        let (length, is_token) = part(&bytes[at..])?;
        if is_token {
            tokens += 1;
            match bytes[at] {
                b'{' | b'[' | b'(' => open += 1,
                b'}' | b']' | b')' => open = open.saturating_sub(1),
                _ => {}
            }
        }
        if open > MAX_NESTING {
            return Err(Refusal::over_limit("levels of brackets", "more", MAX_NESTING));
        }
        if tokens > limits.tokens {
            return Err(Refusal::over_limit("tokens", "more", limits.tokens));
        }
        at += length;
    }
    if bytes.contains(&0) {
        return Err(nul());
    }
    Ok(())
}

/// A document as its tokens, with one space between them: what is left when all that means nothing is (GraphQL, section
/// "Source Text": white space, comments, commas). Of one that [`scan`] passes.
pub fn normal(document: &str) -> String {
    let (mut normal, mut at) = (String::with_capacity(document.len()), 0);
    while let Some(rest) = document.get(at..).filter(|rest| !rest.is_empty()) {
        let (length, is_token) = part(rest.as_bytes()).unwrap_or((rest.len(), true));
        let end = document.ceil_char_boundary(at + length);
        if is_token {
            if !normal.is_empty() {
                normal.push(' ');
            }
            normal.push_str(&document[at..end]);
        }
        at = end;
    }
    normal
}

/// How long the first token, or part between tokens, is, in bytes, and whether it is a token.
fn part(rest: &[u8]) -> Result<(usize, bool), Refusal> {
    let length = match rest.first() {
        Some(b' ' | b'\t' | b'\r' | b'\n' | b',') => return Ok((1, false)),
        Some(b'#') => {
            let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            return Ok((end.unwrap_or(rest.len()), false));
        }
        Some(b'"') if rest.starts_with(b"\"\"\"") => block_string(rest),
        Some(b'"') => string(rest)?,
        Some(b'.') if rest.starts_with(b"...") => 3,
        Some(b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9' | b'-') => word(rest)?,
        _ => 1,
    };
    Ok((length, true))
}

fn nul() -> Refusal {
    Refusal::bad_request("The document contains a NUL character, which no text may.")
}

fn word(rest: &[u8]) -> Result<usize, Refusal> {
    let length = 1 + rest[1..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    if length > MAX_WORD {
        return Err(Refusal::over_limit("bytes in one name or number", length, MAX_WORD));
    }
    Ok(length)
}

fn string(rest: &[u8]) -> Result<usize, Refusal> {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'"' => return Ok(at + 1),
            b'\r' | b'\n' => return Ok(at),
            b'\\' if rest[at..].starts_with(br"\u0000") => return Err(nul()),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    Ok(rest.len())
}

fn block_string(rest: &[u8]) -> usize {
    let mut at = 3;
    while at < rest.len() {
        if rest[at..].starts_with(br#"\""""#) {
            at += 4;
        } else if rest[at..].starts_with(b"\"\"\"") {
            return at + 3;
        } else {
            at += 1;
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(document: &str) -> Option<&'static str> {
        scan(document, &Limits::default()).err().map(|refusal| refusal.code)
    }

    #[test]
    fn documents_that_mean_the_same_are_the_same() {
        let normal_form = "{ posts ( first : 1 ) { nodes { title ... on Post { slug } } } }";
        for document in [
            "{posts(first:1){nodes{title...on Post{slug}}}}",
            "{ posts(first: 1,) { # newest\n nodes { title, ... on Post { slug } } } }\n",
        ] {
            assert_eq!(normal(document), normal_form);
        }
        assert_eq!(normal(&normal("{a(b:\"c , d # é\")}")), "{ a ( b : \"c , d # é\" ) }");
        assert_ne!(normal("{ab}"), normal("{a b}"));
        assert_ne!(normal("{a(b:\"x y\")}"), normal("{a(b:\"x  y\")}"));
    }

    #[test]
    fn an_ordinary_document_passes() {
        assert_eq!(
            refused("query Q($a: [Int!]! = [1, 2]) { a(b: \"x # {\", c: -1.5e3) ... on B @c { d } }"),
            None
        );
    }

    #[test]
    fn a_hundred_thousand_levels_are_refused() {
        for bracket in ["{", "[", "(", "{a(b:[", "{a(b:{c:"] {
            assert_eq!(refused(&bracket.repeat(100_000)), Some("COST_LIMIT"), "{bracket}");
        }
    }

    #[test]
    fn a_million_tokens_are_refused() {
        for token in ["a ", "1 ", "!", "...", "é", "\"\" ", "\"\"\"\"\"\" "] {
            assert_eq!(refused(&token.repeat(1_000_000)), Some("COST_LIMIT"), "{token}");
        }
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let brackets = "{".repeat(1_000);
        for document in [
            format!("{{ a(b: \"{brackets}\\\"{brackets}\") }}"),
            format!("{{ a(b: \"\"\"{brackets}\n\\\"\"\"{brackets}\"\"\") }}"),
            format!("# {brackets}\r{{ a }} # {brackets}"),
        ] {
            assert_eq!(refused(&document), None, "{document:.20}");
        }
    }

    #[test]
    fn a_nul_is_refused_raw_and_escaped() {
        assert_eq!(refused("{ a(b: \"\0\") }"), Some("BAD_REQUEST"));
        assert_eq!(refused("{ a(b: \"\\u0000\") }"), Some("BAD_REQUEST"));
        assert_eq!(refused("{ a } # \0"), Some("BAD_REQUEST"));
        assert_eq!(
            refused(r#"{ a(b: "\\u0000", c: """\u0000""") }"#),
            None,
            "no escape here"
        );
    }

    #[test]
    fn an_endless_name_is_refused() {
        assert_eq!(refused(&format!("{{ {} }}", "a".repeat(257))), Some("COST_LIMIT"));
    }

    #[test]
    fn unfinished_text_ends_the_scan() {
        for document in ["\"", "\"\\", "\"\"\"", "\"\"\"\\", "#", "\"\"\"\\\"\"", ".", "\"a\nb"] {
            assert_eq!(refused(document), None, "{document}");
        }
    }
}
