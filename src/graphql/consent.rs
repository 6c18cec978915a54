//! What people let applications do.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::OauthClientId;
use uuid::Uuid;

use super::context::RequestContext;
use super::error::Result;
use super::loader::by_id;
use super::payload::payload;
use super::plan::{Plan, Step};
use super::scope::{self, Scope};
use super::viewer::Viewer;
use crate::domain::oauth_client::{self, ConsentRow};
use crate::domain::scope::Scopes;
use crate::domain::session::client_name;

/// An application, as those see it who let it in.
#[derive(Clone)]
pub struct Application {
    pub(super) id: OauthClientId,
    pub(super) name: Arc<str>,
}

impl From<(OauthClientId, String)> for Application {
    fn from((id, name): (OauthClientId, String)) -> Self {
        Self { id, name: name.into() }
    }
}

impl Plan for Application {
    fn plan(_: &mut Step<'_, Self>) {}
}

/// An application, as those see it who let it in.
#[Object]
impl Application {
    /// Its `client_id`.
    async fn client_id(&self) -> String {
        client_name(self.id)
    }

    /// What people know it by.
    async fn name(&self) -> &str {
        &self.name
    }
}

by_id! {
    /// Applications by id, as what the viewer was given names them.
    ApplicationById: OauthClientId => Application, |source, ids| async {
        let names = oauth_client::names(&source.database, ids).await?;
        Ok::<_, sea_orm::DbErr>(names.into_iter().map(|(id, name)| (id, (id, name))))
    }
}

/// What the viewer let an application do.
#[derive(Clone)]
pub struct Consent {
    pub(super) row: Arc<ConsentRow>,
    pub(super) application: Application,
}

impl From<(ConsentRow, String)> for Consent {
    fn from((row, name): (ConsentRow, String)) -> Self {
        Self {
            application: (row.client_id, name).into(),
            row: Arc::new(row),
        }
    }
}

/// What the viewer let an application do.
#[Object]
impl Consent {
    /// The application.
    async fn application(&self) -> &Application {
        &self.application
    }

    /// What it may do.
    async fn scopes(&self) -> Vec<Scope> {
        scope::list(Scopes::stored(&self.row.scope))
    }

    /// When it was last given.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }
}

/// Which application to let in no longer.
#[derive(InputObject)]
pub struct ConsentWithdrawInput {
    /// The `client_id` of the application.
    client_id: String,
}

payload! {
    /// What `consentWithdraw` did.
    ConsentWithdrawPayload {
        /// Whose consent it was.
        viewer: Option<Viewer>,
    }
}

/// Consents, of the mutation.
#[derive(Default)]
pub struct ConsentMutation;

#[Object]
impl ConsentMutation {
    /// Takes back what the viewer let an application do, and ends its sessions with them. Takes the scope `account` and
    /// a sign-in.
    async fn consent_withdraw(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which application.")] input: ConsentWithdrawInput,
    ) -> Result<Option<ConsentWithdrawPayload>> {
        let request = RequestContext::of(context)?;
        // Nothing has the id that is all zeros.
        let client = OauthClientId(Uuid::try_parse(&input.client_id).unwrap_or_default());
        let outcome = oauth_client::withdraw(&request.accounts, request.viewer(), client).await;
        ConsentWithdrawPayload::told(request, Viewer::after(request, outcome).await?).map(Some)
    }
}
