//! Reads values that PHP serialised (`a:1:{s:1:"k";i:2;}`), which plugins store in custom fields.
//!
//! The lengths of strings count bytes as they were in the database; XML turned `\r\n` into `\n` since then, and search
//! and replace over exports changed more. So a length is a hint: the end of a string is where one can be.

use serde_json::{Map, Number, Value};

/// The longest text that is read.
const LENGTH_LIMIT: usize = 4 << 20;

/// How deep arrays may be nested.
const DEPTH_LIMIT: usize = 32;

/// How many looks at a byte a text may cost for each of its bytes.
const EFFORT: usize = 16;

/// Whether a text claims to be serialised.
pub(super) fn is_serialised(text: &str) -> bool {
    let text = text.trim();
    let bytes = text.as_bytes();
    if text == "N;" {
        return true;
    }
    let (Some(kind), Some(b':')) = (bytes.first(), bytes.get(1)) else {
        return false;
    };
    let starts = match kind {
        b'a' | b's' | b'O' | b'C' | b'E' => bytes.get(2).is_some_and(u8::is_ascii_digit),
        b'b' | b'i' | b'd' => bytes
            .get(2)
            .is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'I' | b'N')),
        _ => false,
    };
    starts && matches!(bytes.last(), Some(b';' | b'}'))
}

/// The value as JSON: lists become arrays, other arrays and objects become objects. None if it cannot be read whole.
pub(super) fn parse(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.len() > LENGTH_LIMIT {
        return None;
    }
    let mut parser = Parser {
        text,
        at: 0,
        effort: text.len().saturating_mul(EFFORT),
    };
    let value = parser.value(0)?;
    (parser.at == text.len()).then_some(value)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    effort: usize,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEPTH_LIMIT {
            return None;
        }
        let kind = self.bytes().first().copied()?;
        self.at += 1;
        match kind {
            b'N' => self.expect(";").map(|()| Value::Null),
            b'b' => Some(Value::Bool(self.scalar()? != "0")),
            b'i' => Some(Value::Number(self.scalar()?.parse::<i64>().ok()?.into())),
            // JSON has no infinity.
            b'd' => Some(Number::from_f64(self.scalar()?.parse().ok()?).map_or(Value::Null, Value::Number)),
            b's' => Some(Value::String(self.string()?.to_owned())),
            b'E' => Some(Value::String(self.string()?.replace(':', "::"))),
            b'a' => self.array(depth),
            b'O' => {
                self.expect(":")?;
                self.until(":")?;
                self.expect("\"")?;
                self.until("\"")?;
                self.array(depth).map(|fields| match fields {
                    Value::Array(list) if list.is_empty() => Value::Object(Map::new()),
                    fields => fields,
                })
            }
            // References to values that stand elsewhere in the text.
            b'r' | b'R' => self.scalar().map(|_| Value::Null),
            _ => None,
        }
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.expect(":")?;
        self.until(":")?;
        self.expect("{")?;
        let mut entries: Vec<(Value, Value)> = Vec::new();
        // The count in front is a hint as well.
        while self.bytes().first()? != &b'}' {
            let key = self.value(DEPTH_LIMIT)?;
            entries.push((key, self.value(depth + 1)?));
        }
        self.at += 1;
        let is_list = entries
            .iter()
            .enumerate()
            .all(|(index, (key, _))| key.as_u64() == Some(index as u64));
        if is_list {
            return Some(Value::Array(entries.into_iter().map(|(_, value)| value).collect()));
        }
        let mut map = Map::new();
        for (key, value) in entries {
            let key = match key {
                // A star (between NULs that XML cannot hold) marks a protected property.
                Value::String(name) => name.strip_prefix('*').map_or(name.clone(), str::to_owned),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            map.insert(key, value);
        }
        Some(Value::Object(map))
    }

    /// `:…;`
    fn scalar(&mut self) -> Option<&'a str> {
        self.expect(":")?;
        self.until(";")
    }

    /// `:LENGTH:"…";`
    fn string(&mut self) -> Option<&'a str> {
        self.expect(":")?;
        let length: usize = self.until(":")?.parse().ok()?;
        self.expect("\"")?;
        let text = self.text;
        let rest = &text[self.at..];
        let end = match rest.get(..length) {
            Some(_) if rest[length..].starts_with("\";") => length,
            _ => self.likely_end(rest, length)?,
        };
        self.at += end + 2;
        Some(&rest[..end])
    }

    /// The end of a string whose length is wrong: where the length is right once its line breaks count twice, else the
    /// first place where a value could follow.
    fn likely_end(&mut self, rest: &str, length: usize) -> Option<usize> {
        let (mut newlines, mut from, mut first) = (0, 0, None);
        for (end, _) in rest.match_indices("\";") {
            self.effort = self.effort.checked_sub(end + 2 - from)?;
            newlines += rest[from..end].bytes().filter(|byte| *byte == b'\n').count();
            from = end;
            if end + newlines == length {
                return Some(end);
            }
            if first.is_none() && could_follow(&rest[end + 2..]) {
                first = Some(end);
            }
            if end > length && first.is_some() {
                break;
            }
        }
        first
    }

    fn bytes(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn expect(&mut self, mark: &str) -> Option<()> {
        self.text[self.at..].starts_with(mark).then(|| self.at += mark.len())
    }

    fn until(&mut self, mark: &str) -> Option<&'a str> {
        let text = self.text;
        let (found, _) = text[self.at..].split_once(mark)?;
        self.at += found.len() + mark.len();
        Some(found)
    }
}

fn could_follow(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    match bytes {
        [] | [b'}', ..] | [b'N', b';', ..] => true,
        [
            b'a' | b's' | b'O' | b'E' | b'b' | b'i' | b'd' | b'r' | b'R',
            b':',
            next,
            ..,
        ] => next.is_ascii_digit() || matches!(next, b'-' | b'.' | b'I' | b'N'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_value_is_read() {
        let text = r#"a:6:{s:1:"a";i:-5;s:1:"b";b:1;s:1:"c";d:0.5;s:1:"d";N;s:1:"e";a:2:{i:0;s:1:"x";i:1;s:2:"é";}i:7;a:0:{}}"#;
        assert_eq!(
            parse(text),
            Some(json!({"a": -5, "b": true, "c": 0.5, "d": null, "e": ["x", "é"], "7": []}))
        );
    }

    #[test]
    fn objects_become_maps() {
        let text = r#"O:8:"stdClass":2:{s:4:"name";s:1:"x";s:4:"*own";i:1;}"#;
        assert_eq!(parse(text), Some(json!({"name": "x", "own": 1})));
        assert_eq!(parse(r#"O:1:"A":0:{}"#), Some(json!({})));
        assert_eq!(parse(r#"E:11:"Suit:Hearts";"#), Some(json!("Suit::Hearts")));
    }

    #[test]
    fn a_length_that_line_breaks_spoiled_is_survived() {
        assert_eq!(parse("a:1:{s:1:\"k\";s:8:\"a\nb\nc\";}"), Some(json!({"k": "a\nb\nc"})));
        // The string holds what looks like its end; its length, line breaks counted twice, tells.
        assert_eq!(parse("s:10:\"a\n\";}i:1;\";"), Some(json!("a\n\";}i:1;")));
        assert_eq!(
            parse("a:2:{i:0;s:99:\"short\";i:1;s:1:\"long one\";}"),
            Some(json!(["short", "long one"]))
        );
    }

    #[test]
    fn what_is_broken_is_none() {
        for text in [
            "",
            "a",
            "a:",
            "a:1:{",
            "a:1:{i:0;}",
            "a:1:{i:0;s:3:\"abc\"}",
            "s:5:\"abc",
            "i:x;",
            "i:99999999999999999999;",
            "a:1:{a:0:{}i:1;}",
            "O:8:\"x\"",
            "C:1:\"A\":0:{}",
            "s:1:\"a\";trailing",
            "b:1",
            "x:1;",
            "é:1;",
            "s:18446744073709551615:\"a\"",
            "s:1:\"é\"",
            "d:x;",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let text = "a:1:{i:0;".repeat(100_000) + &"}".repeat(100_000);
        assert_eq!(parse(&text), None);
    }

    #[test]
    fn hostile_lengths_take_linear_time() {
        let text = "a:9:{".to_owned() + &"i:0;s:999999999:\"x\";".repeat(100_000) + "}";
        assert!(parse(&text).is_some() || parse(&text).is_none());
        let text = "a:9:{".to_owned() + &"i:0;s:3999999:\"\";x".repeat(200_000) + "}";
        assert_eq!(parse(&text), None);
    }

    #[test]
    fn only_what_claims_to_be_serialised_is() {
        for text in ["a:0:{}", "s:1:\"a\";", "i:5;", "b:0;", "N;", "d:0.1;", " a:0:{} "] {
            assert!(is_serialised(text), "{text}");
        }
        for text in [
            "",
            "a",
            "Note: this;",
            "s: hello;",
            "a:b;",
            "i:5",
            "https://example.com;",
            "N",
            "C:\\temp;",
        ] {
            assert!(!is_serialised(text), "{text}");
        }
    }
}
