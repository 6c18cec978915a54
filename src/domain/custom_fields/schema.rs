use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use super::{shape, told};
use crate::domain::refusal::{Problem, ProblemCode};

/// The most bytes of a compiled pattern, and of what its engine remembers while it runs.
const MOST_COMPILED: usize = 256 * 1024;
const MOST_REMEMBERED: usize = 256 * 1024;
/// Up to so many bytes of fields, times schemas that look at them, every problem is looked for: the library keeps a copy of
/// what each of them looked at.
const MOST_COPIED: usize = 4 * 1024 * 1024;
/// The most problems that are told of one post's fields.
const MOST_PROBLEMS: usize = 20;

/// The JSON Schema of a publication's custom fields, ready to check with.
#[derive(Debug)]
pub struct Schema {
    validator: Validator,
    /// How many schemas it has within.
    parts: usize,
}

impl Schema {
    /// Makes a schema ready.
    ///
    /// # Errors
    /// What is wrong with it, and where: a problem of the field `customFieldSchema`.
    pub fn compile(schema: &Value) -> Result<Self, Problem> {
        shape::text(shape::FIELD, schema, shape::MOST_LEVELS)?;
        let parts = shape::check(schema)?;
        let patterns = PatternOptions::regex()
            .size_limit(MOST_COMPILED)
            .dfa_size_limit(MOST_REMEMBERED);
        let built = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .with_pattern_options(patterns)
            .offline()
            .build(schema);
        let validator = built.map_err(|error| told::of_schema(&error))?;
        Ok(Self { validator, parts })
    }

    /// What is wrong with fields: each problem names the field `customFields` and the place within. Of very many, or of
    /// large fields in an involved schema, it is the first.
    pub fn check(&self, fields: &Value) -> Vec<Problem> {
        if self.validator.is_valid(fields) {
            return Vec::new();
        }
        let mut problems: Vec<Problem> = Vec::new();
        // A value always has a text.
        let bytes = serde_json::to_vec(fields).map_or(usize::MAX, |text| text.len());
        let errors: Vec<_> = if bytes.saturating_mul(self.parts) <= MOST_COPIED {
            self.validator.iter_errors(fields).collect()
        } else {
            self.validator.validate(fields).err().into_iter().collect()
        };
        for error in errors {
            for problem in told::of_fields(&error, fields) {
                if problems.len() < MOST_PROBLEMS && !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        }
        if problems.is_empty() {
            let message = "These do not keep to the publication's schema.";
            problems.push(Problem::new(ProblemCode::Invalid, super::FIELD, message));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema(properties: &Value) -> Schema {
        let schema = json!({"type": "object", "properties": properties});
        Schema::compile(&schema).expect("a schema")
    }

    /// Codes, and places within the fields.
    fn told(schema: &Schema, fields: &Value) -> Vec<(ProblemCode, String)> {
        let problems = schema.check(fields).into_iter();
        problems
            .map(|problem| (problem.code, problem.within.join("/")))
            .collect()
    }

    fn refused(schema: &Value) -> Problem {
        Schema::compile(schema).expect_err("refused")
    }

    #[test]
    fn each_problem_names_its_field() {
        let schema = Schema::compile(&json!({
            "type": "object",
            "required": ["rating"],
            "additionalProperties": false,
            "properties": {
                "rating": {"type": "integer", "minimum": 1, "maximum": 5},
                "subtitle": {"type": "string", "maxLength": 5, "minLength": 2},
                "kind": {"enum": ["book", "film"]},
                "seen": {"type": "string", "format": "date"},
                "cast": {"type": "array", "maxItems": 2, "items": {"type": "object", "required": ["na/me"]}},
            },
        }));
        let schema = schema.expect("a schema");
        let fine =
            json!({"rating": 5, "subtitle": "Gulls", "kind": "film", "seen": "2026-11-22", "cast": [{"na/me": 1}]});
        assert_eq!(schema.check(&fine), []);
        let wrong = json!({"rating": 6, "subtitle": "Gulls and so on", "kind": "play", "seen": "never", "extra": 1,
            "cast": [{}]});
        let mut found = told(&schema, &wrong);
        found.sort_by(|one, other| one.1.cmp(&other.1));
        let expected = [
            (ProblemCode::Required, "cast/0/na/me"),
            (ProblemCode::Invalid, "extra"),
            (ProblemCode::Invalid, "kind"),
            (ProblemCode::Invalid, "rating"),
            (ProblemCode::Invalid, "seen"),
            (ProblemCode::TooLong, "subtitle"),
        ];
        assert_eq!(found, expected.map(|(code, place)| (code, place.to_owned())));
        assert_eq!(
            told(&schema, &json!({})),
            [(ProblemCode::Required, "rating".to_owned())]
        );
        assert_eq!(told(&schema, &json!([])), [(ProblemCode::Invalid, String::new())]);
    }

    #[test]
    fn a_schema_may_use_its_parts_again() {
        let schema = Schema::compile(&json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://gazette.example/fields",
            "type": "object",
            "properties": {"from": {"$ref": "#/$defs/place"}, "to": {"$ref": "#/$defs/place"}, "$ref": {"type": "string"}},
            "$defs": {"place": {"type": "string", "pattern": "^[A-Z]{3}$"}},
        }));
        let schema = schema.expect("a schema");
        assert_eq!(schema.check(&json!({"from": "BER", "to": "OSL", "$ref": "x"})), []);
        assert_eq!(
            told(&schema, &json!({"to": "Oslo"})),
            [(ProblemCode::Invalid, "to".to_owned())]
        );
    }

    #[test]
    fn nothing_is_fetched() {
        for reference in [
            "https://attacker.example/schema.json",
            "http://169.254.169.254/",
            "file:///etc/passwd",
            "other.json",
            "//attacker.example/x",
            "#anchor",
            "https://json-schema.org/draft/2020-12/schema",
        ] {
            let problem = refused(&json!({"type": "object", "properties": {"a": {"$ref": reference}}}));
            assert_eq!(problem.within, ["properties", "a", "$ref"], "{reference}");
        }
        for keyword in ["$dynamicRef", "$recursiveRef"] {
            let problem = refused(&json!({"type": "object", keyword: "https://attacker.example/"}));
            assert_eq!(problem.within, [keyword]);
        }
        assert_eq!(refused(&json!({"type": "object", "$ref": 1})).within, ["$ref"]);
        assert_eq!(
            refused(&json!({"type": "object", "$ref": "#/$defs/none"})).within,
            ["$ref"]
        );
    }

    #[test]
    fn a_schema_that_refers_to_itself_is_refused() {
        for reference in ["#", "#/properties/a", "#/$defs/b"] {
            let schema = json!({"type": "object", "properties": {"a": {"$ref": reference}},
                "$defs": {"b": {"$ref": "#/$defs/c"}, "c": {"anyOf": [{"$ref": "#/$defs/b"}]}}});
            assert!(refused(&schema).message.contains("refers to itself"), "{reference}");
        }
    }

    #[test]
    fn a_schema_whose_parts_double_is_refused() {
        let mut parts = serde_json::Map::new();
        for level in 0..15 {
            let next = json!({"$ref": format!("#/$defs/p{}", level + 1)});
            parts.insert(format!("p{level}"), json!({"allOf": [next.clone(), next]}));
        }
        parts.insert("p15".into(), json!({"type": "object"}));
        let problem = refused(&json!({"type": "object", "$ref": "#/$defs/p0", "$defs": parts}));
        assert!(problem.message.contains("500 schemas"), "{problem:?}");
    }

    #[test]
    fn patterns_are_those_that_cannot_run_away() {
        for pattern in [r"(a)\1", r"^(?=.*a)", r"(?<!a)b", "(", "[z-a]"] {
            let problem = refused(&json!({"type": "object", "properties": {"a": {"pattern": pattern}}}));
            assert_eq!(problem.within, ["properties", "a", "pattern"], "{pattern}: {problem:?}");
            let problem = refused(&json!({"type": "object", "patternProperties": {pattern: true}}));
            assert_eq!(problem.within[0], "patternProperties", "{pattern}: {problem:?}");
        }
        let huge = r"((\p{L}{100}){100}){100}";
        assert_eq!(
            refused(&json!({"type": "object", "properties": {"a": {"pattern": huge}}}))
                .within
                .len(),
            3
        );
        let many: serde_json::Map<_, _> = (0..21)
            .map(|number| (format!("f{number}"), json!({"pattern": "x"})))
            .collect();
        assert!(
            refused(&json!({"type": "object", "properties": many}))
                .message
                .contains("patterns")
        );
        // With backtracking, each of these takes longer than the universe is old.
        let text = "a".repeat(30_000) + "!";
        for pattern in ["^(a+)+$", "^(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "^(a|a?)+$"] {
            let schema = schema(&json!({"a": {"type": "string", "pattern": pattern}}));
            assert_eq!(
                told(&schema, &json!({"a": text})),
                [(ProblemCode::Invalid, "a".to_owned())]
            );
        }
    }

    #[test]
    fn a_schema_is_bounded() {
        let mut deep = json!({"type": "string"});
        for _ in 0..100 {
            deep = json!({"type": "object", "properties": {"a": deep}});
        }
        assert_eq!(refused(&deep).code, ProblemCode::TooLong);
        let long = json!({"type": "object", "description": "x".repeat(70_000)});
        assert_eq!(refused(&long).code, ProblemCode::TooLong);
        let entries: Vec<usize> = (0..1_001).collect();
        assert_eq!(refused(&json!({"type": "object", "enum": entries})).within, ["enum"]);
        assert_eq!(
            refused(&json!({"type": "object", "title": "a\0b"})).code,
            ProblemCode::Invalid
        );
        for wrong in [
            json!(null),
            json!([]),
            json!("x"),
            json!(true),
            json!({}),
            json!({"type": "string"}),
            json!({"type": ["object", "string"]}),
        ] {
            assert_eq!(refused(&wrong).code, ProblemCode::Invalid, "{wrong}");
        }
        let old = json!({"type": "object", "$schema": "http://json-schema.org/draft-07/schema#"});
        assert_eq!(refused(&old).within, ["$schema"]);
        let inner = json!({"type": "object", "properties": {"a": {"$id": "https://other.example/"}}});
        assert_eq!(refused(&inner).within, ["properties", "a", "$id"]);
    }

    #[test]
    fn a_schema_that_is_none_is_told_where() {
        let problem = refused(&json!({"type": "object", "properties": {"a": {"type": "text"}}}));
        assert_eq!(problem.within[..2], ["properties", "a"], "{problem:?}");
        assert_eq!(
            refused(&json!({"type": "object", "required": "a"})).within,
            ["required"]
        );
        assert_eq!(
            refused(&json!({"type": "object", "minProperties": -1})).within,
            ["minProperties"]
        );
    }

    #[test]
    fn what_is_told_is_bounded_and_quotes_no_value() {
        let fields: serde_json::Map<_, _> = (0..500).map(|n| (format!("a{n}"), json!("secret"))).collect();
        let schema = Schema::compile(&json!({"type": "object", "additionalProperties": {"type": "integer"}}));
        let problems = schema.expect("a schema").check(&Value::Object(fields));
        assert_eq!(problems.len(), MOST_PROBLEMS);
        assert!(problems.iter().all(|problem| !problem.message.contains("secret")));
        let long = "n".repeat(10_000);
        let schema = Schema::compile(&json!({"type": "object", "additionalProperties": false})).expect("a schema");
        let problems = schema.check(&json!({long: 1}));
        assert!(problems[0].within[0].len() < 300, "{problems:?}");
    }
}
