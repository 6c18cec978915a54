//! Small pieces of SQL that many statements are made of.

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, LikeExpr, SelectStatement, SubQueryStatement, Value};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait};

/// `count(*)`
pub fn count_all() -> Expr {
    Expr::cust("count(*)")
}

/// A state or a kind, written into the statement's text: it is one of a few that we name ourselves, and databases plan
/// better, and once, for one that they know. Never for what a client says.
pub fn constant(state: impl Into<Value>) -> Expr {
    Expr::Constant(state.into())
}

/// A query of one value, as a value.
pub fn scalar(query: SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(query)))
}

/// The number that stands beside an id; for an UPDATE of rows with these ids. PostgreSQL takes the first branch's type for
/// all.
pub fn by_id<I: Into<Value> + Copy>(id: &Expr, numbers: &[(I, i32)]) -> Expr {
    let mut cases = CaseStatement::new();
    for (value, number) in numbers {
        cases = cases.case(id.clone().eq(*value), Expr::val(*number));
    }
    cases.into()
}

/// A pattern for `LIKE` that finds `part` anywhere, to the letter.
pub fn contains(part: &str) -> LikeExpr {
    let mut pattern = String::from("%");
    for letter in part.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('\\')
}

/// Rows of one INSERT: with 32 columns below SQLite's 32,766 parameters.
const MOST_ROWS: usize = 500;

/// Inserts rows, if there are any, in as few statements as the databases' bounds on parameters allow.
pub async fn insert<E, A>(transaction: &impl ConnectionTrait, rows: Vec<A>) -> Result<(), DbErr>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        E::insert_many(rows.by_ref().take(MOST_ROWS))
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}
