//! Lists of the query and the viewer, of which there is one for each request: they are read without a relation.

use std::sync::Arc;

use sea_orm::DbErr;

use crate::domain::page::Page;
use crate::graphql::engine::error::{Fault, Result};
use crate::graphql::engine::{Connection, Listed, LookAhead};

/// The page that `page` reads, and the length that `count` reads if that is selected.
pub(super) async fn connection<T, R>(
    look_ahead: &LookAhead,
    page: impl Future<Output = std::result::Result<Page<R>, DbErr>>,
    count: impl Future<Output = std::result::Result<i64, DbErr>>,
) -> Result<Connection<T>>
where
    T: Listed<Order = ()> + From<R>,
{
    let total = async {
        if look_ahead.has("totalCount") {
            count.await.map_err(Fault::from)
        } else {
            Ok(0)
        }
    };
    let (page, total) = futures_util::join!(page, total);
    Ok(Connection::new(Arc::new(page?.map(T::from)), (), total))
}
