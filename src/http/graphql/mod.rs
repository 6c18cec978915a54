//! GraphQL over HTTP, the working draft of September 2025 (<https://graphql.github.io/graphql-over-http/draft/>).

mod accept;
mod answer;
mod body;
mod encode;
mod execution;
mod kept;
mod large;
mod multipart;
mod packed;
mod parameters;
mod persisted;
mod refused;
mod repeated;
mod surrogate;
mod trusted;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use async_graphql::parser::types::OperationType;
use tokio::time::Instant;

use self::accept::Media;
use self::body::Form;
use self::execution::{execute_mutation, execute_query, finished};
pub use self::large::LargeExecutions;
use self::parameters::Parameters;
use self::refused::Refused;
use self::repeated::Repeated;
pub use self::repeated::RepeatedRequests;
pub use self::trusted::KnownDocuments;
use self::trusted::Meant;
use self::waiting::{completed, in_time, while_wanted};
use super::admission::OVERLOADED;
use super::bearer;
use super::error::UNAUTHENTICATED;
use super::graphiql;
use super::guard::OperationName;
use super::{State, Worker, throttle};
use crate::domain::refusal::Denied;
use crate::domain::{Audience, Viewer};
use crate::graphql::limits::{self, Cost, Refusal};
use crate::graphql::{Document, UploadedFile, Uploads};
use crate::store::cache::Made;
use crate::store::changes::Shown;

/// A form that carries one of these cannot come from a foreign page without the browser asking first.
pub const PREFLIGHT: [&str; 2] = ["quoin-preflight", "apollo-require-preflight"];

/// Bytes of files that the media store takes in a second, at least: an answer waits for them.
const KEPT_IN_A_SECOND: u64 = 1_000_000;

/// `GET /graphql`: a query in the address, or GraphiQL for a browser.
pub async fn get(request: HttpRequest, state: Data<State>, worker: Data<Worker>) -> HttpResponse {
    if state.settings.graphiql && accept::wants_page(&request) {
        if state.known_documents.only_trusted() {
            return trusted::no_graphiql().answer(Media::Json);
        }
        return graphiql::page();
    }
    let Some(media) = accept::negotiate(&request) else {
        return Refused::not_acceptable().answer(Media::Json);
    };
    let query = request.query_string();
    let bytes = repeated::Bytes::of_query(query);
    let answered = answer(&request, &state, &worker, media, bytes, || {
        Parameters::from_query(query)
    });
    answered.await.unwrap_or_else(|refused| refused.answer(media))
}

/// `POST /graphql`: a query or a mutation as JSON, or, with files, as the parts of a form.
pub async fn post(request: HttpRequest, payload: Payload, state: Data<State>, worker: Data<Worker>) -> HttpResponse {
    let Some(media) = accept::negotiate(&request) else {
        return Refused::not_acceptable().answer(Media::Json);
    };
    let answered = posted(&request, payload, &state, &worker, media).await;
    answered.unwrap_or_else(|refused| refused.answer(media))
}

/// What a request asks, and what came with it.
struct Asked {
    parameters: Parameters,
    files: Vec<UploadedFile>,
    /// By when it has its response.
    deadline: Instant,
    /// What it is known by when it comes again, unless it is of no use to know.
    bytes: Option<repeated::Bytes>,
}

/// A refusal of a request that was not read, in the form that its client expects.
pub fn refuse(request: &HttpRequest, status: StatusCode, code: &'static str, message: &str) -> HttpResponse {
    let media = accept::negotiate(request).unwrap_or(Media::Json);
    Refused::new(status, code, message).answer(media)
}

async fn posted(
    http: &HttpRequest,
    payload: Payload,
    state: &State,
    worker: &Worker,
    media: Media,
) -> Result<HttpResponse, Refused> {
    match body::form(http)? {
        Form::Json => {
            let body = body::read(http.headers(), payload, &state.settings.limits).await?;
            let bytes = repeated::Bytes::of_body(&body);
            answer(http, state, worker, media, bytes, || Parameters::from_json(&body)).await
        }
        // Boxed, so that who brings no files does not carry what taking them takes.
        Form::Multipart(boundary) => Box::pin(with_files(http, payload, boundary, state, worker, media)).await,
    }
}

async fn with_files(
    http: &HttpRequest,
    payload: Payload,
    boundary: String,
    state: &State,
    worker: &Worker,
    media: Media,
) -> Result<HttpResponse, Refused> {
    // Nothing is taken to this disk for whoever may not bring anything.
    let viewer = bearer::viewer(http).map_err(Refused::unrecognised)?;
    if viewer.actor().is_none() {
        let message = Denied::Unauthenticated.message();
        return Err(Refused::unauthenticated(
            UNAUTHENTICATED,
            message,
            bearer::CHALLENGE.to_owned(),
        ));
    }
    let (parameters, files) = multipart::read(payload, boundary, state).await?;
    let received = files.iter().map(|file| file.file.size).sum::<u64>();
    let storing = Duration::from_secs(received / KEPT_IN_A_SECOND);
    let asked = Asked {
        parameters,
        files,
        deadline: Instant::now() + state.settings.limits.answer_timeout + storing,
        bytes: None,
    };
    Box::pin(execute(http, state, worker, asked, media)).await
}

/// Answers a request without files: with what is kept if it has come before, otherwise by executing what it asks.
async fn answer(
    http: &HttpRequest,
    state: &State,
    worker: &Worker,
    media: Media,
    bytes: repeated::Bytes,
    read: impl FnOnce() -> Result<Parameters, Refused>,
) -> Result<HttpResponse, Refused> {
    // One for all that follows: also for waiting until another has made the response, in vain.
    let deadline = Instant::now() + state.settings.limits.answer_timeout;
    if let Some(answers) = &worker.answers
        && let Some(audience) = bearer::viewer(http).ok().and_then(Viewer::audience)
        && let Some(Repeated { key, operation }) = state.repeated.get(&bytes)
        && let key = kept::key_for(audience, key)
        && let kept = answers.get(worker.api.store(), &key)
        && let Some(kept) = in_time(deadline, kept).await?
    {
        note_operation(http, operation);
        let coding = packed::coding(http);
        if let Some(coding) = coding {
            kept::pack(answers, key, &kept, coding).await;
        }
        return Ok(kept::answer(http, &state.settings, &kept, audience, media, coding));
    }
    let asked = Asked {
        parameters: read()?,
        files: Vec::new(),
        deadline,
        bytes: Some(bytes),
    };
    // Boxed, so that who is given a kept answer does not carry what making one takes.
    Box::pin(execute(http, state, worker, asked, media)).await
}

fn note_operation(http: &HttpRequest, name: Option<Arc<str>>) {
    if let Some(name) = name {
        http.extensions_mut().insert(OperationName(name));
    }
}

async fn execute(
    http: &HttpRequest,
    state: &State,
    worker: &Worker,
    asked: Asked,
    media: Media,
) -> Result<HttpResponse, Refused> {
    // Before anything that takes the processor or the database, which is what overload is about.
    let Some(place) = state.executions.admit(http).await else {
        return Err(Refused::unavailable(OVERLOADED));
    };
    let Asked {
        mut parameters,
        files,
        deadline,
        bytes,
    } = asked;
    let api = &worker.api;
    let viewer = bearer::viewer(http).map_err(Refused::unrecognised)?;
    let limits = &state.settings.limits;
    let meant = in_time(deadline, state.known_documents.meant(api.store(), &mut parameters)).await??;
    let document = state.documents.parse(&meant.text)?;
    let Checked { name, is_query, cost } = check(http, state, &document, &parameters)?;

    state.known_documents.keep(&meant, &parameters);
    let Meant { text, by, .. } = meant;
    let audience = viewer.audience().filter(|_| is_query);
    let key = audience.map(|_| kept::key(&text, &parameters, by.row()));
    let budget = state.memory.budget();
    let Parameters {
        operation_name,
        variables,
        ..
    } = parameters;
    if let (Some(audience), Some(key), Some(answers)) = (audience, key, &worker.answers) {
        if let Some(bytes) = bytes {
            state.repeated.know(bytes, Repeated { key, operation: name });
        }
        let key = kept::key_for(audience, key);
        let viewer = match audience {
            Audience::Anybody => Viewer::Anonymous,
            Audience::Key(_) => viewer,
        };
        let made = Box::pin(answers.get_or_make(api.store(), key, async || {
            let shown = Shown::default();
            shown.note(by.topics());
            let execution = execute_query(
                Arc::clone(api),
                Arc::clone(&document),
                operation_name,
                variables,
                viewer,
                budget.clone(),
                Some(shown.clone()),
            );
            let execution = Box::pin(finished(execution, cost, budget.clone()));
            match state.large.run(execution, &budget, Some(place), Some(http)).await {
                // One that rests on what was removed while it was made is this reader's alone.
                Ok(Ok(body)) => {
                    let topics = shown.topics().filter(|_| by.holds(api.store()));
                    // A client that sends ever new queries does not evict the responses of others.
                    let client = throttle::client(http);
                    let may_cache = throttle::check(&state.limiter, &limits.cached_responses, &client)
                        .await
                        .is_ok();
                    Made::Whole(body, topics.filter(|_| may_cache))
                }
                Ok(Err(response)) => Made::Own(Ok(response)),
                Err(refused) => Made::Own(Err(refused)),
            }
        }));
        let made = while_wanted(http, in_time(deadline, made)).await;
        state.documents.weigh(&text, &document);
        return Ok(match made? {
            Ok(kept) => kept::answer(http, &state.settings, &kept, audience, media, packed::coding(http)),
            Err(response) => answer::answer(http, &state.settings, response?, cost, media, &budget),
        });
    }
    let (api, budget_of_execution) = (Arc::clone(api), budget.clone());
    let response = if is_query {
        let execution = execute_query(
            api,
            Arc::clone(&document),
            operation_name,
            variables,
            viewer,
            budget_of_execution,
            None,
        );
        let execution = state.large.run(Box::pin(execution), &budget, Some(place), Some(http));
        while_wanted(http, in_time(deadline, execution)).await
    } else {
        let execution = execute_mutation(
            api,
            Arc::clone(&document),
            operation_name,
            variables,
            Uploads::new(files),
            viewer,
            budget_of_execution,
        );
        let (large, budget) = (Arc::clone(&state.large), budget.clone());
        completed(async move { in_time(deadline, large.run(Box::pin(execution), &budget, None, None)).await }).await
    };
    state.documents.weigh(&text, &document);
    Ok(answer::answer(http, &state.settings, response??, cost, media, &budget))
}

/// The operation of a request that is within the limits.
struct Checked {
    name: Option<Arc<str>>,
    is_query: bool,
    cost: Cost,
}

fn check(http: &HttpRequest, state: &State, document: &Document, parameters: &Parameters) -> Result<Checked, Refused> {
    let (parsed, variables) = (document.parsed(), &parameters.variables);
    let operation = limits::operation(parsed, parameters.operation_name.as_deref(), variables)?;
    let kind = operation.definition.node.ty;
    match kind {
        OperationType::Query => {}
        kind if http.method().is_safe() => return Err(Refused::unsafe_over_get(kind)),
        OperationType::Mutation => {}
        OperationType::Subscription => {
            return Err(Refusal::bad_request("Subscriptions are served over a websocket, not over HTTP.").into());
        }
    }
    let name: Option<Arc<str>> = operation.name.map(|name| name.as_str().into());
    note_operation(http, name.clone());
    limits::check_inputs(parsed, operation, variables)?;
    let limits = &state.settings.limits.document;
    let cost = document.measure(operation, variables, limits, &state.types)?;
    if cost.introspects && !state.settings.introspection {
        return Err(Refusal::bad_request("The schema cannot be asked for here: introspection is switched off.").into());
    }
    cost.check().map_err(|refusal| Refused::from(refusal).costing(cost))?;
    Ok(Checked {
        name,
        is_query: kind == OperationType::Query,
        cost,
    })
}
