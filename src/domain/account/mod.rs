//! Accounts: people who can sign in. An account's e-mail address is always one that its owner proved to have: by a link
//! that was sent there, or by an outside provider that vouches for it.

mod claim;
mod delete;
mod disable;
mod email;
mod letter;
mod link;
mod make;
mod operator;
mod password;
pub mod policy;
mod profile;
mod set_up;
mod sign_in;
mod sign_up;

pub use claim::send_claim;
pub use delete::delete;
pub use disable::{disable, enable, make_administrator};
pub use email::{change_email, confirm_email};
pub use link::{EXPIRED as EXPIRED_LINK, LinkRow, find as find_link};
pub use make::{NewAccount, make};
pub use operator::{Appointment, appoint};
pub use password::{NewPassword, change_password, forgot_password, password_link, reset_password};
pub use profile::{ProfileChange, update};
pub use set_up::{SetUp, has_administrator, set_up, set_up_link};
pub use sign_in::{SignIn, sign_in};
pub use sign_up::{Proof, SignUp, confirm_sign_up, sign_up};

pub(in crate::domain) use letter::send as send_letter;
pub(in crate::domain) use sign_in::{disabled, record as record_sign_in};

use entity::user::{Column, Entity};
use entity::{Timestamp, UserId};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr};

use crate::domain::page::{Page, PageRequest, Position, SortValue};
use crate::domain::policy::{Person, Standing};
use crate::domain::text::Email;
use crate::domain::viewer::Viewer;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_cell, fetch_count, fetch_one, row};
use crate::store::sql::count_all;

row! {
    /// An account, as its owner and those who look after the installation see it.
    pub struct AccountRow of user {
        /// The id.
        pub id: UserId = Id,
        /// The name in addresses.
        pub username: String = Username,
        /// The name on bylines.
        pub display_name: String = DisplayName,
        /// The address.
        pub email: Option<String> = Email,
        /// When a person took the account over; none: an imported author nobody has claimed.
        pub claimed_at: Option<Timestamp> = ClaimedAt,
        /// Whether they look after the installation.
        pub is_administrator: bool = IsAdministrator,
        /// Since when they may not sign in.
        pub disabled_at: Option<Timestamp> = DisabledAt,
        /// When it was made.
        pub created_at: Timestamp = CreatedAt,
    }
}

impl AccountRow {
    /// Its place in the list, which is ordered by username.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Text(self.username.clone()),
            id: self.id.0,
        }
    }
}

fn accounts() -> SelectStatement {
    let mut statement = Query::select();
    AccountRow::select(&mut statement);
    statement.from(Entity);
    statement
}

/// The account with this id.
pub async fn by_id(database: &impl Reads, id: UserId) -> Result<Option<AccountRow>, DbErr> {
    fetch_one(database, &accounts().and_where(Column::Id.eq(id)).take()).await
}

/// The viewer's own account; none when nobody is signed in, or the account may not be any more.
pub async fn of_viewer(database: &impl Reads, viewer: Viewer) -> Result<Option<AccountRow>, DbErr> {
    let Some(actor) = viewer.actor() else {
        return Ok(None);
    };
    let account = by_id(database, actor.user).await?;
    Ok(account.filter(|account| account.disabled_at.is_none() && account.claimed_at.is_some()))
}

/// The viewer's own account, if they may see what belongs to it.
pub(in crate::domain) async fn sees_own(database: &impl Reads, viewer: Viewer) -> Result<Option<UserId>, DbErr> {
    let who = standing(database, viewer).await?.own(true);
    let actor = viewer.actor().filter(|_| policy::may_see_own(who).is_ok());
    Ok(actor.map(|actor| actor.user))
}

/// Whether a user has a password to sign in with.
pub async fn has_password(database: &impl Reads, user: UserId) -> Result<bool, DbErr> {
    let statement = Query::select()
        .expr(count_all())
        .from(entity::password::Entity)
        .and_where(entity::password::Column::UserId.eq(user))
        .take();
    Ok(fetch_count(database, &statement).await? > 0)
}

/// The account, or the imported author, with this address.
pub async fn by_email(database: &impl Reads, email: &Email) -> Result<Option<AccountRow>, DbErr> {
    fetch_one(database, &accounts().and_where(Column::Email.eq(email.as_str())).take()).await
}

/// A page of all accounts and imported authors, by username.
pub async fn list(database: &impl Reads, request: &PageRequest) -> Result<Page<AccountRow>, DbErr> {
    let mut statement = accounts();
    request.apply(
        &mut statement,
        &Column::Username.into_expr(),
        &Column::Id.into_expr(),
        false,
    );
    Ok(Page::new(fetch(database, &statement).await?, request))
}

/// How many accounts and imported authors there are.
pub async fn count(database: &impl Reads) -> Result<i64, DbErr> {
    fetch_count(database, &Query::select().expr(count_all()).from(Entity).take()).await
}

/// What a viewer is to the installation and to their own account.
pub async fn standing(database: &impl Reads, viewer: Viewer) -> Result<Standing, DbErr> {
    let person = match viewer {
        Viewer::Operator => Person::Operator,
        Viewer::Anonymous | Viewer::Client(_) | Viewer::Preview(_) => Person::Stranger,
        Viewer::User(actor) => {
            let statement = Query::select()
                .column(Column::IsAdministrator)
                .from(Entity)
                .and_where(Column::Id.eq(actor.user))
                .and_where(Column::DisabledAt.is_null())
                .take();
            match fetch_cell(database, &statement).await? {
                Some(true) => Person::Administrator,
                Some(false) => Person::Account,
                None => Person::Stranger,
            }
        }
    };
    Ok(Standing::of(viewer, person))
}
