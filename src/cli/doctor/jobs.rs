//! Whether anything could not be done.

use entity::job::JobStatus;

use super::{Finding, within_patience};
use crate::config::Config;
use crate::domain::job::{self, JobFilter};
use crate::domain::text::counted;
use crate::store::{self, driver_text};

/// Whether jobs were given up. The database is known to answer, with every table.
pub async fn jobs(config: &Config) -> Finding {
    let url = &config.database.url;
    if store::sqlite_path(url.expose()).is_some_and(|file| !file.exists()) {
        return Ok("none yet".to_owned());
    }
    let connection = within_patience(store::connect(url.expose(), 1), driver_text).await?;
    let counting = async {
        let dead = job::count(&connection, &JobFilter::status(JobStatus::Dead)).await?;
        let ready = job::count(&connection, &JobFilter::status(JobStatus::Ready)).await?;
        Ok((dead, ready))
    };
    let (dead, ready) = within_patience(counting, driver_text).await?;
    if dead == 0 {
        return Ok(format!(
            "none failed for good, {} waiting",
            counted(ready, "job", "jobs")
        ));
    }
    Err(format!(
        "{} failed for good; `quoin jobs list --status dead` says why, and `quoin jobs retry --all-dead` retries",
        counted(dead, "job", "jobs")
    ))
}
