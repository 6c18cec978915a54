//! Trusted documents, as administrators see them.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::InputObject;
use entity::TrustedDocumentId;

use super::{Mutation, Query, listing, node};
use crate::domain::account;
use crate::domain::page::{Position, SortKind};
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::trusted_document::{self, DocumentRow, NewDocument, policy};
use crate::graphql::check::check;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::loader::by_id;
use crate::graphql::engine::{Connection, Fields, Listed, Object, One, PageArguments, Payload, returns};

/// A trusted document.
#[derive(Clone)]
pub struct TrustedDocument(pub Arc<DocumentRow>);

impl From<DocumentRow> for TrustedDocument {
    fn from(row: DocumentRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Object for TrustedDocument {
    const DESCRIPTION: &'static str = "A GraphQL document that clients can request by id instead of sending its text.";

    fn type_name() -> Cow<'static, str> {
        "TrustedDocument".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::TrustedDocument, |document| document.0.id);
        fields.text(
            "documentId",
            "Id by which clients request the document. It is never reused for another text.",
            |document| &document.0.name,
        );
        fields.text("text", "Text of the document.", |document| {
            document.0.text.as_deref().unwrap_or_default()
        });
        fields.text(
            "sha256",
            "SHA-256 of the text, in hexadecimal. Clients can request the document by it, too.",
            |document| &document.0.digest,
        );
        fields.value("createdAt", "Time of registration.", |document| document.0.created_at);
    }
}

impl Listed for TrustedDocument {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("n", SortKind::Text)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

by_id! {
    /// Trusted documents by id, for administrators.
    TrustedDocumentById: TrustedDocumentId => TrustedDocument, |source, ids| {
        trusted_document::by_ids(&source.database, source.viewer, ids)
    }
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "trustedDocuments",
        "Documents registered through the API, by document id; those of a manifest are not listed. Requires an \
         administrator and the `admin` scope.",
        |one| Box::pin(all(one)),
    );
}

async fn all(one: One<'_, Query, PageArguments>) -> Result<Option<Connection<TrustedDocument>>> {
    let (request, database) = (one.request, one.request.database());
    policy::may_manage(account::standing(database, request.viewer()).await?)?;
    let page = one.arguments.request::<TrustedDocument>((), one.look_ahead)?;
    let documents = trusted_document::list(database, &page);
    listing::connection(one.look_ahead, documents, trusted_document::count(database))
        .await
        .map(Some)
}

/// The mutations of trusted documents.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "trustedDocumentRegister",
        "Registers documents; those that are registered already stay as they are. When the response arrives, all \
         replicas know them. Requires an administrator and the `admin` scope.",
        |payload: &mut Fields<Payload<Vec<TrustedDocument>>>| {
            payload.embedded(
                "trustedDocuments",
                "The documents, including those that were registered already.",
                |payload| payload.done().cloned().unwrap_or_default(),
            );
        },
        |request, input| Box::pin(register(request, input)),
    );
    fields.mutation(
        "trustedDocumentRemove",
        "Removes a document. When the response arrives, no replica accepts its id any more. The id cannot be \
         registered for another text. Requires an administrator and the `admin` scope.",
        returns("trustedDocument", "The removed document."),
        |request, input| Box::pin(remove(request, input)),
    );
}

#[derive(InputObject)]
struct TrustedDocumentRegisterInput {
    /// Documents, 1 to 100. Either all of them are registered or none.
    documents: Vec<TrustedDocumentInput>,
}

/// A document to register.
#[derive(InputObject)]
struct TrustedDocumentInput {
    /// Id by which clients request the document: `sha256:` and the SHA-256 of the text, or a name of letters, digits
    /// and `-._~`.
    document_id: String,
    /// Text as clients would send it, at most 64 KB.
    text: String,
}

async fn register(
    request: &RequestContext,
    input: TrustedDocumentRegisterInput,
) -> Result<Payload<Vec<TrustedDocument>>> {
    // Checking documents is expensive: not for viewers who may not register any.
    policy::may_manage(account::standing(request.database(), request.viewer()).await?)?;
    let registering = async {
        let new = checked(request, input.documents).await?;
        let transaction = request.accounts.store.write().await?;
        let rows = trusted_document::register(&transaction, request.viewer(), new).await?;
        transaction.commit().await?;
        Ok::<_, Refusal>(rows.into_iter().map(TrustedDocument::from).collect())
    };
    Payload::of(request, registering.await)
}

/// The documents, if all of them can be executed.
async fn checked(
    request: &RequestContext,
    given: Vec<TrustedDocumentInput>,
) -> std::result::Result<Vec<NewDocument>, Refusal> {
    // Too many are not checked one by one.
    trusted_document::check_count(given.len())?;
    let mut problems = Problems::default();
    let mut new = Vec::with_capacity(given.len());
    for (place, TrustedDocumentInput { document_id, text }) in given.into_iter().enumerate() {
        let problem = match NewDocument::new(&document_id, text) {
            Ok(document) => match check(&document.text, &request.limits).await {
                Ok(()) => {
                    new.push(document);
                    continue;
                }
                Err(refusal) => refusal.to_string(),
            },
            Err(problem) => problem,
        };
        let message = format!("The document cannot be trusted: {problem}");
        problems.add(Problem::new(ProblemCode::Invalid, "documents", message).within(place.to_string()));
    }
    problems.finish()?;
    Ok(new)
}

#[derive(InputObject)]
struct TrustedDocumentRemoveInput {
    /// Id by which clients request the document.
    document_id: String,
}

async fn remove(request: &RequestContext, input: TrustedDocumentRemoveInput) -> Result<Payload<TrustedDocument>> {
    let removing = async {
        let transaction = request.accounts.store.write().await?;
        let row = trusted_document::remove(&transaction, request.viewer(), &input.document_id).await?;
        transaction.commit().await?;
        Ok::<_, Refusal>(TrustedDocument::from(row))
    };
    Payload::of(request, removing.await)
}
