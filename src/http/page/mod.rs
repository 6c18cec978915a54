//! Plain pages, made on the server: they work without any script, and bring none.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_FRAME_OPTIONS};
use askama::Template;

use crate::domain::refusal::Problem;

/// Nothing but the page and its style. Forms may lead anywhere, since some browsers hold what an answer redirects to
/// against `form-action`, and a consent leads to the application.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

/// A page with a form.
#[derive(Template, Default)]
#[template(path = "form.html")]
pub struct Form {
    /// What it is about.
    pub title: &'static str,
    /// What to know first, a paragraph each.
    pub texts: Vec<String>,
    /// Where it is sent.
    pub action: String,
    /// What is sent along.
    pub hidden: Vec<(&'static str, String)>,
    /// What is asked for.
    pub fields: Vec<Field>,
    /// The buttons: name, value, label.
    pub buttons: Vec<(&'static str, &'static str, String)>,
    /// Where else to go: address, label.
    pub links: Vec<(String, String)>,
    /// What is wrong with the whole.
    pub problems: Vec<String>,
}

/// A field of a form.
pub struct Field {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    value: String,
    problem: Option<String>,
    is_required: bool,
}

impl Field {
    /// A field; `kind` is that of HTML's `input`, `autocomplete` HTML's word for what browsers fill in.
    pub fn new(name: &'static str, label: &'static str, kind: &'static str, autocomplete: &'static str) -> Self {
        Self {
            name,
            label,
            kind,
            autocomplete,
            value: String::new(),
            problem: None,
            is_required: true,
        }
    }

    /// What stands in it at first; a password never does.
    pub fn value(self, value: String) -> Self {
        let value = if self.kind == "password" { String::new() } else { value };
        Self { value, ..self }
    }

    /// It may stay empty.
    pub fn optional(self) -> Self {
        Self {
            is_required: false,
            ..self
        }
    }
}

impl Form {
    /// The form with what was wrong with what was sent, beside the fields where it has them.
    pub fn with(mut self, problems: &[Problem]) -> Self {
        for problem in problems {
            let field = self.fields.iter_mut().find(|field| Some(field.name) == problem.field);
            match field {
                Some(field) => field.problem = Some(problem.message.clone()),
                None => self.problems.push(problem.message.clone()),
            }
        }
        self
    }

    /// The page.
    pub fn answer(&self, status: StatusCode) -> HttpResponse {
        render(status, self)
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    title: &'a str,
    text: &'a str,
}

/// A page that says something.
pub fn message(status: StatusCode, title: &str, text: &str) -> HttpResponse {
    render(status, &Message { title, text })
}

fn render(status: StatusCode, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(html) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((X_FRAME_OPTIONS, "DENY"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(html),
        Err(error) => {
            tracing::error!(%error, "a page cannot be made");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// The style of all pages.
pub async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .body(include_str!("style.css"))
}
