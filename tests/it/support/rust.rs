//! Rust's source as the few tokens that paths are made of. A parser would have to be a development dependency that
//! procedural macros use too, and then `cargo test` compiles nearly everything a second time.

/// A token; comments, and what is inside of literals, are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A name or keyword.
    Word(String),
    /// `::`
    Path,
    /// `{`
    Open,
    /// `}`
    Close,
    /// `,`
    Comma,
    /// Anything else.
    Other,
}

/// The tokens of a source that compiles.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(letter) = rest.chars().next() {
        let (token, length) = match letter {
            _ if rest.starts_with("//") => (None, rest.find('\n').unwrap_or(rest.len())),
            _ if rest.starts_with("/*") => (None, comment(rest)),
            _ if rest.starts_with("::") => (Some(Token::Path), 2),
            _ if letter.is_whitespace() => (None, letter.len_utf8()),
            _ if letter.is_alphanumeric() || letter == '_' => word(rest),
            '"' => (Some(Token::Other), string(rest)),
            '\'' => (Some(Token::Other), character(rest)),
            '{' => (Some(Token::Open), 1),
            '}' => (Some(Token::Close), 1),
            ',' => (Some(Token::Comma), 1),
            _ => (Some(Token::Other), letter.len_utf8()),
        };
        tokens.extend(token);
        rest = &rest[length..];
    }
    tokens
}

/// A word, or a literal with a prefix: `r#"…"#`, `b'x'`, `c"…"`.
fn word(rest: &str) -> (Option<Token>, usize) {
    let length = rest
        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .unwrap_or(rest.len());
    let (word, after) = rest.split_at(length);
    if matches!(word, "r" | "br" | "cr") {
        let hashes = after.len() - after.trim_start_matches('#').len();
        if after[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = hashes + 1;
            let inside = after[start..].find(&end).unwrap_or(after.len() - start - end.len());
            return (Some(Token::Other), length + start + inside + end.len());
        }
    }
    (Some(Token::Word(word.to_owned())), length)
}

/// The length of a comment, which may hold others.
fn comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += rest[at..].chars().next().map_or(0, char::len_utf8);
        }
        if depth == 0 || at == rest.len() {
            return at;
        }
    }
}

/// The length of a string with its quotes.
fn string(rest: &str) -> usize {
    let mut is_escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, letter)| {
        let is_end = *letter == '"' && !is_escaped;
        is_escaped = *letter == '\\' && !is_escaped;
        is_end
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

/// The length of a character in quotes, or of the mark that begins a lifetime.
fn character(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    match (letters.next(), letters.next()) {
        (Some((_, '\\')), Some((escaped, _))) => {
            let after = escaped + 1;
            rest[after..].find('\'').map_or(rest.len(), |at| after + at + 1)
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1,
    }
}

#[test]
fn comments_and_literals_hold_no_words() {
    let source = r##"
        // a::b
        /* c /* d */ e */
        let f: &'g str = "h \" i"; 'j'; '\''; '\u{6b}'; r#"l " m"#; b"n"; r"o\"; p::{q, r#type}
    "##;
    let words: Vec<_> = tokens(source)
        .into_iter()
        .filter_map(|token| {
            if let Token::Word(word) = token {
                Some(word)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(words, ["let", "f", "g", "str", "b", "p", "q", "r", "type"]);
}
