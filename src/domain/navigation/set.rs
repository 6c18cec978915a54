use std::collections::HashSet;

use entity::navigation_item::{ActiveModel, Column, Entity};
use entity::post::PostKind;
use entity::{CategoryId, NavigationItemId, PostId, PublicationId, TagId};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue, ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::target::Known;
use crate::domain::accounts::Accounts;
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::slug::Slug;
use crate::domain::text::line;
use crate::domain::viewer::Viewer;
use crate::domain::{organise, publication};
use crate::store::changes::Topic;
use crate::store::read::Reads;
use crate::store::sql::insert;

/// The most menus of a publication.
pub const MOST_MENUS: usize = 20;
/// The most items of a menu, all levels together.
pub const MOST_ITEMS: usize = 200;
/// How many levels a menu has at the most.
pub const MOST_LEVELS: usize = 3;
/// The longest label, in characters.
const MOST_LABEL: usize = 200;
/// The longest name of a menu, in characters.
const MOST_NAME: usize = 50;

/// An item of a menu.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// What readers see.
    pub label: String,
    /// Where it leads; nowhere for a heading.
    pub target: Option<NewTarget>,
    /// What stands below it.
    pub items: Vec<NewItem>,
}

/// Where an item leads.
#[derive(Clone, Debug)]
pub enum NewTarget {
    /// A web address, or a path of the front end.
    Url(String),
    /// A post or page, of this kind.
    Post(PostKind, PostId),
    /// A tag.
    Tag(TagId),
    /// A category.
    Category(CategoryId),
}

/// Makes these the items of a menu, whatever it had; without items there is no such menu.
///
/// # Errors
/// Problems with the input, each with the path to its item; a viewer who may not.
pub async fn set(
    accounts: &Accounts,
    viewer: Viewer,
    publication: PublicationId,
    name: &str,
    items: Vec<NewItem>,
) -> Result<(), Refusal> {
    let policy = publication::policy::may_set_navigation;
    let transaction = organise::begin(accounts, viewer, publication, policy).await?;
    let mut problems = Problems::default();
    let menu = problems.check(menu_name(name)).unwrap_or_default();
    let mut plain = Plain::default();
    plain.add(items, &mut Vec::new());
    if plain.count > MOST_ITEMS {
        let message = format!("These are {} items; allowed are {MOST_ITEMS}.", plain.count);
        return Err(Problem::new(ProblemCode::TooLong, "items", message).into());
    }
    let known = Known::of(&transaction, viewer, publication, plain.targets()).await?;
    for item in &plain.items {
        if item.place.len() > MOST_LEVELS {
            let message = format!("A menu has at most {MOST_LEVELS} levels.");
            problems.add(item.problem("items", Problem::new(ProblemCode::NotAllowed, "items", message)));
            continue;
        }
        if let Err(problem) = line("items", &item.label, MOST_LABEL) {
            problems.add(item.problem("label", problem));
        }
        if let Some(problem) = item.target.as_ref().and_then(|target| known.problem(target)) {
            problems.add(item.problem("target", problem));
        }
    }
    let mut others = names(&transaction, publication).await?;
    others.remove(&menu);
    if others.len() >= MOST_MENUS && !plain.items.is_empty() {
        let message = format!("There are {} other menus; allowed are {MOST_MENUS}.", others.len());
        problems.add(Problem::new(ProblemCode::NotAllowed, "name", message));
    }
    problems.finish()?;
    Entity::delete_many()
        .filter(Column::PublicationId.eq(publication))
        .filter(Column::Menu.eq(&menu))
        .exec(&transaction)
        .await?;
    let rows = plain.items.into_iter().zip(0..);
    let rows = rows.map(|(item, position)| item.row(publication, &menu, position));
    insert::<Entity, _>(&transaction, rows.collect()).await?;
    transaction.changed([Topic::below(Entity, publication)]);
    Ok(transaction.commit().await?)
}

/// The name of a menu, which is written like a slug.
fn menu_name(name: &str) -> Result<String, Problem> {
    let name = line("name", name, MOST_NAME)?;
    if Slug::from_text(&name, "").as_str() != name {
        let message = "Give lower-case letters, digits and single hyphens, like `main` or `footer-left`.";
        return Err(Problem::new(ProblemCode::Invalid, "name", message));
    }
    Ok(name)
}

/// The names of the menus that there are.
async fn names(database: &impl Reads, publication: PublicationId) -> Result<HashSet<String>, DbErr> {
    let statement = Query::select()
        .distinct()
        .column(Column::Menu)
        .from(Entity)
        .and_where(Column::PublicationId.eq(publication))
        .take();
    let rows = database.rows(&statement).await?;
    rows.each().map(|cells| cells.get(0)).collect()
}

/// An item by itself, and the way to it: its place on each level.
struct PlainItem {
    place: Vec<usize>,
    label: String,
    target: Option<NewTarget>,
}

impl PlainItem {
    /// The problem with a part of this item, where the input has it.
    fn problem(&self, part: &str, problem: Problem) -> Problem {
        let mut within: Vec<String> = Vec::new();
        for (level, place) in self.place.iter().enumerate() {
            if level > 0 {
                within.push("items".to_owned());
            }
            within.push(place.to_string());
        }
        within.push(part.to_owned());
        Problem {
            field: Some("items"),
            within,
            ..problem
        }
    }

    fn row(self, publication: PublicationId, menu: &str, position: i32) -> ActiveModel {
        let (mut url, mut post, mut tag, mut category) = (None, None, None, None);
        match self.target {
            Some(NewTarget::Url(address)) => url = Some(address.trim().to_owned()),
            Some(NewTarget::Post(_, id)) => post = Some(id),
            Some(NewTarget::Tag(id)) => tag = Some(id),
            Some(NewTarget::Category(id)) => category = Some(id),
            None => {}
        }
        ActiveModel {
            id: ActiveValue::Set(NavigationItemId::new()),
            publication_id: ActiveValue::Set(publication),
            menu: ActiveValue::Set(menu.to_owned()),
            position: ActiveValue::Set(position),
            depth: ActiveValue::Set(i32::try_from(self.place.len()).unwrap_or(i32::MAX)),
            label: ActiveValue::Set(self.label.trim().to_owned()),
            url: ActiveValue::Set(url),
            post_id: ActiveValue::Set(post),
            tag_id: ActiveValue::Set(tag),
            category_id: ActiveValue::Set(category),
        }
    }
}

/// The items of all levels, from top to bottom; no more than are looked at.
#[derive(Default)]
struct Plain {
    items: Vec<PlainItem>,
    count: usize,
}

impl Plain {
    fn targets(&self) -> impl Iterator<Item = &NewTarget> {
        self.items.iter().filter_map(|item| item.target.as_ref())
    }

    fn add(&mut self, items: Vec<NewItem>, above: &mut Vec<usize>) {
        self.count += items.len();
        if self.count > MOST_ITEMS || above.len() > MOST_LEVELS {
            return;
        }
        for (place, item) in items.into_iter().enumerate() {
            above.push(place);
            self.items.push(PlainItem {
                place: above.clone(),
                label: item.label,
                target: item.target,
            });
            self.add(item.items, above);
            above.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_menu_has_a_plain_name() {
        assert_eq!(menu_name("footer-left"), Ok("footer-left".to_owned()));
        for wrong in ["", "Main", "a b", "a--b", "a\0", "menü", &"x".repeat(51)] {
            assert!(menu_name(wrong).is_err(), "{wrong:?}");
        }
    }
}
