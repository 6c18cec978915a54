//! Connections: pages of lists, after the Relay specification, with `nodes` beside `edges`.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Context, Object, OutputType, SimpleObject, TypeName};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::context::RequestContext;
use super::error::{Fault, Result};
use super::loader::Relation;
use super::plan::{Children, Plan, Selected};
use super::written::{Write, WriteField, list, maybe_text, object, scalar};
use crate::domain::page::{MOST_ITEMS, Page, PageRequest, Position, SortKind};

/// How many items a page has when the query does not say.
pub const DEFAULT_ITEMS: u32 = 20;

/// An object that stands in connections.
pub trait Listed: Plan + OutputType {
    /// How its lists can be ordered.
    type Order: Copy + Send + Sync + 'static;

    /// The name of an order inside cursors, short and different for each, and the type that it compares.
    fn order_key(order: Self::Order) -> (&'static str, SortKind);

    /// Its place in such an order.
    fn position(&self, order: Self::Order) -> Position;
}

/// What a connection is asked for: its four arguments, and whether it is to say where its page lies.
#[derive(Clone, Debug, Default)]
pub struct PageArguments {
    /// How many from the start.
    pub first: Option<i32>,
    /// Only after this cursor.
    pub after: Option<String>,
    /// How many from the end.
    pub last: Option<i32>,
    /// Only before this cursor.
    pub before: Option<String>,
    /// Whether `pageInfo` is selected.
    pub page_info: bool,
}

impl PageArguments {
    /// The arguments of the field at hand.
    pub fn given(
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Self {
        Self {
            first,
            after,
            last,
            before,
            page_info: Selected::field(context.field()).has("pageInfo"),
        }
    }

    /// The arguments of a field that is planned for; those of a field without any where they are unreadable, which the resolver
    /// reports.
    pub fn of(selected: &Selected<'_>) -> Self {
        Self::read(selected).unwrap_or_default()
    }

    /// The arguments of a field that is written; none when they are unreadable.
    pub fn read(selected: &Selected<'_>) -> Option<Self> {
        Some(Self {
            first: selected.read("first", None)?,
            after: selected.read("after", None)?,
            last: selected.read("last", None)?,
            before: selected.read("before", None)?,
            page_info: selected.has("pageInfo"),
        })
    }

    /// What they ask for in a list of `T` in `order`.
    pub fn request<T: Listed>(&self, order: T::Order) -> Result<PageRequest> {
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
            peeks: self.page_info,
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

type Count = dyn Fn(&RequestContext) -> BoxFuture<'_, Result<i64>> + Send + Sync;

/// How the length of a whole list is known.
#[derive(Clone)]
pub enum Total {
    /// It is stored, or was counted.
    Known(i64),
    /// It is counted when it is selected.
    Counted(Arc<Count>),
    /// It was not selected.
    Unasked,
}

impl Total {
    /// Counted if the connection that the field at hand returns is asked for it.
    pub async fn selected<E>(
        context: &Context<'_>,
        count: impl Future<Output = std::result::Result<i64, E>>,
    ) -> std::result::Result<Self, E> {
        if Selected::field(context.field()).has("totalCount") {
            count.await.map(Self::Known)
        } else {
            Ok(Self::Unasked)
        }
    }

    /// Counted by a relation, if that is not done yet.
    pub fn by<R: Relation<Child = i64>>(request: &RequestContext, relation: R, parent: R::Parent) -> Self {
        if let Some(count) = request.reader.loaded(&relation, parent) {
            return Self::Known(count);
        }
        Self::Counted(Arc::new(move |request| {
            Box::pin(request.reader.child(relation.clone(), parent))
        }))
    }
}

/// A page of a list, as the schema shows it.
pub struct Connection<T: Listed> {
    page: Arc<Page<T>>,
    order: T::Order,
    total: Total,
}

impl<T: Listed> Connection<T> {
    /// A page in its order, and how the length of the whole list is known.
    pub fn new(page: Arc<Page<T>>, order: T::Order, total: Total) -> Self {
        Self { page, order, total }
    }

    fn all_edges(&self) -> Vec<Edge<T>> {
        let edge = |node: &T| Edge {
            node: node.clone(),
            order: self.order,
        };
        self.page.items.iter().map(edge).collect()
    }

    /// Where the page lies; none when it was loaded without that.
    fn place(&self) -> Option<PageInfo> {
        let cursor = |item: Option<&T>| item.map(|item| encode(item, self.order));
        Some(PageInfo {
            has_next_page: self.page.has_next?,
            has_previous_page: self.page.has_previous?,
            start_cursor: cursor(self.page.items.first()),
            end_cursor: cursor(self.page.items.last()),
        })
    }
}

impl<T: Listed + Write> Write for Connection<T> {
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>> {
        match selected.name() {
            "nodes" => list(selected, |connection: &Self, _| Some(connection.page.items.clone())),
            "edges" => list(selected, |connection: &Self, _| Some(connection.all_edges())),
            "pageInfo" => object(selected, |connection: &Self, _| connection.place().map(Some)),
            "totalCount" => Some(Box::new(|connection, json| match connection.total {
                Total::Known(count) => json.value(&count),
                Total::Counted(_) | Total::Unasked => None,
            })),
            _ => None,
        }
    }
}

/// Writes a field that holds a page of a list; `shown` is what the schema shows of it.
pub fn write_page<T, U: Listed + Write, R: Relation<Parent = Uuid, Child = Arc<Page<U>>>>(
    selected: &Selected<'_>,
    list: R,
    id: impl Fn(&T) -> Uuid + Send + Sync + 'static,
    shown: impl Fn(&R, &RequestContext, Arc<Page<U>>, Uuid) -> Connection<U> + Send + Sync + 'static,
) -> Option<WriteField<T>> {
    object(selected, move |thing, request| {
        let id = id(thing);
        let page = request.reader.loaded(&list, id)?;
        Some(Some(shown(&list, request, page, id)))
    })
}

impl<T: Listed> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", <T as OutputType>::type_name()).into()
    }
}

/// A page of a list.
#[Object(name_type, serial)]
impl<T: Listed> Connection<T> {
    /// The items with their cursors.
    async fn edges(&self) -> Vec<Edge<T>> {
        self.all_edges()
    }

    /// The items.
    async fn nodes(&self) -> &[T] {
        &self.page.items
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> Result<PageInfo> {
        // Known, since the page was loaded for a selection with this field.
        self.place().ok_or(Fault::Internal)
    }

    /// The length of the whole list, as far as the viewer may see it. Counted only when it is selected.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        match &self.total {
            Total::Known(count) => Ok(*count),
            Total::Counted(count) => count(RequestContext::of(context)?).await,
            Total::Unasked => Err(Fault::Internal),
        }
    }
}

/// An item of a list, and its place there.
pub struct Edge<T: Listed> {
    node: T,
    order: T::Order,
}

impl<T: Listed> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", <T as OutputType>::type_name()).into()
    }
}

/// An item of a list, and its place there.
#[Object(name_type, serial)]
impl<T: Listed> Edge<T> {
    /// The place: pass it as `after` or `before`. Opaque, and valid for this list in this order.
    async fn cursor(&self) -> String {
        encode(&self.node, self.order)
    }

    /// The item.
    async fn node(&self) -> &T {
        &self.node
    }
}

impl<T: Listed + Write> Write for Edge<T> {
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>> {
        match selected.name() {
            "cursor" => scalar(|edge: &Self| encode(&edge.node, edge.order)),
            "node" => object(selected, |edge: &Self, _| Some(Some(edge.node.clone()))),
            _ => None,
        }
    }
}

/// Where a page lies in its list.
#[derive(SimpleObject)]
pub struct PageInfo {
    /// Whether there are items after this page.
    has_next_page: bool,
    /// Whether there are items before this page.
    has_previous_page: bool,
    /// The cursor of the first item; none on an empty page.
    start_cursor: Option<String>,
    /// The cursor of the last item; none on an empty page.
    end_cursor: Option<String>,
}

impl Write for PageInfo {
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>> {
        match selected.name() {
            "hasNextPage" => scalar(|info: &Self| info.has_next_page),
            "hasPreviousPage" => scalar(|info: &Self| info.has_previous_page),
            "startCursor" => maybe_text(|info: &Self| info.start_cursor.as_deref()),
            "endCursor" => maybe_text(|info: &Self| info.end_cursor.as_deref()),
            _ => None,
        }
    }
}

impl<T: Listed> Children for Arc<Page<T>> {
    type Item = T;
    const CONNECTION: bool = true;
    fn items(&self) -> Vec<T> {
        self.items.clone()
    }
}
