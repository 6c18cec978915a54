//! Trusted documents, as administrators see them.

use std::borrow::Cow;

use super::{Query, listing, node};
use crate::domain::account;
use crate::domain::page::{Position, SortKind};
use crate::domain::trusted_document::{self, policy};
use crate::graphql::engine::{Connection, Fields, Listed, Object, One, PageArguments};
use crate::graphql::error::Result;
use crate::graphql::id::NodeType;
use crate::graphql::trusted_document::TrustedDocument;

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

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "trustedDocuments",
        "Documents registered through the API, by document id; those of a manifest are not listed. Requires an administrator \
         and the `admin` scope.",
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
