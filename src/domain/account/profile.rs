use entity::user::{Column, Entity};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, SqlErr};

use super::AccountRow;
use super::password::own_account;
use super::sign_up::LONGEST_NAME;
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::slug::Slug;
use crate::domain::text::{line, lines, web_address};
use crate::store::changes::Topic;
use crate::store::dialect::take_turns;

/// What to change of a profile; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The name in addresses.
    pub username: Option<String>,
    /// The name on bylines.
    pub display_name: Option<String>,
    /// A few words about them.
    pub bio: Option<String>,
    /// Their own site; an empty text removes it.
    pub website_url: Option<String>,
}

/// The longest username, in characters.
const LONGEST_USERNAME: usize = 60;
/// The longest bio, in characters.
const LONGEST_BIO: usize = 2_000;

/// Changes the viewer's profile.
///
/// # Errors
/// Problems with the input; a viewer who may not.
pub async fn update(accounts: &Accounts, viewer: Viewer, change: ProfileChange) -> Result<AccountRow, Refusal> {
    let account = own_account(accounts, viewer).await?;
    let mut problems = Problems::default();
    let mut statement = Query::update();
    statement
        .table(Entity)
        .value(Column::UpdatedAt, entity::now())
        .and_where(Column::Id.eq(account.id));
    if let Some(username) = &change.username
        && let Some(username) = problems.check(is_username(username))
    {
        statement.value(Column::Username, username);
    }
    if let Some(name) = &change.display_name
        && let Some(name) = problems.check(line("displayName", name, LONGEST_NAME))
    {
        statement.value(Column::DisplayName, name);
    }
    if let Some(bio) = &change.bio
        && let Some(bio) = problems.check(lines("bio", bio, LONGEST_BIO))
    {
        statement.value(Column::Bio, bio);
    }
    if let Some(url) = &change.website_url {
        let none = url.trim().is_empty();
        let url = if none {
            Ok(None)
        } else {
            web_address("websiteUrl", url).map(Some)
        };
        if let Some(url) = problems.check(url) {
            statement.value(Column::WebsiteUrl, url);
        }
    }
    problems.finish()?;
    let transaction = accounts.store.write().await?;
    // A concurrent sign-up that derives a username sees this one.
    take_turns(&transaction).await?;
    match transaction.execute(&statement).await {
        Ok(_) => {}
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            return Err(Problem::new(ProblemCode::Taken, "username", "Somebody else has this name.").into());
        }
        Err(error) => return Err(error.into()),
    }
    let changed = super::by_id(&transaction, account.id).await?;
    transaction.changed([Topic::thing(account.id), Topic::any(Entity)]);
    transaction.commit().await?;
    changed.ok_or(Refusal::NotFound("account"))
}

fn is_username(text: &str) -> Result<String, Problem> {
    let text = line("username", text, LONGEST_USERNAME)?;
    if Slug::from_text(&text, "user").as_str() == text {
        return Ok(text);
    }
    let message = "A username has small letters from a to z, digits, and single hyphens between them.";
    Err(Problem::new(ProblemCode::Invalid, "username", message))
}
