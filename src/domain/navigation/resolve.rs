use std::collections::HashMap;
use std::sync::Arc;

use entity::navigation_item::{Column, Entity};
use entity::{CategoryId, PostId, PublicationId, TagId};
use sea_orm::sea_query::{Order, Query};
use sea_orm::{ColumnTrait, DbErr};

use super::ItemRow;
use crate::domain::category::{self, CategoryRow};
use crate::domain::post::{self, PostRow, Reach};
use crate::domain::publication;
use crate::domain::redirect::Target;
use crate::domain::tag::{self, TagRow};
use crate::domain::viewer::Viewer;
use crate::store::changes::Topic;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch};

/// An item of a menu, as a reader sees it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What readers see.
    pub label: String,
    /// Its path below the front end's address; none for what is elsewhere and for a heading.
    pub path: Option<String>,
    /// Its whole address; none for a heading, and below a front end whose address is not known.
    pub url: Option<String>,
    /// What of the publication it leads to.
    pub target: Option<Found>,
    /// What stands below it.
    pub items: Vec<Entry>,
}

/// What of the publication an item leads to.
#[derive(Clone, Debug)]
pub enum Found {
    /// A post or page.
    Post(Arc<PostRow>),
    /// A tag.
    Tag(TagRow),
    /// A category.
    Category(CategoryRow),
}

/// The names of the menus of publications, in the order of the alphabet.
pub async fn names_of(
    database: &impl Reads,
    publications: &[PublicationId],
) -> Result<HashMap<PublicationId, Vec<String>>, DbErr> {
    let statement = Query::select()
        .distinct()
        .columns([Column::PublicationId, Column::Menu])
        .from(Entity)
        .and_where(any_of(database, Column::PublicationId.into_expr(), publications))
        .order_by(Column::Menu, Order::Asc)
        .take();
    let mut names: HashMap<PublicationId, Vec<String>> = HashMap::new();
    let database = database.showing(Topic::below_each(Entity, publications));
    for cells in database.rows(&statement).await?.each() {
        names.entry(cells.get(0)?).or_default().push(cells.get(1)?);
    }
    Ok(names)
}

/// The menu of this name of each publication, as far as the viewer, coming to the posts by `reach`, may see where it leads. An
/// item that leads to what they may not see is left out, with all that stands below it; so is a heading below which nothing is
/// left.
///
/// Five statements at the most, however long the menus are.
pub async fn menus_of(
    database: &impl Reads,
    viewer: Viewer,
    reach: Reach,
    publications: &[PublicationId],
    name: &str,
) -> Result<HashMap<PublicationId, Vec<Entry>>, DbErr> {
    let mut statement = Query::select();
    ItemRow::select(&mut statement);
    statement
        .from(Entity)
        .and_where(any_of(database, Column::PublicationId.into_expr(), publications))
        .and_where(Column::Menu.eq(name))
        .order_by(Column::Position, Order::Asc);
    let rows: Vec<ItemRow> = fetch(&database.showing(Topic::below_each(Entity, publications)), &statement).await?;
    let targets = Targets::of(database, viewer, reach, publications, &rows).await?;
    let mut menus: HashMap<PublicationId, Vec<(usize, Option<Entry>)>> = HashMap::new();
    for row in rows {
        let level = usize::try_from(row.depth).unwrap_or_default();
        let publication = row.publication_id;
        menus.entry(publication).or_default().push((level, targets.entry(row)));
    }
    let tree = |(publication, items): (PublicationId, Vec<_>)| {
        let mut items = items.into_iter().peekable();
        (publication, below(&mut items, 0))
    };
    Ok(menus.into_iter().map(tree).collect())
}

/// The items that follow and are deeper than `level`, as a tree.
fn below(items: &mut std::iter::Peekable<std::vec::IntoIter<(usize, Option<Entry>)>>, level: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    while let Some((own, entry)) = items.next_if(|(own, _)| *own > level) {
        let children = below(items, own);
        let Some(mut entry) = entry else { continue };
        entry.items = children;
        let is_heading = entry.path.is_none() && entry.url.is_none();
        if !is_heading || !entry.items.is_empty() {
            entries.push(entry);
        }
    }
    entries
}

/// What the items lead to, as far as the viewer may see it.
struct Targets {
    posts: HashMap<PostId, Arc<PostRow>>,
    tags: HashMap<TagId, TagRow>,
    categories: HashMap<CategoryId, CategoryRow>,
    /// The addresses of the front ends, without a trailing slash.
    sites: HashMap<PublicationId, String>,
}

impl Targets {
    async fn of(
        database: &impl Reads,
        viewer: Viewer,
        reach: Reach,
        publications: &[PublicationId],
        rows: &[ItemRow],
    ) -> Result<Self, DbErr> {
        let posts: Vec<_> = rows.iter().filter_map(|row| row.post_id).collect();
        let tags: Vec<_> = rows.iter().filter_map(|row| row.tag_id).collect();
        let categories: Vec<_> = rows.iter().filter_map(|row| row.category_id).collect();
        let publications = if rows.is_empty() { &[][..] } else { publications };
        // Each of them is asked only for what there is.
        let posts = async {
            match posts.as_slice() {
                [] => Ok(HashMap::new()),
                ids => post::by_ids(database, viewer, reach, ids).await,
            }
        };
        let tags = async {
            match tags.as_slice() {
                [] => Ok(HashMap::new()),
                ids => tag::by_ids(database, ids).await,
            }
        };
        let categories = async {
            match categories.as_slice() {
                [] => Ok(HashMap::new()),
                ids => category::by_ids(database, ids).await,
            }
        };
        let sites = async {
            match publications {
                [] => Ok(HashMap::new()),
                ids => publication::by_ids(database, ids).await,
            }
        };
        let (posts, tags, categories, sites) = futures_util::try_join!(posts, tags, categories, sites)?;
        let site = |(id, row): (PublicationId, publication::PublicationRow)| {
            let url = row.site_url?;
            Some((id, url.trim_end_matches('/').to_owned()))
        };
        Ok(Self {
            posts: posts.into_iter().map(|(id, post)| (id, Arc::new(post))).collect(),
            tags,
            categories,
            sites: sites.into_iter().filter_map(site).collect(),
        })
    }

    /// The item, without those below; none when it leads to what the viewer may not see.
    fn entry(&self, row: ItemRow) -> Option<Entry> {
        let (path, target) = if let Some(id) = row.post_id {
            let post = self.posts.get(&id)?;
            let path = Target::Post(id).path(&post.slug);
            (Some(path), Some(Found::Post(Arc::clone(post))))
        } else if let Some(id) = row.tag_id {
            let tag = self.tags.get(&id)?;
            (Some(Target::Tag(id).path(&tag.slug)), Some(Found::Tag(tag.clone())))
        } else if let Some(id) = row.category_id {
            let category = self.categories.get(&id)?;
            let path = Target::Category(id).path(&category.slug);
            (Some(path), Some(Found::Category(category.clone())))
        } else {
            (row.url.clone().filter(|url| url.starts_with('/')), None)
        };
        let url = match &path {
            Some(path) => self.sites.get(&row.publication_id).map(|site| format!("{site}{path}")),
            None => row.url,
        };
        Some(Entry {
            label: row.label,
            path,
            url,
            target,
            items: Vec::new(),
        })
    }
}
