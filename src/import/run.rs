//! Runs an import: a source is surveyed, then read on a thread of its own while the writer writes.

use std::collections::BTreeSet;
use std::time::Instant;

use entity::{PublicationId, UserId};
use sea_orm::{ConnectionTrait, DbErr};
use tokio::sync::mpsc;

use super::fetch::Fetcher;
use super::record::{Record, Source, SourceError, Stopped, Survey};
use super::report::Report;
use super::writer::{Failure, Target, Writer};
use crate::domain::Viewer;
use crate::domain::custom_fields;
use crate::domain::process::{self, Lease, StartError, Work};
use crate::domain::publication::{self, NewPublication};
use crate::domain::slug::Slug;
use crate::domain::user;
use crate::outbound::Reach;
use crate::store::Store;
use crate::store::Transaction;
use crate::store::changes::Topic;
use crate::store::dialect;
use crate::store::files::FileStore;

/// How to bring a source in.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The slug of the publication, which is made when missing; by default after the site's title.
    pub publication: Option<String>,
    /// The username of its owner, made when missing; by default the owner that it has, or one of its own name.
    pub owner: Option<String>,
    /// Do everything, and keep nothing.
    pub dry_run: bool,
    /// Download files of the old site, from where this says they may be.
    pub fetch_media: Option<Reach>,
    /// The names of custom fields of plugins that are imported, beside those that the publication's schema names.
    pub fields: BTreeSet<String>,
}

/// Why an import failed. `Display` is one line for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The source cannot be read, or is not what it should be. Nothing of it was written, unless it changed meanwhile.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The writing failed; what was written before stays, and the import can be run again.
    #[error("{0}; run the import again to go on")]
    Write(#[from] Failure),
    /// Nothing can be downloaded at all.
    #[error("cannot download files: {0}")]
    Fetch(#[from] super::fetch::FetchError),
    /// Another import writes into the publication, or an archive is being imported.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A signal stopped the process.
    #[error("interrupted; run the import again to go on")]
    Interrupted,
    /// The reader panicked.
    #[error("the source could not be read, which is a fault of Quoin")]
    Reader,
}

impl From<DbErr> for ImportError {
    fn from(error: DbErr) -> Self {
        Self::Write(error.into())
    }
}

/// Hears how an import gets on.
pub trait Progress: Send {
    /// The source is whole; so many records will come.
    fn surveyed(&mut self, records: u64);
    /// One more record was taken.
    fn advanced(&mut self);
}

/// Records on their way from the reading thread to the writer.
const ON_THE_WAY: usize = 16;

/// Imports a source into a publication, unless another import does already, until it is done or `stop` is.
pub async fn run(
    store: Store,
    files: FileStore,
    mut source: Box<dyn Source>,
    options: &Options,
    progress: &mut dyn Progress,
    stop: impl Future<Output = ()>,
) -> Result<Report, ImportError> {
    let start = Instant::now();
    tokio::pin!(stop);
    let surveying = blocking(move || {
        let survey = source.survey();
        (source, survey)
    });
    let (mut source, survey) = tokio::select! {
        surveyed = surveying => surveyed?,
        () = &mut stop => return Err(ImportError::Interrupted),
    };
    let survey = survey?;
    progress.surveyed(survey.records);

    let slug = publication_slug(options, &survey);
    let registration = process::start(&store, Work::Import(slug.clone())).await?;
    let report = Report {
        source: survey.source.clone(),
        publication: slug,
        dry_run: options.dry_run,
        ..Report::default()
    };
    let lease = registration.lease();
    let writing = async {
        let target = target(store.for_long_work(), files, lease, source.as_mut(), &survey, options).await?;
        let writer = Writer::new(target, survey.source, report).await?;
        write(source, writer, progress).await
    };
    let written = tokio::select! {
        written = writing => written,
        () = &mut stop => Err(ImportError::Interrupted),
    };
    registration.end().await;
    let mut report = written?;
    report.seconds = start.elapsed().as_secs_f64();
    Ok(report)
}

/// Where to write, with the publication, which is made when missing and says which custom fields to import.
async fn target(
    store: Store,
    files: FileStore,
    lease: Lease,
    source: &mut dyn Source,
    survey: &Survey,
    options: &Options,
) -> Result<Target, ImportError> {
    let fetcher = options.fetch_media.map(Fetcher::new).transpose()?;
    let transaction = store.write().await?;
    if !options.dry_run {
        // Another import may make an owner of the same name.
        dialect::take_turns(&transaction).await?;
    }
    let slug = publication_slug(options, survey);
    let (publication, owner) = publication(&transaction, &slug, options, survey).await?;
    let mut fields = options.fields.clone();
    let schemas = publication::custom_field_schemas(&transaction, &[publication]).await?;
    fields.extend(schemas.values().flat_map(custom_fields::named));
    source.import_fields(&fields);
    let trial = if options.dry_run {
        Some(transaction)
    } else {
        transaction.commit().await?;
        None
    };
    Ok(Target {
        store,
        trial,
        files,
        fetcher,
        lease,
        publication,
        owner,
    })
}

/// Reads the source on a thread of its own, and writes what it hands over.
async fn write(
    mut source: Box<dyn Source>,
    mut writer: Writer,
    progress: &mut dyn Progress,
) -> Result<Report, ImportError> {
    let (sender, mut receiver) = mpsc::channel::<Record>(ON_THE_WAY);
    let reading = tokio::task::spawn_blocking(move || {
        source.read(&mut |record| sender.blocking_send(record).map_err(|_| Stopped))
    });
    while let Some(record) = receiver.recv().await {
        if !matches!(record, Record::Notice(_) | Record::LeftOut(_)) {
            progress.advanced();
        }
        writer.take(record).await?;
    }
    reading.await.map_err(|_| ImportError::Reader)??;
    Ok(writer.finish().await?)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ImportError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| ImportError::Reader)
}

fn publication_slug(options: &Options, survey: &Survey) -> String {
    let wanted = options
        .publication
        .as_deref()
        .or(survey.title.as_deref())
        .unwrap_or_default();
    Slug::from_text(wanted, "publication").into()
}

/// The publication to write into and who stands in for missing authors; made when missing.
async fn publication(
    transaction: &Transaction,
    slug: &str,
    options: &Options,
    survey: &Survey,
) -> Result<(PublicationId, UserId), DbErr> {
    let existing = publication::by_slug(transaction, Some(slug)).await?;
    let named = match &options.owner {
        Some(name) => Some(owner(transaction, name, name).await?),
        None => None,
    };
    let title = survey
        .title
        .clone()
        .filter(|title| !title.is_empty())
        .unwrap_or_else(|| slug.to_owned());
    if let Some(existing) = existing {
        let owner_id = match (named, publication::owner(transaction, existing.id).await?) {
            (Some(owner), _) | (None, Some(owner)) => owner,
            (None, None) => owner(transaction, slug, &title).await?,
        };
        return Ok((existing.id, owner_id));
    }
    let owner = match named {
        Some(owner) => owner,
        None => owner(transaction, slug, &title).await?,
    };
    let new = NewPublication {
        slug: slug.to_owned(),
        title,
        tagline: survey.tagline.clone().unwrap_or_default(),
        language: survey
            .language
            .clone()
            .filter(|language| !language.is_empty())
            .unwrap_or_else(|| "en".to_owned()),
        site_url: survey.site_url.clone(),
        owner,
    };
    transaction.changed([Topic::any(entity::publication::Entity)]);
    Ok((publication::create(transaction, new).await?, owner))
}

/// The user with this name, or a new byline.
async fn owner(transaction: &impl ConnectionTrait, name: &str, display_name: &str) -> Result<UserId, DbErr> {
    let username = Slug::from_text(name, "owner");
    if let Some(user) = user::by_username(transaction, Viewer::Operator, username.as_str()).await? {
        return Ok(user.id);
    }
    let profile = user::Profile {
        display_name: display_name.to_owned(),
        email: None,
        bio: String::new(),
        website_url: None,
    };
    user::create_byline(transaction, username.as_str(), profile).await
}
