//! Builds every part from the configuration: the only wiring.

use std::path::PathBuf;
use std::time::Duration;

use migration::{Migrator, MigratorTrait};

use crate::config::Config;
use crate::error::Error;
use crate::graphql::{self, Api};
use crate::http::{self, Bound, HttpSettings};
use crate::store::files::FileStore;
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

/// The media store.
pub fn files(config: &Config) -> FileStore {
    FileStore::new(media_folder(config))
}

fn media_folder(config: &Config) -> PathBuf {
    config.data_dir.join("media")
}

/// Brings the database to the newest form.
pub async fn migrate(store: &Store) -> Result<(), Error> {
    Migrator::up(store.read(), None)
        .await
        .map_err(Error::database("migrating"))
}

/// Takes the configured port, for a server of everything.
pub fn bind(config: &Config, store: Store) -> Result<Bound, Error> {
    let api = Api::new(store.clone(), base_url(config));
    http::bind(http_settings(config), api, store, files(config)).map_err(|cause| Error::Listen {
        address: config.listen,
        cause,
    })
}

fn base_url(config: &Config) -> &str {
    config.base_url.as_str().trim_end_matches('/')
}

fn http_settings(config: &Config) -> HttpSettings {
    let limits = &config.limits;
    HttpSettings {
        listen: config.listen,
        suggestions: config.graphql.suggestions,
        introspection: config.graphql.introspection,
        graphiql: config.graphql.graphiql,
        cors_origins: config.cors.origins.clone(),
        limits: http::Limits {
            body_bytes: limits.body_bytes,
            listed_errors: limits.listed_errors,
            request_timeout: Duration::from_secs(limits.request_seconds),
            answer_timeout: Duration::from_secs(limits.answer_seconds),
            document: graphql::limits::Limits {
                depth: limits.depth,
                aliases: limits.aliases,
                fields: limits.fields,
                directives: limits.directives,
                tokens: limits.tokens,
                cost: limits.cost,
            },
            ..http::Limits::default()
        },
    }
}
