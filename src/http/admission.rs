//! Load shedding: how many requests are executed at a time, and which are refused before they have waited for long.

use std::num::NonZero;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};
use tokio::sync::Semaphore;
pub use tokio::sync::SemaphorePermit as Place;

use super::{State, error, incoming};

/// What a client reads whose request was shed.
pub const OVERLOADED: &str = "The server has too much to do. Try again later.";

/// How long a request waits for its turn as long as there is only a burst.
const BURST: Duration = Duration::from_millis(100);

/// How long it waits once others have waited without a break for longer than a burst: the queue does not shrink then, and
/// waiting in it would only slow down all requests.
const OVERLOAD: Duration = Duration::from_millis(20);

/// How long a refusal is held back, at least and at most. Clients that try again at once, whatever `Retry-After` says, would
/// otherwise take the processor from the requests that are executed.
const REFUSAL_DELAY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));

/// By how much each refusal that is held back delays the next one: a thousand are sent in a second, however many clients wait.
const REFUSAL_INTERVAL: Duration = Duration::from_millis(1);

/// Executes a bounded number of requests at a time. The rule for those that wait is `CoDel`'s, in the form for servers
/// (Maurer, "Fail at Scale", ACM Queue 13/8, 2015).
pub struct Admission {
    places: Semaphore,
    began: Instant,
    /// Milliseconds from `began` to when a request last found a free slot.
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

    /// A slot for the execution of a request; none if the request is refused. The slot is released when
    /// it is dropped.
    pub async fn admit(&self, request: &HttpRequest) -> Option<Place<'_>> {
        if let Ok(place) = self.places.try_acquire() {
            self.last_free.store(self.milliseconds(), Ordering::Relaxed);
            return Some(place);
        }
        if let Ok(place) = tokio::time::timeout(self.wait(), self.places.acquire()).await {
            return place.ok();
        }
        request.extensions_mut().insert(Shed);
        None
    }

    /// How long a request may wait for a slot.
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

/// Marks a request that was refused a place.
struct Shed;

/// The refusals that are held back.
#[derive(Default)]
pub struct Refusals(AtomicU32);

/// One of them, until this is dropped: its client may leave before.
struct Held<'a>(&'a AtomicU32);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Refusals {
    async fn hold(&self) {
        let held = self.0.fetch_add(1, Ordering::Relaxed);
        let _held = Held(&self.0);
        tokio::time::sleep(delay(held)).await;
    }
}

/// For how long a refusal is held back when so many others are.
fn delay(held: u32) -> Duration {
    let (min, max) = REFUSAL_DELAY;
    REFUSAL_INTERVAL.saturating_mul(held).clamp(min, max)
}

/// Sheds requests to sign in or up and to the token endpoints, and holds back every refusal for want of a place. GraphQL is shed
/// where it is executed, since responses from the cache take nothing; by now the body of such a request is dropped.
pub async fn admit<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let Some(state) = request.app_data::<Data<State>>().cloned() else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let mut place = None;
    if ["/auth/", "/oauth/"]
        .iter()
        .any(|start| request.path().starts_with(start))
    {
        // A client that sends slowly occupies no slot.
        if request.method() == Method::POST
            && let Err(error) = incoming::read_ahead(&mut request).await
        {
            return Ok(request.error_response(error).map_into_right_body());
        }
        place = state.sign_ins.admit(request.request()).await;
        if place.is_none() {
            state.refusals.hold().await;
            let refusal = error::unavailable(OVERLOADED);
            return Ok(request.into_response(refusal).map_into_right_body());
        }
    }
    let response = next.call(request).await?.map_into_left_body();
    drop(place);
    let is_shed = response.request().extensions().contains::<Shed>();
    if is_shed {
        state.refusals.hold().await;
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn request() -> HttpRequest {
        TestRequest::default().to_http_request()
    }

    fn with_one_place() -> Admission {
        Admission {
            places: Semaphore::new(1),
            ..Admission::new(1)
        }
    }

    #[tokio::test]
    async fn a_request_waits_for_a_place_and_takes_it() {
        let admission = with_one_place();
        let request = request();
        let first = admission.admit(&request).await.unwrap();
        let second = admission.admit(&request);
        assert!(tokio::join!(second, async { drop(first) }).0.is_some());
    }

    #[tokio::test]
    async fn a_request_that_finds_no_place_is_refused() {
        let admission = with_one_place();
        let (one, other) = (request(), request());
        let _first = admission.admit(&one).await.unwrap();
        assert!(admission.admit(&other).await.is_none());
        let is_shed = |request: &HttpRequest| request.extensions().contains::<Shed>();
        assert!(!is_shed(&one) && is_shed(&other));
    }

    #[tokio::test]
    async fn a_thousand_refusals_are_sent_in_a_second_however_many_are_held_back() {
        assert_eq!(delay(0), Duration::from_millis(200));
        assert_eq!(delay(1_000), Duration::from_secs(1));
        assert_eq!(delay(u32::MAX), Duration::from_secs(2));
        let refusals = Refusals::default();
        let mut holding = Box::pin(refusals.hold());
        assert!(futures_util::poll!(&mut holding).is_pending());
        assert_eq!(refusals.0.load(Ordering::Relaxed), 1);
        drop(holding);
        assert_eq!(refusals.0.load(Ordering::Relaxed), 0, "a client left");
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
        drop(admission.admit(&request()).await.unwrap());
        assert_eq!(admission.wait(), BURST, "a place was free");
    }
}
