//! How long an execution goes on: until its deadline, and a query only as long as its client waits for it.

use actix_web::{HttpRequest, rt};
use tokio::time::Instant;
use tracing::Instrument;

use super::refused::Refused;
use crate::domain::refusal::UNAVAILABLE;
use crate::http::connection::Activity;

/// What is executed, unless it takes too long: then it is dropped.
pub async fn in_time<T>(deadline: Instant, execution: impl Future<Output = T>) -> Result<T, Refused> {
    tokio::time::timeout_at(deadline, execution).await.map_err(|_| {
        tracing::warn!("request timed out");
        Refused::unavailable("The request took too long. Try again later, or request less.")
    })
}

/// What is executed for a request, unless its client leaves: then it is dropped.
pub async fn while_wanted<T>(
    http: &HttpRequest,
    execution: impl Future<Output = Result<T, Refused>>,
) -> Result<T, Refused> {
    let Some(activity) = http.conn_data::<Activity>() else {
        return execution.await;
    };
    tokio::select! {
        biased;
        done = execution => done,
        () = activity.left() => Err(Refused::left()),
    }
}

/// What is executed to its end, even if its client has left: a form may have been closed as soon as it was saved.
pub async fn completed<T: 'static>(
    execution: impl Future<Output = Result<T, Refused>> + 'static,
) -> Result<T, Refused> {
    let ended = rt::spawn(execution.in_current_span()).await;
    ended.unwrap_or_else(|error| {
        tracing::error!(%error, "a mutation ended");
        Err(Refused::unavailable(UNAVAILABLE))
    })
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use actix_web::http::StatusCode;
    use actix_web::http::header::HeaderValue;
    use futures_util::poll;
    use tokio::sync::{Notify, oneshot};

    use super::*;
    use crate::http::graphql::accept::Media;

    #[tokio::test]
    async fn what_takes_too_long_is_unavailable_for_now() {
        let refused = in_time(Instant::now(), std::future::pending::<()>())
            .await
            .expect_err("is refused");
        let answer = refused.answer(Media::GraphQl);
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            answer.headers().get("Retry-After").map(HeaderValue::as_bytes),
            Some(&b"5"[..])
        );
    }

    #[actix_web::test]
    async fn a_mutation_is_completed_even_if_its_client_leaves() {
        let (proceed, (done, is_done)) = (Rc::new(Notify::new()), oneshot::channel());
        let execution = {
            let proceed = Rc::clone(&proceed);
            async move {
                proceed.notified().await;
                Ok(done.send(7))
            }
        };
        let mut waiting = Box::pin(completed(execution));
        assert!(poll!(&mut waiting).is_pending());
        drop(waiting);
        proceed.notify_one();
        assert_eq!(is_done.await, Ok(7));
    }
}
