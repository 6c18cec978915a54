//! Connections: pages of lists, after the Relay specification, with `nodes` beside `edges`.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::InputObject;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::arguments::Arguments;
use super::context::RequestContext;
use super::error::{Fault, Result};
use super::field::{Field, Fields};
use super::link::{Call, LookAhead};
use super::loader::Relation;
use super::object::Object;
use super::output::Leaf;
use crate::domain::page::{MOST_ITEMS, Page, PageRequest, Position, SortKind};

/// How many items a page has by default.
const DEFAULT_ITEMS: u32 = 20;

/// An object that stands in connections.
pub trait Listed: Object {
    /// How its lists can be ordered.
    type Order: Copy + Send + Sync + 'static;

    /// The name of an order inside cursors, short and different for each, and the type that it compares.
    fn order_key(order: Self::Order) -> (&'static str, SortKind);

    /// Its place in such an order.
    fn position(&self, order: Self::Order) -> Position;
}

/// A list of nodes below a parent: a relation that gives its pages.
pub trait List: Relation {
    /// What it lists.
    type Node: Listed;
    /// How long it is.
    type Count: Relation<Parent = Self::Parent, Child = i64>;

    /// Its order.
    fn order(&self) -> <Self::Node as Listed>::Order;

    /// How its length is counted.
    fn count(&self) -> Self::Count;
}

/// The pagination arguments of a connection.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PageArguments {
    /// Number of items from the start, 1 to 100, default 20. Excludes `last`.
    pub first: Option<i32>,
    /// Only items after this cursor.
    pub after: Option<String>,
    /// Number of items from the end, 1 to 100. Excludes `first`.
    pub last: Option<i32>,
    /// Only items before this cursor.
    pub before: Option<String>,
}

impl PageArguments {
    /// What they ask for in a list of `T` in `order`; where the page lies in the list is found out only if that is selected.
    ///
    /// # Errors
    /// The argument that is out of range, or is no cursor of such a list.
    pub fn request<T: Listed>(&self, order: T::Order, look_ahead: &LookAhead) -> Result<PageRequest> {
        let (size, from_end) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return Err(Fault::BadRequest(
                    "`first` and `last` exclude each other: give one of them.".into(),
                ));
            }
            (Some(first), None) => (size("first", first)?, false),
            (None, Some(last)) => (size("last", last)?, true),
            (None, None) => (DEFAULT_ITEMS, false),
        };
        let position = |name: &str, cursor: &Option<String>| -> Result<Option<Position>> {
            let Some(cursor) = cursor else { return Ok(None) };
            decode::<T>(cursor, order).map(Some).ok_or_else(|| {
                Fault::BadRequest(format!(
                    "`{name}` is not a cursor of this list in this order: take one from its edges."
                ))
            })
        };
        let (after, before) = (position("after", &self.after)?, position("before", &self.before)?);
        Ok(PageRequest {
            size,
            from_end,
            after,
            before,
            peeks: look_ahead.has("pageInfo"),
        })
    }
}

fn size(name: &str, size: i32) -> Result<u32> {
    u32::try_from(size)
        .ok()
        .filter(|size| (1..=MOST_ITEMS).contains(size))
        .ok_or_else(|| Fault::BadRequest(format!("`{name}` is {size}; allowed is 1 to {MOST_ITEMS}.")))
}

fn encode<T: Listed>(item: &T, order: T::Order) -> String {
    let cursor = (T::order_key(order).0, item.position(order));
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
}

fn decode<T: Listed>(cursor: &str, order: T::Order) -> Option<Position> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (name, position): (String, Position) = serde_json::from_slice(&bytes).ok()?;
    let (expected, kind) = T::order_key(order);
    (name == expected && position.value.fits(kind)).then_some(position)
}

/// A page of a list, in its order.
pub struct Connection<T: Listed> {
    page: Arc<Page<T>>,
    order: T::Order,
    /// Length of the whole list, if it is selected.
    total: Result<i64>,
}

impl<T: Listed> Clone for Connection<T> {
    fn clone(&self) -> Self {
        Self {
            page: Arc::clone(&self.page),
            order: self.order,
            total: self.total.clone(),
        }
    }
}

impl<T: Listed> Connection<T> {
    /// A page, and the length of the whole list.
    pub fn new(page: Arc<Page<T>>, order: T::Order, total: Result<i64>) -> Self {
        Self { page, order, total }
    }

    /// The page of a list below one parent, and its length if that is selected.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load<L: List<Node = T, Child = Arc<Page<T>>>>(
        request: &RequestContext,
        list: L,
        parent: L::Parent,
        look_ahead: &LookAhead,
    ) -> Result<Self> {
        let (order, count) = (list.order(), list.count());
        let fields = look_ahead.item_fields();
        let total = async {
            if look_ahead.has("totalCount") {
                request.reader.child(count, parent).await
            } else {
                Ok(0)
            }
        };
        let parents = [parent];
        let (pages, total) = futures_util::join!(request.reader.children(&list, &parents, &fields), total);
        Ok(Self::new(pages?.pop().unwrap_or_default(), order, total))
    }

    /// The page of an empty list.
    pub fn empty(order: T::Order) -> Self {
        Self::new(Arc::default(), order, Ok(0))
    }

    /// Where the page lies in the list.
    fn place(&self) -> Result<PageInfo> {
        let cursor = |item: Option<&T>| item.map(|item| encode(item, self.order));
        Ok(PageInfo {
            // Known, since the page was loaded for a selection with this field.
            has_next_page: self.page.has_next.ok_or(Fault::Internal)?,
            has_previous_page: self.page.has_previous.ok_or(Fault::Internal)?,
            start_cursor: cursor(self.page.items.first()),
            end_cursor: cursor(self.page.items.last()),
        })
    }
}

impl<T: Listed> Object for Connection<T> {
    const DESCRIPTION: &'static str = "A page of a list.";

    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.embedded("edges", "Items with their cursors.", |connection| {
            let edge = |node: &T| Edge {
                node: node.clone(),
                order: connection.order,
            };
            connection.page.items.iter().map(edge).collect::<Vec<_>>()
        });
        fields.embedded("nodes", "Items.", |connection| connection.page.items.clone());
        fields.each(
            "pageInfo",
            "Where this page lies in the list.",
            |connection, _: &super::NoArguments, _| connection.place(),
        );
        fields.each(
            "totalCount",
            "Length of the whole list, as far as the viewer may see it. Counted only when it is selected.",
            |connection, _: &super::NoArguments, _| connection.total.clone().map(Leaf),
        );
    }
}

/// An item of a list, and its place there.
#[derive(Clone)]
struct Edge<T: Listed> {
    node: T,
    order: T::Order,
}

impl<T: Listed> Object for Edge<T> {
    const DESCRIPTION: &'static str = "An item of a list, and its place there.";

    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.value(
            "cursor",
            "Place of the item: pass it as `after` or `before`. Opaque, and valid for this list in this order.",
            |edge| encode(&edge.node, edge.order),
        );
        fields.embedded("node", "The item.", |edge| edge.node.clone());
    }
}

/// Where a page lies in its list.
#[derive(Clone)]
struct PageInfo {
    has_next_page: bool,
    has_previous_page: bool,
    start_cursor: Option<String>,
    end_cursor: Option<String>,
}

impl Object for PageInfo {
    const DESCRIPTION: &'static str = "Where a page lies in its list.";

    fn type_name() -> Cow<'static, str> {
        "PageInfo".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.value("hasNextPage", "Whether there are items after this page.", |info| {
            info.has_next_page
        });
        fields.value("hasPreviousPage", "Whether there are items before this page.", |info| {
            info.has_previous_page
        });
        fields.optional_text(
            "startCursor",
            "Cursor of the first item; null on an empty page.",
            |info| info.start_cursor.as_deref(),
        );
        fields.optional_text("endCursor", "Cursor of the last item; null on an empty page.", |info| {
            info.end_cursor.as_deref()
        });
    }
}

impl<T: Clone + Send + Sync + 'static> Fields<T> {
    /// A list below the object: its pages, and its lengths where they are selected.
    pub fn connection<A: Arguments, N: Listed, L: List<Node = N, Child = Arc<Page<N>>>>(
        &mut self,
        name: &'static str,
        description: &'static str,
        list: impl Fn(&A, &LookAhead) -> Result<L> + Send + Sync + 'static,
        parent: impl Fn(&T) -> L::Parent + Send + Sync + 'static,
    ) -> &mut Field<T> {
        self.counted_connection(name, description, list, parent, |_, _, _| None)
    }

    /// The same; `stored` gives the length where the object knows it.
    pub fn counted_connection<A: Arguments, N: Listed, L: List<Node = N, Child = Arc<Page<N>>>>(
        &mut self,
        name: &'static str,
        description: &'static str,
        list: impl Fn(&A, &LookAhead) -> Result<L> + Send + Sync + 'static,
        parent: impl Fn(&T) -> L::Parent + Send + Sync + 'static,
        stored: impl Fn(&T, &L, &RequestContext) -> Option<i64> + Send + Sync + 'static,
    ) -> &mut Field<T> {
        let source = Arc::new((list, parent, stored));
        self.batch(name, description, move |call: Call<'_, T, A>| {
            let source = Arc::clone(&source);
            Box::pin(async move {
                let (list, parent, stored) = &*source;
                let connections = pages(&call, list, parent, stored).await?;
                Ok(connections.into_iter().map(Ok).collect())
            })
        })
    }
}

async fn pages<T, A, N: Listed, L: List<Node = N, Child = Arc<Page<N>>>>(
    call: &Call<'_, T, A>,
    list: &impl Fn(&A, &LookAhead) -> Result<L>,
    parent: &impl Fn(&T) -> L::Parent,
    stored: &impl Fn(&T, &L, &RequestContext) -> Option<i64>,
) -> Result<Vec<Connection<N>>> {
    let list = list(&call.arguments, call.look_ahead)?;
    let request = call.execution.request;
    let parents: Vec<L::Parent> = call.items.iter().map(parent).collect();
    let fields = call.look_ahead.item_fields();
    let counted: Vec<L::Parent> = if call.look_ahead.has("totalCount") {
        let unknown = call
            .items
            .iter()
            .zip(&parents)
            .filter(|(item, _)| stored(item, &list, request).is_none());
        unknown.map(|(_, parent)| *parent).collect()
    } else {
        Vec::new()
    };
    let count = list.count();
    let (pages, counts) = futures_util::join!(
        request.reader.children(&list, &parents, &fields),
        request.reader.children(&count, &counted, &[])
    );
    let mut counts = counts.map(Vec::into_iter);
    let connection = |(item, page)| {
        let total = match (stored(item, &list, request), &mut counts) {
            (Some(total), _) => Ok(total),
            (None, Ok(counts)) => Ok(counts.next().unwrap_or_default()),
            (None, Err(fault)) => Err(fault.clone()),
        };
        Connection::new(page, list.order(), total)
    };
    Ok(call.items.iter().zip(pages?).map(connection).collect())
}
