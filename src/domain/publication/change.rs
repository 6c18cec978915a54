use entity::membership::{self, Role};
use entity::publication::{ActiveModel, Column, Entity};
use entity::{PublicationId, UserId};
use language_tags::LanguageTag;
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait};
use serde_json::Value;

use super::{NewPublication, by_ids, create, default_slug, policy};
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::custom_fields;
use crate::domain::own_slug::{Place, Wish};
use crate::domain::refusal::{Denied, Problem, ProblemCode, Problems, Refusal};
use crate::domain::text::{line, lines, web_address};
use crate::domain::viewer::Viewer;
use crate::domain::{account, organise};
use crate::store::changes::Topic;
use crate::store::dialect::take_turns;
use crate::store::row::fetch_count;
use crate::store::sql::count_all;

/// How many publications one person may own before they make another.
pub const MOST_OWNED: i64 = 20;
/// The longest title, in characters.
const MOST_TITLE: usize = 255;
/// The longest tagline, in characters.
const MOST_TAGLINE: usize = 1_000;
/// The longest language tag, in characters: room for every subtag that RFC 5646 §4.4.1 asks for.
const MOST_LANGUAGE: usize = 35;

/// A publication that somebody wants.
#[derive(Clone, Debug)]
pub struct PublicationInput {
    /// Its name as readers see it.
    pub title: String,
    /// Its name in addresses; derived from the title when left out.
    pub slug: Option<String>,
    /// One line about it; may be empty.
    pub tagline: String,
    /// BCP 47 language tag of its texts.
    pub language: String,
    /// Where its front end lives.
    pub site_url: Option<String>,
}

/// What becomes of a setting that may be missing.
#[derive(Clone, Debug, Default)]
pub enum Kept<T> {
    /// It stays.
    #[default]
    As,
    /// It goes.
    Not,
    /// It becomes this.
    Set(T),
}

/// What of a publication's settings shall change.
#[derive(Clone, Debug, Default)]
pub struct PublicationChange {
    /// Its name as readers see it.
    pub title: Option<String>,
    /// Its name in addresses.
    pub slug: Option<String>,
    /// One line about it.
    pub tagline: Option<String>,
    /// BCP 47 language tag of its texts.
    pub language: Option<String>,
    /// Where its front end lives.
    pub site_url: Kept<String>,
    /// The JSON Schema of its posts' custom fields.
    pub custom_field_schema: Kept<Value>,
}

fn title(text: &str) -> Result<String, Problem> {
    line("title", text, MOST_TITLE)
}

fn tagline(text: &str) -> Result<String, Problem> {
    lines("tagline", text, MOST_TAGLINE)
}

/// A language tag as BCP 47 writes it: `EN-us` is `en-US`.
fn language(text: &str) -> Result<String, Problem> {
    let text = line("language", text, MOST_LANGUAGE)?;
    let tag = LanguageTag::parse(&text).ok().filter(LanguageTag::is_valid);
    let tag = tag.and_then(|tag| tag.canonicalize().ok());
    tag.map(LanguageTag::into_string).ok_or_else(|| {
        let message = "Give a BCP 47 language tag, like `en`, `de-CH` or `zh-Hant`.";
        Problem::new(ProblemCode::Invalid, "language", message)
    })
}

fn site_url(text: &str) -> Result<String, Problem> {
    web_address("siteUrl", text)
}

/// Where a publication's slug is unique.
pub(in crate::domain) fn place() -> Place<Entity> {
    Place {
        table: Entity,
        slug: Column::Slug,
        publication: None,
        among: Condition::all(),
    }
}

/// Creates a publication that the viewer owns.
///
/// # Errors
/// Problems with the input, or when they own too many; a viewer who may not.
pub async fn add(accounts: &Accounts, viewer: Viewer, input: PublicationInput) -> Result<PublicationId, Refusal> {
    let transaction = accounts.store.write().await?;
    // So that two at once get two slugs, and neither is one too many.
    take_turns(&transaction).await?;
    let settings = &accounts.settings.publications;
    let who = account::standing(&transaction, viewer).await?;
    policy::may_create(who, settings.create)?;
    let owner = viewer.actor().ok_or(Denied::Unauthenticated)?.user;
    let mut problems = Problems::default();
    let title = problems.check(title(&input.title));
    let tagline = problems.check(tagline(&input.tagline));
    let language = problems.check(language(&input.language));
    let site_url = problems.check(input.site_url.as_deref().map(site_url).transpose());
    let wish = Wish {
        given: input.slug.as_deref(),
        text: title.as_deref().unwrap_or_default(),
        fallback: "publication",
    };
    let slug = problems.gather(place().choose(&transaction, wish).await)?;
    if let Some(problem) = default_slug::check(settings, who, None, slug.as_deref().unwrap_or_default()) {
        problems.add(problem);
    }
    if owned(&transaction, owner).await? >= MOST_OWNED {
        let message = format!("You own {MOST_OWNED} publications already, which is as many as one person may make.");
        problems.add(Problem::whole(ProblemCode::NotAllowed, message));
    }
    problems.finish()?;
    let new = NewPublication {
        slug: slug.unwrap_or_default(),
        title: title.unwrap_or_default(),
        tagline: tagline.unwrap_or_default(),
        language: language.unwrap_or_default(),
        site_url: site_url.flatten(),
        owner,
    };
    let id = create(&transaction, new).await?;
    transaction.changed([Topic::any(Entity)]);
    let event = Event::new(EventKind::PublicationMade).user(owner).publication(id);
    audit::record(&transaction, viewer, event).await?;
    transaction.commit().await?;
    Ok(id)
}

async fn owned(transaction: &impl ConnectionTrait, owner: UserId) -> Result<i64, Refusal> {
    let statement = Query::select()
        .expr(count_all())
        .from(membership::Entity)
        .and_where(membership::Column::UserId.eq(owner))
        .and_where(membership::Column::Role.eq(Role::Owner))
        .take();
    Ok(fetch_count(transaction, &statement).await?)
}

/// Changes the settings of a publication. Posts are left as they are, also those whose custom fields do not keep to a new
/// schema: they must when they are saved next.
///
/// # Errors
/// Problems with the input; a viewer who may not.
pub async fn change(
    accounts: &Accounts,
    viewer: Viewer,
    id: PublicationId,
    change: PublicationChange,
) -> Result<(), Refusal> {
    let transaction = organise::begin(accounts, viewer, id, policy::may_change).await?;
    take_turns(&transaction).await?;
    let Some(old) = by_ids(&transaction, &[id]).await?.remove(&id) else {
        return Err(Refusal::NotFound("publication"));
    };
    let mut problems = Problems::default();
    let title = change.title.map(|text| problems.check(title(&text)));
    let tagline = change.tagline.map(|text| problems.check(tagline(&text)));
    let language = change.language.map(|text| problems.check(language(&text)));
    let site_url = match change.site_url {
        Kept::Set(text) => ActiveValue::Set(problems.check(site_url(&text))),
        Kept::Not => ActiveValue::Set(None),
        Kept::As => ActiveValue::NotSet,
    };
    let schema = match change.custom_field_schema {
        Kept::Set(schema) => {
            problems.gather(custom_fields::compiled(&schema).await)?;
            ActiveValue::Set(Some(schema))
        }
        Kept::Not => ActiveValue::Set(None),
        Kept::As => ActiveValue::NotSet,
    };
    let slug = place().change(&transaction, change.slug.as_deref(), &old.slug).await;
    let slug = problems.gather(slug)?.unwrap_or_else(|| old.slug.clone());
    let who = account::standing(&transaction, viewer).await?;
    if let Some(problem) = default_slug::check(&accounts.settings.publications, who, Some(&old.slug), &slug) {
        problems.add(problem);
    }
    problems.finish()?;
    let is_moved = slug != old.slug;
    let row = ActiveModel {
        id: ActiveValue::Unchanged(id),
        slug: ActiveValue::Set(slug),
        title: ActiveValue::Set(title.flatten().unwrap_or(old.title)),
        tagline: ActiveValue::Set(tagline.flatten().unwrap_or(old.tagline)),
        language: ActiveValue::Set(language.flatten().unwrap_or(old.language)),
        site_url,
        custom_field_schema: schema,
        updated_at: ActiveValue::Set(entity::now()),
        ..Default::default()
    };
    row.update(&transaction).await?;
    transaction.changed([Topic::thing(id)]);
    if is_moved {
        transaction.changed([Topic::any(Entity)]);
    }
    let event = Event::new(EventKind::PublicationChanged).publication(id);
    audit::record(&transaction, viewer, event).await?;
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_written_as_bcp_47_has_it() {
        for (given, kept) in [("EN-us", "en-US"), (" de ", "de"), ("zh-hant-tw", "zh-Hant-TW")] {
            assert_eq!(language(given), Ok(kept.to_owned()));
        }
    }

    #[test]
    fn what_is_no_language_is_refused() {
        for wrong in [
            "",
            "e",
            "en_US",
            "english language",
            "en-",
            "en\0",
            "-",
            &"en-".repeat(40),
        ] {
            let problem = language(wrong).expect_err("no language");
            assert_eq!(problem.field, Some("language"), "{wrong:?}");
        }
    }
}
