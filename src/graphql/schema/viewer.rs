//! The viewer: the account that a request acts for.

use std::borrow::Cow;
use std::sync::Arc;

use entity::UserId;

use super::api_key::ApiKey;
use super::audit_event::{self, AuditEvent};
use super::consent::Consent;
use super::identity::Identity;
use super::media::MediaUsage;
use super::member::Member;
use super::session::Session;
use super::user::Byline;
use super::{Query, listing, scope};
use crate::domain::account::{self, AccountRow, policy};
use crate::domain::audit::About;
use crate::domain::policy::Standing;
use crate::domain::refusal::Refusal;
use crate::domain::{api_key, identity, member, oauth_client, publication, session};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::{Connection, Fields, Leaf, NoArguments, Object, One, PageArguments, Payload};

/// The signed-in account, as its owner sees it.
#[derive(Clone)]
pub struct Viewer {
    account: Arc<AccountRow>,
    standing: Standing,
}

impl Viewer {
    /// The viewer of a request; none for anonymous requests.
    async fn of(request: &RequestContext) -> Result<Option<Self>> {
        let (database, viewer) = (request.database(), request.viewer());
        let Some(account) = account::of_viewer(database, viewer).await? else {
            return Ok(None);
        };
        let standing = account::standing(database, viewer).await?.own(true);
        Ok(Some(Self {
            account: Arc::new(account),
            standing,
        }))
    }

    /// Payload of a mutation of the viewer's own account: the viewer after the change.
    pub async fn after(
        request: &RequestContext,
        outcome: std::result::Result<(), Refusal>,
    ) -> Result<Payload<Option<Self>>> {
        let payload = Payload::of(request, outcome)?;
        let viewer = match payload.done() {
            Some(()) => Self::of(request).await?,
            None => None,
        };
        Ok(payload.map(|()| viewer))
    }

    fn id(&self) -> UserId {
        self.account.id
    }
}

impl Object for Viewer {
    const DESCRIPTION: &'static str = "The signed-in account, with what only its owner may see.";

    fn type_name() -> Cow<'static, str> {
        "Viewer".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        profile(fields);
        belongings(fields);
    }
}

/// What the account is.
fn profile(fields: &mut Fields<Viewer>) {
    fields.required("user", "Public profile.", Byline, Viewer::id);
    fields.optional_text(
        "email",
        "Verified email address. Null unless the token has the `account` or `email` scope.",
        |viewer| {
            let email = viewer.account.email.as_deref();
            email.filter(|_| policy::may_see_address(viewer.standing).is_ok())
        },
    );
    fields.value("scopes", "Scopes of the token or API key of this request.", |viewer| {
        scope::list(viewer.standing.scopes)
    });
    fields.each(
        "isAdministrator",
        "Whether the account is an administrator of the instance. Requires the `read` scope.",
        |viewer, _: &NoArguments, _| {
            policy::may_see_roles(viewer.standing)?;
            Ok(Leaf(viewer.account.is_administrator))
        },
    );
    fields.each(
        "canCreatePublications",
        "Whether the viewer may create publications with `publicationCreate`.",
        |viewer, _: &NoArguments, request| {
            let creators = request.accounts.settings.publications.create;
            Ok(Leaf(publication::policy::may_create(viewer.standing, creators).is_ok()))
        },
    );
    fields.resolve(
        "hasPassword",
        "Whether the account has a password, or only external identity providers. Requires the `account` scope.",
        |one| Box::pin(has_password(one)),
    );
    fields.value("createdAt", "Creation time of the account.", |viewer| {
        viewer.account.created_at
    });
}

/// What belongs to the account.
fn belongings(fields: &mut Fields<Viewer>) {
    fields.resolve(
        "sessions",
        "Sessions of the account, most recently used first. Requires the `account` scope.",
        |one| Box::pin(sessions(one)),
    );
    fields.resolve(
        "apiKeys",
        "API keys of the account, newest first. Requires the `account` scope and a session: a key cannot list keys.",
        |one| Box::pin(api_keys(one)),
    );
    fields.resolve(
        "memberships",
        "Memberships in publications, oldest first, at most 100. Requires the `read` scope.",
        |one| Box::pin(memberships(one)),
    );
    fields.resolve(
        "mediaUsage",
        "Storage used by the files that the viewer uploaded. Requires the `read` scope.",
        |one| Box::pin(media_usage(one)),
    );
    fields.resolve(
        "auditEvents",
        "Audit events of the account, newest first. Requires the `account` scope.",
        |one| Box::pin(audit_events(one)),
    );
    fields.resolve(
        "identities",
        "Linked identities at external identity providers, oldest first, at most 100. Requires the `account` scope.",
        |one| Box::pin(identities(one)),
    );
    fields.resolve(
        "consents",
        "Consents given to OAuth clients, newest first, at most 100. Requires the `account` scope.",
        |one| Box::pin(consents(one)),
    );
}

async fn has_password(one: One<'_, Viewer, NoArguments>) -> Result<Leaf<bool>> {
    policy::may_see_own(one.item.standing)?;
    let has_password = account::has_password(one.request.database(), one.item.id()).await?;
    Ok(Leaf(has_password))
}

async fn sessions(one: One<'_, Viewer, PageArguments>) -> Result<Connection<Session>> {
    policy::may_see_own(one.item.standing)?;
    let (database, user) = (one.request.database(), one.item.id());
    let page = one.arguments.request::<Session>((), one.look_ahead)?;
    let sessions = session::list_of(database, user, &page);
    listing::connection(one.look_ahead, sessions, session::count_of(database, user)).await
}

async fn api_keys(one: One<'_, Viewer, PageArguments>) -> Result<Connection<ApiKey>> {
    api_key::policy::may_manage(one.item.standing)?;
    let (database, user) = (one.request.database(), one.item.id());
    let page = one.arguments.request::<ApiKey>((), one.look_ahead)?;
    let keys = api_key::list_of(database, user, &page);
    listing::connection(one.look_ahead, keys, api_key::count_of(database, user)).await
}

async fn memberships(one: One<'_, Viewer, NoArguments>) -> Result<Vec<Member>> {
    policy::may_see_roles(one.item.standing)?;
    let rows = member::of_user(one.request.database(), one.item.id()).await?;
    Ok(rows.into_iter().map(Member::from).collect())
}

async fn media_usage(one: One<'_, Viewer, NoArguments>) -> Result<MediaUsage> {
    policy::may_see_roles(one.item.standing)?;
    MediaUsage::of_account(one.request, one.item.id().0).await
}

async fn audit_events(one: One<'_, Viewer, PageArguments>) -> Result<Connection<AuditEvent>> {
    policy::may_see_own(one.item.standing)?;
    let about = About::User(one.item.id());
    audit_event::events(one.request, about, &one.arguments, one.look_ahead).await
}

async fn identities(one: One<'_, Viewer, NoArguments>) -> Result<Vec<Identity>> {
    policy::may_see_own(one.item.standing)?;
    let rows = identity::list_of(one.request.database(), one.item.id()).await?;
    Ok(rows.into_iter().map(Identity::from).collect())
}

async fn consents(one: One<'_, Viewer, NoArguments>) -> Result<Vec<Consent>> {
    policy::may_see_own(one.item.standing)?;
    let rows = oauth_client::consents(one.request.database(), one.item.id()).await?;
    Ok(rows.into_iter().map(Consent::from).collect())
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve("viewer", "The signed-in account; null for anonymous requests.", |one| {
        Box::pin(viewer(one))
    });
}

async fn viewer(one: One<'_, Query, NoArguments>) -> Result<Option<Viewer>> {
    Viewer::of(one.request).await
}
