//! Works on texts off the async threads, on as many as there are.

use super::Failure;

/// What `work` makes of each item, beside the item.
pub async fn in_parallel<T, U>(items: Vec<T>, work: fn(&T) -> U) -> Result<Vec<(T, U)>, Failure>
where
    T: Send + Sync + 'static,
    U: Send + 'static,
{
    let worked = tokio::task::spawn_blocking(move || {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = items.len().div_ceil(threads).max(1);
        let results: Vec<U> = std::thread::scope(|scope| {
            let workers: Vec<_> = items
                .chunks(share)
                .map(|items| scope.spawn(move || items.iter().map(work).collect::<Vec<_>>()))
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().unwrap_or_default())
                .collect()
        });
        (items, results)
    });
    match worked.await {
        Ok((items, results)) if items.len() == results.len() => Ok(items.into_iter().zip(results).collect()),
        _ => Err(Failure::Rendering),
    }
}
