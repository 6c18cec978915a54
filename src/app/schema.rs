//! What this program and the database know of each other's migrations.

use entity::schema_compatibility;
use migration::{IntoSchemaManagerConnection, Migrator, MigratorTrait, SchemaManager, applied};
use sea_orm::{DbErr, EntityTrait};

use crate::error::Error;
use crate::store::{Store, dialect};

/// The migrations of this program and of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Those of this program in order, and whether each is applied.
    pub own: Vec<(String, bool)>,
    /// Applied migrations that this program does not know, in order: a newer version applied them.
    pub newer: Vec<String>,
    /// The newest that a program must know to work on the database; none in databases that do not say.
    required: Option<String>,
}

impl Schema {
    /// Of a database, which may be empty.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read<'c>(connection: impl IntoSchemaManagerConnection<'c>) -> Result<Self, DbErr> {
        let manager = SchemaManager::new(connection);
        let mut newer = applied(&manager).await?;
        let mut own = Vec::new();
        for migration in Migrator::get_migration_files() {
            let place = newer.iter().position(|name| name == migration.name());
            own.push((migration.name().to_owned(), place.is_some()));
            if let Some(place) = place {
                newer.remove(place);
            }
        }
        let row = if manager.has_table("schema_compatibility").await? {
            schema_compatibility::Entity::find()
                .one(manager.get_connection())
                .await?
        } else {
            None
        };
        Ok(Self {
            own,
            newer,
            required: row.map(|row| row.required),
        })
    }

    /// Those of this program that are not applied.
    pub fn pending(&self) -> impl Iterator<Item = &str> {
        self.own
            .iter()
            .filter(|(_, is_applied)| !is_applied)
            .map(|(name, _)| name.as_str())
    }

    /// Whether a newer version migrated the database, and this one can work on it: everything that it knows is applied,
    /// and what came after is compatible with it.
    pub fn is_newer_and_compatible(&self) -> bool {
        !self.newer.is_empty() && self.pending().next().is_none() && self.is_enough()
    }

    fn is_enough(&self) -> bool {
        let is_known = |required: &String| self.own.iter().any(|(name, _)| name == required);
        self.required.as_ref().is_some_and(is_known)
    }

    /// Why this program can neither use nor migrate the database.
    pub fn problem(&self) -> Option<String> {
        let newest = self.newer.last()?;
        if self.is_newer_and_compatible() {
            return None;
        }
        let known = self.own.last().map_or("none", |(name, _)| name);
        Some(match (&self.required, self.pending().next()) {
            (Some(required), Some(pending)) if self.is_enough() => format!(
                "the database has the migration {newest}, which this version of Quoin does not know, and lacks {pending} \
                 (a version that knows {required} can work on it); use the version that migrated it"
            ),
            (required, _) => {
                let required = required.as_ref().unwrap_or(newest);
                format!(
                    "the database was migrated to {newest} by a newer version of Quoin, and a version must know {required} \
                     to work on it; this one knows up to {known}. Use the newer version"
                )
            }
        })
    }

    /// The warning about a newer database that this program can use.
    pub fn notice(&self) -> Option<String> {
        let newest = self.newer.last().filter(|_| self.is_newer_and_compatible())?;
        Some(format!(
            "the database was migrated to {newest} by a newer version of Quoin; this version can work on it"
        ))
    }
}

/// The migrations of this program and of a database.
///
/// # Errors
/// When the database fails.
pub async fn schema(store: &Store) -> Result<Schema, Error> {
    let schema = Schema::read(&store.read().connections()).await;
    schema.map_err(Error::database("reading the applied migrations"))
}

/// Brings the database to the newest form, wholly or not at all. Processes that start at the same time take turns. One that
/// a newer version migrated is left as it is.
///
/// # Errors
/// When the database fails, or was migrated by a newer version with which this one is not compatible.
pub async fn migrate(store: &Store) -> Result<(), Error> {
    let mut schema = schema(store).await?;
    // Usually there is nothing to do, which needs no lock.
    if schema.newer.is_empty() && schema.pending().next().is_some() {
        let migrating = async {
            let transaction = store.for_long_work().write().await?;
            dialect::take_turns(&transaction).await?;
            let schema = transaction.run(Schema::read).await?;
            if schema.newer.is_empty() {
                transaction.run(|inner| Migrator::up(inner, None)).await?;
            }
            transaction.commit().await?;
            Ok(schema)
        };
        schema = migrating.await.map_err(Error::database("migrating"))?;
    }
    if let Some(notice) = schema.notice() {
        tracing::warn!("{notice}");
    }
    schema.problem().map_or(Ok(()), |problem| Err(Error::Refused(problem)))
}
