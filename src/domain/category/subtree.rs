//! Descendants and ancestors of a category, as subqueries.

use entity::category::{Column, Entity};
use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, ExprTrait, Query, SelectStatement, UnionType, WithClause,
};

/// The ids of the categories that `roots` selects, and of all below them.
pub fn below(mut roots: SelectStatement) -> SelectStatement {
    let (below, id, child) = (Alias::new("below"), Alias::new("id"), Alias::new("child"));
    let known = || Expr::col((below.clone(), id.clone()));
    let children = Query::select()
        .column((child.clone(), Column::Id))
        .from_as(Entity, child.clone())
        .inner_join(below.clone(), Expr::col((child, Column::ParentId)).eq(known()))
        .take();
    // Distinct, so that it ends where a tree that an older version wrote goes in a circle.
    let all = CommonTableExpression::new()
        .table_name(below.clone())
        .column(id.clone())
        .query(roots.union(UnionType::Distinct, children).take())
        .to_owned();
    Query::select()
        .expr(known())
        .from(below.clone())
        .with_cte(WithClause::new().recursive(true).cte(all).to_owned())
        .take()
}

/// Pairs of something with a category: those that `links` selects, and each again with the categories above, once. They are the
/// columns `thing` and `category` of the table `above`, which `statement` may select from.
pub fn with_above(statement: &mut SelectStatement, mut links: SelectStatement) {
    let (above, thing, category) = (Alias::new("above"), Alias::new("thing"), Alias::new("category"));
    let parents = Query::select()
        .column((above.clone(), thing.clone()))
        .column((Entity, Column::ParentId))
        .from(Entity)
        .inner_join(
            above.clone(),
            Expr::col((above.clone(), category.clone())).eq(Expr::col((Entity, Column::Id))),
        )
        .and_where(Expr::col((Entity, Column::ParentId)).is_not_null())
        .take();
    let all = CommonTableExpression::new()
        .table_name(above)
        .columns([thing, category])
        .query(links.union(UnionType::Distinct, parents).take())
        .to_owned();
    statement.with_cte(WithClause::new().recursive(true).cte(all).to_owned());
}
