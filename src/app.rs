//! Builds every part from the configuration: the only wiring.

use migration::{Migrator, MigratorTrait};

use crate::config::Config;
use crate::error::Error;
use crate::store::{self, Store};

/// Makes the data folder when it is missing, and opens the database.
pub async fn open_store(config: &Config) -> Result<Store, Error> {
    std::fs::create_dir_all(&config.data_dir).map_err(Error::file("make the folder", &config.data_dir))?;
    let connection = store::connect(config.database.url.expose(), config.database.max_connections).await;
    let connection = connection.map_err(|cause| Error::Unreachable {
        url: config.database.url.clone(),
        cause,
    })?;
    Ok(Store::new(connection))
}

/// Brings the database to the newest form.
pub async fn migrate(store: &Store) -> Result<(), Error> {
    Migrator::up(store.read(), None)
        .await
        .map_err(Error::database("migrating"))
}
