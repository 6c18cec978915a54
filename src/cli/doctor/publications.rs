//! Whether the default publication exists.

use super::{Finding, within_patience};
use crate::config::Config;
use crate::domain::publication;
use crate::store::{self, driver_text};

/// Whether there is the publication that `publications.default` names. The database is known to answer, with every table.
pub async fn publications(config: &Config) -> Finding {
    let Some(slug) = &config.publications.default else {
        return Ok("the oldest one is the default".to_owned());
    };
    let url = &config.database.url;
    if store::sqlite_path(url.expose()).is_some_and(|file| !file.exists()) {
        return Ok("none yet".to_owned());
    }
    let connection = within_patience(store::connect(url.expose(), 1), driver_text).await?;
    let missing = publication::default_is_missing(&connection, slug);
    if within_patience(missing, driver_text).await? {
        return Err(format!(
            "no publication has the slug {slug:?}; correct publications.default, or create that publication"
        ));
    }
    Ok(format!("{slug} is the default"))
}
