//! What editors do at the gazette, over the API.

use async_graphql::{Request, Variables};
use entity::membership::Role;
use quoin::domain::Viewer;
use serde_json::{Value, json};

use super::Gazette;
use super::answer::whole;
use super::people::Person;

/// The gazette, with somebody who looks after its settings and everybody's posts.
pub struct Desk {
    pub gazette: Gazette,
    /// The global id of the publication.
    pub publication: String,
    pub admin: Person,
}

impl Desk {
    pub async fn new() -> Self {
        let gazette = Gazette::new().await;
        let admin = gazette.member("ada", Role::Admin).await;
        let data = gazette.ask("{ publication { id } }").await;
        Self {
            publication: text(&data["publication"]["id"]),
            gazette,
            admin,
        }
    }

    /// The whole answer to a mutation with this input.
    pub async fn answer(&self, viewer: Viewer, mutation: &str, input: Value, selection: &str) -> Value {
        let name = mutation[..1].to_uppercase() + &mutation[1..];
        let query = format!(
            "mutation($input: {name}Input!) {{ it: {mutation}(input: $input) {{ {selection} userErrors {{ code field message }} }} }}"
        );
        let request = Request::new(query).variables(Variables::from_json(json!({ "input": input })));
        whole(self.gazette.api.execute(request, viewer).await)
    }

    /// What the admin gets who does something that is allowed.
    pub async fn done(&self, mutation: &str, input: Value, selection: &str) -> Value {
        let answer = self.answer(self.admin.viewer(), mutation, input, selection).await;
        let it = &answer["data"]["it"];
        assert!(it["userErrors"] == json!([]), "{mutation}: {answer:#}");
        it.clone()
    }

    /// Codes, and fields below the input, of what is wrong with what the admin gives.
    pub async fn problems(&self, mutation: &str, input: Value) -> Vec<(String, String)> {
        let answer = self.answer(self.admin.viewer(), mutation, input, "").await;
        let problems = answer["data"]["it"]["userErrors"].as_array();
        let problems = problems.unwrap_or_else(|| panic!("{mutation}: {answer:#}"));
        let field = |problem: &Value| {
            let field = problem["field"].as_array().into_iter().flatten().skip(1);
            field.map(text).collect::<Vec<_>>().join("/")
        };
        let problems = problems.iter();
        problems
            .map(|problem| (text(&problem["code"]), field(problem)))
            .collect()
    }

    /// Why a viewer may not; none when they did.
    pub async fn refusal(&self, viewer: Viewer, mutation: &str, input: Value) -> Option<String> {
        let answer = self.answer(viewer, mutation, input, "").await;
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        code.map(str::to_owned)
    }

    /// The global id of a new thing of the gazette: `tag`, `category` or `series`.
    pub async fn make(&self, thing: &str, name: &str) -> String {
        let field = if thing == "series" { "title" } else { "name" };
        let input = json!({ "publicationId": self.publication, field: name });
        let made = self
            .done(&format!("{thing}Create"), input, &format!("{thing} {{ id }}"))
            .await;
        text(&made[thing]["id"])
    }

    /// What readers find at a path: the type, and where a redirect leads.
    pub async fn at(&self, path: &str) -> (String, String) {
        let query = format!("{{ resolvePath(path: {path:?}) {{ __typename ... on Redirect {{ location }} }} }}");
        let found = &self.gazette.ask(&query).await["resolvePath"];
        let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
        (text("__typename"), text("location"))
    }
}

/// A text of an answer.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// What no name may be, and the code that says so.
pub fn no_names() -> [(String, &'static str); 6] {
    [
        (String::new(), "REQUIRED"),
        (" \u{a0} ".to_owned(), "REQUIRED"),
        ("a\0b".to_owned(), "INVALID"),
        ("a\nb".to_owned(), "INVALID"),
        ("a\u{1b}[2J".to_owned(), "INVALID"),
        ("x".repeat(5_000), "TOO_LONG"),
    ]
}
