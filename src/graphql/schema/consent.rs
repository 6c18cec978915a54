//! Consents that the viewer gave to OAuth clients.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::InputObject;
use entity::OauthClientId;
use sea_orm::DbErr;
use uuid::Uuid;

use super::viewer::Viewer;
use super::{Mutation, scope};
use crate::domain::oauth_client::{self, ConsentRow};
use crate::domain::scope::Scopes;
use crate::domain::session::client_name;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::loader::by_id;
use crate::graphql::engine::{Fields, Object, Payload, returns};

/// An OAuth client, as users who authorized it see it.
#[derive(Clone)]
pub struct Application {
    id: OauthClientId,
    name: Arc<str>,
}

impl From<(OauthClientId, String)> for Application {
    fn from((id, name): (OauthClientId, String)) -> Self {
        Self { id, name: name.into() }
    }
}

impl Object for Application {
    const DESCRIPTION: &'static str = "An OAuth client, as users who authorized it see it.";

    fn type_name() -> Cow<'static, str> {
        "Application".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.value("clientId", "The `client_id`.", |client| client_name(client.id));
        fields.text("name", "Display name.", |client| &client.name);
    }
}

by_id! {
    /// OAuth clients by id, as objects that the viewer may see refer to them.
    ApplicationById: OauthClientId => Application, |source, ids| async {
        let names = oauth_client::names(&source.database, ids).await?;
        Ok::<_, DbErr>(names.into_iter().map(|(id, name)| (id, (id, name))))
    }
}

/// A consent, with the name of the client.
#[derive(Clone)]
pub struct Consent {
    row: Arc<ConsentRow>,
    client: Application,
}

impl From<(ConsentRow, String)> for Consent {
    fn from((row, name): (ConsentRow, String)) -> Self {
        Self {
            client: (row.client_id, name).into(),
            row: Arc::new(row),
        }
    }
}

impl Object for Consent {
    const DESCRIPTION: &'static str = "The viewer's consent to an OAuth client.";

    fn type_name() -> Cow<'static, str> {
        "Consent".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.embedded("application", "The OAuth client.", |consent| consent.client.clone());
        fields.value("scopes", "Scopes that the viewer consented to.", |consent| {
            scope::list(Scopes::stored(&consent.row.scope))
        });
        fields.value("createdAt", "Time when consent was last given.", |consent| {
            consent.row.created_at
        });
    }
}

/// The mutations of consents.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "consentWithdraw",
        "Withdraws the viewer's consent to an OAuth client and ends the client's sessions of the viewer. Requires the \
         `account` scope and a session.",
        returns("viewer", "The viewer after the change."),
        |request, input| Box::pin(withdraw(request, input)),
    );
}

#[derive(InputObject)]
struct ConsentWithdrawInput {
    /// The `client_id` of the client.
    client_id: String,
}

async fn withdraw(request: &RequestContext, input: ConsentWithdrawInput) -> Result<Payload<Option<Viewer>>> {
    // No client has the nil id, so a malformed `client_id` is not found.
    let client = OauthClientId(Uuid::try_parse(&input.client_id).unwrap_or_default());
    let withdrawn = oauth_client::withdraw(&request.accounts, request.viewer(), client).await;
    Viewer::after(request, withdrawn).await
}
