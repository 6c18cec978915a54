//! Trusted documents, for those who look after the installation.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::TrustedDocumentId;

use super::check::check;
use super::context::RequestContext;
use super::error::Result;
use super::id::{NodeType, encode};
use super::loader::by_id;
use super::page::{Connection, Listed, PageArguments, Total};
use super::payload::payload;
use super::plan::{Plan, Step};
use crate::domain::account;
use crate::domain::page::{Position, SortKind};
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::trusted_document::{self, DocumentRow, NewDocument, policy};

/// A document that clients may name instead of sending it.
#[derive(Clone)]
pub struct TrustedDocument(pub(super) Arc<DocumentRow>);

impl From<DocumentRow> for TrustedDocument {
    fn from(row: DocumentRow) -> Self {
        Self(Arc::new(row))
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

impl Plan for TrustedDocument {
    fn plan(_: &mut Step<'_, Self>) {}
}

/// A document that clients may name instead of sending it.
#[Object]
impl TrustedDocument {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::TrustedDocument, self.0.id)
    }

    /// What clients name it by. It never stands for another text.
    async fn document_id(&self) -> &str {
        &self.0.name
    }

    /// The text.
    async fn text(&self) -> &str {
        self.0.text.as_deref().unwrap_or_default()
    }

    /// The SHA-256 of the text, in hexadecimal: clients may name it by that, too.
    async fn sha256(&self) -> &str {
        &self.0.digest
    }

    /// When it was registered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

by_id! {
    /// Trusted documents by id, for those who look after them.
    TrustedDocumentById: TrustedDocumentId => TrustedDocument, |source, ids| {
        trusted_document::by_ids(&source.database, source.viewer, ids)
    }
}

/// A document to be trusted.
#[derive(InputObject)]
pub struct TrustedDocumentInput {
    /// What clients name it by: `sha256:` and the digest of its text, or a name of your own, of letters, digits and `-._~`.
    document_id: String,
    /// The text, as clients would send it, at most 64 KB.
    text: String,
}

/// Documents to be trusted.
#[derive(InputObject)]
pub struct TrustedDocumentRegisterInput {
    /// At most 100: all of them are registered, or none.
    documents: Vec<TrustedDocumentInput>,
}

/// Which document to remove.
#[derive(InputObject)]
pub struct TrustedDocumentRemoveInput {
    /// What clients name it by.
    document_id: String,
}

payload! {
    /// What `trustedDocumentRegister` did.
    TrustedDocumentRegisterPayload {
        /// The documents, those that were there before as well.
        trusted_documents: Vec<TrustedDocument>,
    }
}

payload! {
    /// What `trustedDocumentRemove` did.
    TrustedDocumentRemovePayload {
        /// The document, as it was.
        trusted_document: Option<TrustedDocument>,
    }
}

/// Trusted documents, of the query.
#[derive(Default)]
pub struct TrustedDocumentQuery;

#[Object]
impl TrustedDocumentQuery {
    /// The documents that were registered, by what they are named by; those of a manifest are not among them. For
    /// administrators, with the scope `admin`.
    async fn trusted_documents(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<TrustedDocument>>> {
        let request = RequestContext::of(context)?;
        let database = request.database();
        policy::may_manage(account::standing(database, request.viewer()).await?)?;
        let page = PageArguments::given(context, first, after, last, before).request::<TrustedDocument>(())?;
        let page = trusted_document::list(database, &page)
            .await?
            .map(TrustedDocument::from);
        let total = Total::Counted(Arc::new(|request: &RequestContext| {
            Box::pin(async move { Ok(trusted_document::count(request.database()).await?) })
        }));
        Ok(Some(Connection::new(Arc::new(page), (), total)))
    }
}

/// Trusted documents, of the mutation.
#[derive(Default)]
pub struct TrustedDocumentMutation;

#[Object]
impl TrustedDocumentMutation {
    /// Registers documents, which all replicas know when this is answered. What is registered already stays as it is. For
    /// administrators, with the scope `admin`.
    async fn trusted_document_register(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The documents.")] input: TrustedDocumentRegisterInput,
    ) -> Result<Option<TrustedDocumentRegisterPayload>> {
        let request = RequestContext::of(context)?;
        // Nothing is checked for whoever may not bring anything.
        policy::may_manage(account::standing(request.database(), request.viewer()).await?)?;
        let registering = async {
            let new = checked(request, input.documents).await?;
            let transaction = request.accounts.store.write().await?;
            let rows = trusted_document::register(&transaction, request.viewer(), new).await?;
            transaction.commit().await?;
            Ok::<_, Refusal>((rows.into_iter().map(TrustedDocument::from).collect(),))
        };
        let registered = registering.await;
        TrustedDocumentRegisterPayload::told(request, registered).map(Some)
    }

    /// Removes a document: when this is answered, no replica takes its name any more. The name cannot be given to another
    /// text. For administrators, with the scope `admin`.
    async fn trusted_document_remove(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: TrustedDocumentRemoveInput,
    ) -> Result<Option<TrustedDocumentRemovePayload>> {
        let request = RequestContext::of(context)?;
        let removing = async {
            let transaction = request.accounts.store.write().await?;
            let row = trusted_document::remove(&transaction, request.viewer(), &input.document_id).await?;
            transaction.commit().await?;
            Ok::<_, Refusal>((Some(row.into()),))
        };
        let removed = removing.await;
        TrustedDocumentRemovePayload::told(request, removed).map(Some)
    }
}

/// What was given, if all of it could be executed.
async fn checked(
    request: &RequestContext,
    given: Vec<TrustedDocumentInput>,
) -> std::result::Result<Vec<NewDocument>, Refusal> {
    // Before each of them is looked at.
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
