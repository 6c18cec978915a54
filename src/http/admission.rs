//! Load shedding: how many requests are executed at a time, and which are refused before they have waited for long.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{State, error};

/// What a client reads whose request was shed.
pub const OVERLOADED: &str = "The server has too much to do. Try again later.";

/// How long a request waits for its turn as long as there is only a burst.
const BURST: Duration = Duration::from_millis(100);

/// How long it waits once others have waited without a break for longer than a burst: the queue does not shrink then, and
/// to wait in it would only make everybody slow.
const OVERLOAD: Duration = Duration::from_millis(20);

/// How long a refusal is held back. Clients that try again at once, whatever `Retry-After` says, would otherwise take the
/// processor from the requests that are executed.
const REFUSAL_DELAY: Duration = Duration::from_millis(200);

/// Executes a bounded number of requests at a time. The rule for those that wait is `CoDel`'s, in the form for servers
/// (Maurer, "Fail at Scale", ACM Queue 13/8, 2015).
pub struct Admission {
    places: Semaphore,
    began: Instant,
    /// Milliseconds from `began` to when a request last found a free place.
    last_free: AtomicU64,
}

impl Admission {
    /// Executes so many requests at a time for each core of the machine.
    pub fn new(per_core: usize) -> Self {
        let cores = available_parallelism().map_or(1, NonZero::get);
        Self {
            places: Semaphore::new((per_core * cores).min(Semaphore::MAX_PERMITS)),
            began: Instant::now(),
            last_free: AtomicU64::new(0),
        }
    }

    /// A place among the requests that are executed; none when the request is to be refused. The place is free again when
    /// it is dropped.
    pub async fn admit(&self) -> Option<SemaphorePermit<'_>> {
        if let Ok(place) = self.places.try_acquire() {
            self.last_free.store(self.milliseconds(), Ordering::Relaxed);
            return Some(place);
        }
        if let Ok(place) = tokio::time::timeout(self.wait(), self.places.acquire()).await {
            return place.ok();
        }
        tokio::time::sleep(REFUSAL_DELAY).await;
        None
    }

    /// How long a request may wait that finds no place now.
    fn wait(&self) -> Duration {
        let last_free = Duration::from_millis(self.last_free.load(Ordering::Relaxed));
        if self.began.elapsed() <= last_free + BURST {
            BURST
        } else {
            OVERLOAD
        }
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Sheds requests to sign in or up and to the token endpoints. GraphQL is shed where it is executed, since responses from
/// the cache take nothing.
pub async fn admit<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let state = request.app_data::<Data<State>>().cloned();
    let is_bounded = ["/auth/", "/oauth/"]
        .iter()
        .any(|start| request.path().starts_with(start));
    let Some(state) = state.filter(|_| is_bounded) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    if request.method() == Method::POST {
        // A client that sends slowly takes nobody's place.
        match request.extract::<Bytes>().await {
            Ok(body) => request.set_payload(Payload::from(body)),
            Err(error) => return Ok(request.error_response(error).map_into_right_body()),
        }
    }
    match state.sign_ins.admit().await {
        Some(_place) => Ok(next.call(request).await?.map_into_left_body()),
        None => Ok(request
            .into_response(error::unavailable(OVERLOADED))
            .map_into_right_body()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_one_place() -> Admission {
        Admission {
            places: Semaphore::new(1),
            ..Admission::new(1)
        }
    }

    #[tokio::test]
    async fn a_request_waits_for_a_place_and_takes_it() {
        let admission = with_one_place();
        let first = admission.admit().await.unwrap();
        let second = admission.admit();
        assert!(tokio::join!(second, async { drop(first) }).0.is_some());
    }

    #[tokio::test]
    async fn a_request_that_finds_no_place_is_refused() {
        let admission = with_one_place();
        let _first = admission.admit().await.unwrap();
        assert!(admission.admit().await.is_none());
    }

    #[tokio::test]
    async fn a_lasting_overload_shortens_the_wait() {
        let admission = with_one_place();
        assert_eq!(admission.wait(), BURST);
        let admission = Admission {
            began: admission.began.checked_sub(BURST * 2).unwrap(),
            ..admission
        };
        assert_eq!(admission.wait(), OVERLOAD);
        drop(admission.admit().await.unwrap());
        assert_eq!(admission.wait(), BURST, "a place was free");
    }
}
