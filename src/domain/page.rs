//! Pages of long lists, by keyset: a page begins after a position in the order, not after a number of rows, so that
//! rows that come or go elsewhere neither repeat nor hide others.

use std::collections::HashMap;

use chrono::Datelike;
use entity::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Order, SelectStatement};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most items of one page.
pub const MOST_ITEMS: u32 = 100;

/// The value that a list is ordered by, of one row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SortValue {
    /// A point in time.
    #[serde(rename = "t")]
    Time(Timestamp),
    /// A text.
    #[serde(rename = "s")]
    Text(String),
    /// A number.
    #[serde(rename = "n")]
    Number(i32),
}

/// The type of a [`SortValue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKind {
    /// Points in time.
    Time,
    /// Texts.
    Text,
    /// Numbers.
    Number,
}

impl SortValue {
    /// Whether the value can be compared with a column of this type: every database takes texts without NUL, and
    /// times of the years 1 to 9999.
    pub fn fits(&self, kind: SortKind) -> bool {
        match (self, kind) {
            (Self::Time(time), SortKind::Time) => (1..=9999).contains(&time.year()),
            (Self::Text(text), SortKind::Text) => !text.contains('\0'),
            (Self::Number(_), SortKind::Number) => true,
            _ => false,
        }
    }
}

impl From<SortValue> for Expr {
    fn from(value: SortValue) -> Self {
        match value {
            SortValue::Time(time) => Expr::val(time),
            SortValue::Text(text) => Expr::val(text),
            SortValue::Number(number) => Expr::val(number),
        }
    }
}

/// A row's place in an order: what it is ordered by, and its id, which parts equals.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The value it is ordered by.
    pub value: SortValue,
    /// Its id.
    pub id: Uuid,
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// How many items, 1 to [`MOST_ITEMS`].
    pub size: u32,
    /// Whether they are counted from the end.
    pub from_end: bool,
    /// Only what comes after this place.
    pub after: Option<Position>,
    /// Only what comes before this place.
    pub before: Option<Position>,
    /// Whether to read one row more than the page has, which tells whether there is another page.
    pub peeks: bool,
}

impl PageRequest {
    /// The first `size` items.
    pub fn first(size: u32) -> Self {
        Self {
            size,
            from_end: false,
            after: None,
            before: None,
            peeks: false,
        }
    }

    /// Orders `statement` by `value`, then `id`, and cuts it to this page. [`Page::new`] takes the rows.
    pub fn apply(&self, statement: &mut SelectStatement, value: &Expr, id: &Expr, descending: bool) {
        let place = || Expr::tuple([value.clone(), id.clone()]);
        let bound = |position: &Position| Expr::tuple([position.value.clone().into(), Expr::val(position.id)]);
        if let Some(after) = &self.after {
            let (place, bound) = (place(), bound(after));
            statement.and_where(if descending { place.lt(bound) } else { place.gt(bound) });
        }
        if let Some(before) = &self.before {
            let (place, bound) = (place(), bound(before));
            statement.and_where(if descending { place.gt(bound) } else { place.lt(bound) });
        }
        let order = if descending == self.from_end {
            Order::Asc
        } else {
            Order::Desc
        };
        statement
            .order_by_expr(value.clone(), order.clone())
            .order_by_expr(id.clone(), order)
            .limit(self.limit());
    }

    /// Whether a statement that gave so many rows gave all that this page has room for.
    pub fn is_filled_by(&self, rows: usize) -> bool {
        rows as u64 >= self.limit()
    }

    /// How many rows are read.
    fn limit(&self) -> u64 {
        u64::from(self.size) + u64::from(self.peeks)
    }

    /// Puts one more row where it belongs among the rows that a statement gave after [`PageRequest::apply`], if it belongs to
    /// this page. Texts are compared by their bytes, whatever the database's collation is.
    pub fn insert<T>(&self, rows: &mut Vec<T>, row: T, place: impl Fn(&T) -> Position, descending: bool) {
        let comes_before = |one: &Position, other: &Position| if descending { one > other } else { one < other };
        let own = place(&row);
        let is_here = self.after.as_ref().is_none_or(|after| comes_before(after, &own))
            && self.before.as_ref().is_none_or(|before| comes_before(&own, before));
        if !is_here {
            return;
        }
        let index = rows.partition_point(|other| comes_before(&place(other), &own) != self.from_end);
        rows.insert(index, row);
        rows.truncate(usize::try_from(self.limit()).unwrap_or(usize::MAX));
    }
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items in the order of the list.
    pub items: Vec<T>,
    /// Whether there is something before them. For a page counted from the start: whether it began after a place. None
    /// when nobody looked.
    pub has_previous: Option<bool>,
    /// Whether there is something after them; none when nobody looked.
    pub has_next: Option<bool>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            has_previous: Some(false),
            has_next: Some(false),
        }
    }
}

impl<T> Page<T> {
    /// Makes a page of the rows that a statement gave after [`PageRequest::apply`].
    pub fn new(mut rows: Vec<T>, request: &PageRequest) -> Self {
        let size = request.size as usize;
        let more = (request.peeks || rows.len() < size).then_some(rows.len() > size);
        rows.truncate(size);
        if request.from_end {
            rows.reverse();
            Self {
                items: rows,
                has_previous: more,
                has_next: Some(request.before.is_some()),
            }
        } else {
            Self {
                items: rows,
                has_previous: Some(request.after.is_some()),
                has_next: more,
            }
        }
    }

    /// The same page of other items.
    pub fn map<U>(self, mut convert: impl FnMut(T) -> U) -> Page<U> {
        self.filter_map(|item| Some(convert(item)))
    }

    /// The same page of other items, without those that are none.
    pub fn filter_map<U>(self, convert: impl FnMut(T) -> Option<U>) -> Page<U> {
        Page {
            items: self.items.into_iter().filter_map(convert).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }
}

/// Pages below parents, of the rows that a statement gave for each after [`PageRequest::apply`].
pub fn pages<T>(rows: impl IntoIterator<Item = (Uuid, Vec<T>)>, request: &PageRequest) -> HashMap<Uuid, Page<T>> {
    let page = |(parent, rows)| (parent, Page::new(rows, request));
    rows.into_iter().map(page).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: usize, request: &PageRequest) -> Page<usize> {
        Page::new((0..rows).collect(), request)
    }

    #[test]
    fn a_page_that_peeks_knows_whether_there_is_another() {
        let request = PageRequest {
            peeks: true,
            ..PageRequest::first(2)
        };
        assert_eq!(page(3, &request).items, [0, 1]);
        assert_eq!(page(3, &request).has_next, Some(true));
        assert_eq!(page(2, &request).has_next, Some(false));
        let last = PageRequest {
            from_end: true,
            ..request
        };
        assert_eq!(page(3, &last).items, [1, 0]);
        assert_eq!(page(3, &last).has_previous, Some(true));
    }

    #[test]
    fn one_more_row_stands_where_it_belongs() {
        let place = |number: &i32| Position {
            value: SortValue::Number(*number),
            id: Uuid::nil(),
        };
        let insert = |request: &PageRequest, rows: &[i32], row, descending| {
            let mut rows = rows.to_vec();
            request.insert(&mut rows, row, place, descending);
            rows
        };
        let first = PageRequest::first(3);
        assert_eq!(insert(&first, &[], 5, true), [5]);
        assert_eq!(insert(&first, &[9, 7], 8, true), [9, 8, 7]);
        assert_eq!(insert(&first, &[7, 9], 8, false), [7, 8, 9]);
        assert_eq!(
            insert(&first, &[9, 7, 6], 8, true),
            [9, 8, 7],
            "a page holds no more than it has"
        );
        assert_eq!(insert(&first, &[9, 7, 6], 5, true), [9, 7, 6]);
        let last = PageRequest {
            from_end: true,
            ..first.clone()
        };
        assert_eq!(insert(&last, &[6, 7, 9], 8, true), [6, 7, 8]);
        let between = PageRequest {
            after: Some(place(&9)),
            before: Some(place(&5)),
            ..first
        };
        for (row, is_there) in [(10, false), (9, false), (8, true), (5, false), (4, false)] {
            assert_eq!(insert(&between, &[], row, true) == [row], is_there, "{row}");
        }
    }

    #[test]
    fn a_page_that_does_not_peek_knows_it_only_when_it_is_not_full() {
        let request = PageRequest::first(2);
        assert_eq!(page(2, &request).has_next, None);
        assert_eq!(page(1, &request).has_next, Some(false));
        assert_eq!(page(2, &request).has_previous, Some(false));
    }
}
