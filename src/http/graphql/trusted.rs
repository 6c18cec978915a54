//! Which document a request means: the one that it sends, or one that it names. Trusted documents
//! ([`crate::domain::trusted_document`]) are found by their names, and where nothing else is executed, texts are looked up too.

use std::sync::Arc;

use actix_web::http::StatusCode;
use async_graphql::ServerError;
use entity::TrustedDocumentId;
use sea_orm::DbErr;

use super::parameters::Parameters;
use super::persisted::{PersistedQueries, not_found};
use super::refused::Refused;
use crate::domain::refusal;
use crate::domain::trusted_document::{DocumentName, Registered, RegisteredDocuments, TrustedDocument, digest, topic};
use crate::graphql::Documents;
use crate::graphql::limits::Refusal;
use crate::http::settings::DocumentSettings;
use crate::store::changes::Topic;
use crate::store::{Store, log_failure};

/// The document is none of those that alone are executed.
const NOT_TRUSTED: &str = "DOCUMENT_NOT_TRUSTED";
/// There is no trusted document of that name, as Apollo's servers call it: clients do not send the text then.
const NOT_IN_LIST: &str = "PERSISTED_QUERY_NOT_IN_LIST";

/// The documents that requests may name.
pub struct KnownDocuments {
    settings: DocumentSettings,
    registered: RegisteredDocuments,
    persisted: PersistedQueries,
}

/// The document that a request means.
pub struct Meant {
    /// Its text.
    pub text: String,
    /// Why it may be named, or executed.
    pub by: Warrant,
    /// Whether the request brought the text.
    was_sent: bool,
}

/// What a document rests on: nothing that changes, or that it is registered.
#[derive(Clone, Default)]
pub struct Warrant(Option<(TrustedDocumentId, Arc<Registered>)>);

impl Warrant {
    /// The row, if it rests on one.
    pub fn row(&self) -> Option<TrustedDocumentId> {
        self.0.as_ref().map(|(id, _)| *id)
    }

    /// What an answer rests on for that reason.
    pub fn topics(&self) -> impl Iterator<Item = Topic> {
        self.0.iter().map(|_| topic())
    }

    /// Whether it is still so, as far as is known of the log of changes.
    pub fn holds(&self, store: &Store) -> bool {
        self.0
            .as_ref()
            .is_none_or(|(_, registered)| registered.is_newest(store))
    }
}

impl KnownDocuments {
    /// Those of the settings, and what is registered.
    pub fn new(settings: DocumentSettings) -> Self {
        Self {
            settings,
            registered: RegisteredDocuments::default(),
            persisted: PersistedQueries::default(),
        }
    }

    /// Compiles all trusted documents, those that are registered as far as they can be read now.
    pub async fn compile(&self, store: &Store, documents: &Documents) {
        let registered = self.registered.newest(store).await;
        if let Err(error) = &registered {
            log_failure(error, "the registered documents cannot be read");
        }
        let registered = registered.iter().flat_map(|registered| registered.texts());
        for text in self.settings.manifest.texts().chain(registered) {
            documents.compile(text).await;
            tokio::task::yield_now().await;
        }
    }

    /// Whether nothing else is executed.
    pub fn only_trusted(&self) -> bool {
        self.settings.only_trusted
    }

    /// The document that a request means, which is taken out of its parameters.
    ///
    /// # Errors
    /// When it means none, one that is not known here or may not be executed, or two that differ; when the database fails and
    /// it cannot be told without.
    pub async fn meant(&self, store: &Store, parameters: &mut Parameters) -> Result<Meant, Refused> {
        let sent = parameters.query.take();
        if let Some(name) = parameters.document.take() {
            return self.chosen(store, name, sent, parameters).await;
        }
        match (sent, parameters.hash) {
            (Some(text), named) => {
                if named.is_some_and(|named| named != digest(&text)) {
                    return Err(disagree("The document has another SHA-256 than its name says."));
                }
                let by = if self.only_trusted() {
                    let name = DocumentName::Digest(named.unwrap_or_else(|| digest(&text)));
                    self.trusted(store, &name).await?.ok_or_else(not_trusted)?.1
                } else {
                    Warrant::default()
                };
                Ok(Meant {
                    text,
                    by,
                    was_sent: true,
                })
            }
            (None, Some(hash)) => {
                let name = DocumentName::Digest(hash);
                let persisted = (!self.only_trusted()).then(|| self.persisted.get(&hash)).flatten();
                if let Some(text) = persisted {
                    return Ok(Meant {
                        text,
                        by: Warrant::default(),
                        was_sent: false,
                    });
                }
                let known = self.trusted(store, &name).await?;
                let missing = || {
                    if self.only_trusted() {
                        not_in_list(&name)
                    } else {
                        not_found()
                    }
                };
                known.map(Meant::named).ok_or_else(missing)
            }
            (None, None) => Err(Refusal::bad_request("`query` is required, and must be a string.").into()),
        }
    }

    /// The document with a name of its maker's own.
    async fn chosen(
        &self,
        store: &Store,
        name: DocumentName,
        sent: Option<String>,
        parameters: &Parameters,
    ) -> Result<Meant, Refused> {
        let found = self.trusted(store, &name).await?.ok_or_else(|| not_in_list(&name))?;
        if sent.is_some_and(|sent| *sent != *found.0.text) {
            return Err(disagree(
                "`query` is another document than the one that `documentId` names.",
            ));
        }
        if parameters.hash.is_some_and(|hash| hash != found.0.digest) {
            return Err(disagree(
                "`documentId` and `extensions.persistedQuery.sha256Hash` name two documents.",
            ));
        }
        Ok(Meant::named(found))
    }

    /// The trusted document with a name: of the manifest, or registered.
    async fn trusted(&self, store: &Store, name: &DocumentName) -> Result<Option<(TrustedDocument, Warrant)>, Refused> {
        if let Some(found) = self.settings.manifest.get(name) {
            return Ok(Some((found.clone(), Warrant::default())));
        }
        let registered = self.registered.newest(store).await.map_err(|error| unknown(&error))?;
        let found = registered.get(name).cloned();
        Ok(found.map(|found| {
            let by = found.id.map(|id| (id, registered));
            (found, Warrant(by))
        }))
    }

    /// Keeps a document that a client sent with its digest and that was found good, to be named from now on.
    pub fn keep(&self, meant: &Meant, parameters: &Parameters) {
        if let Some(hash) = parameters.hash.filter(|_| meant.was_sent && !self.only_trusted()) {
            self.persisted.keep(hash, &meant.text);
        }
    }
}

impl Meant {
    fn named((document, by): (TrustedDocument, Warrant)) -> Self {
        Self {
            text: document.text.as_ref().to_owned(),
            by,
            was_sent: false,
        }
    }
}

/// For a browser that wants GraphiQL, which sends documents of its own.
pub fn no_graphiql() -> Refused {
    let message = "GraphiQL is not served: only trusted documents are executed here (`documents.only_trusted`).";
    Refused::new(StatusCode::FORBIDDEN, NOT_TRUSTED, message)
}

fn not_trusted() -> Refused {
    refused(
        NOT_TRUSTED,
        "Only trusted documents are executed here, and this is none of them: register it, or name one.".to_owned(),
    )
}

fn not_in_list(name: &DocumentName) -> Refused {
    refused(NOT_IN_LIST, format!("There is no trusted document \"{name}\" here."))
}

/// No cache may keep it: the document may be registered at any time.
fn refused(code: &'static str, message: String) -> Refused {
    let refusal = Refusal {
        code,
        message,
        position: None,
    };
    Refused::from(ServerError::from(refusal)).not_to_be_kept()
}

fn disagree(message: &str) -> Refused {
    Refusal::bad_request(message).into()
}

fn unknown(error: &DbErr) -> Refused {
    log_failure(error, "the registered documents cannot be read");
    Refused::unavailable(refusal::UNAVAILABLE)
}
