use entity::job::{Column, Entity, JobStatus};
use entity::{JobId, Timestamp};
use sea_orm::sea_query::{Condition, Query, UpdateStatement};
use sea_orm::{ColumnTrait, ConnectionTrait};

use super::{JobRow, by_id, policy};
use crate::domain::Viewer;
use crate::domain::account;
use crate::domain::refusal::{Problem, ProblemCode, Refusal};

/// Has a job done now that was given up, with as many attempts as a new one, or that waits to be tried again.
///
/// # Errors
/// Not found; a problem when it did not fail, or is running or done; a viewer who may not.
pub async fn retry(transaction: &impl ConnectionTrait, viewer: Viewer, id: JobId) -> Result<JobRow, Refusal> {
    policy::may_manage(account::standing(transaction, viewer).await?)?;
    // One that waits for its time for the first time goes on waiting for it. All in one statement: a worker may take the
    // job at this very moment.
    let failed = Condition::any().add(Column::Status.eq(JobStatus::Dead)).add(
        Condition::all()
            .add(Column::Status.eq(JobStatus::Ready))
            .add(Column::Attempts.gt(0)),
    );
    let begin = ready().and_where(Column::Id.eq(id)).cond_where(failed).take();
    let is_begun = transaction.execute(&begin).await?.rows_affected() == 1;
    let job = by_id(transaction, id).await?.ok_or(Refusal::NotFound("job"))?;
    if is_begun {
        return Ok(job);
    }
    let message = "Only a job that failed can be tried again.";
    Err(Problem::new(ProblemCode::NotAllowed, "id", message).into())
}

/// Has every job done now that was given up; how many.
///
/// # Errors
/// A viewer who may not.
pub async fn retry_all_dead(transaction: &impl ConnectionTrait, viewer: Viewer) -> Result<u64, Refusal> {
    policy::may_manage(account::standing(transaction, viewer).await?)?;
    let begin = ready().and_where(Column::Status.eq(JobStatus::Dead)).take();
    Ok(transaction.execute(&begin).await?.rows_affected())
}

fn ready() -> UpdateStatement {
    Query::update()
        .table(Entity)
        .value(Column::Status, JobStatus::Ready)
        .value(Column::RunAt, entity::now())
        .value(Column::Attempts, 0)
        .value(Column::FinishedAt, None::<Timestamp>)
        .take()
}
