//! Turns records into domain verbs, a batch at a time, each batch in a transaction of its own: an interrupted import
//! is simply run again.

mod ledger;
mod media;
mod posts;
mod terms;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use entity::post::PostKind;
use entity::{PostId, PublicationId, UserId};
use sea_orm::{DatabaseTransaction, DbErr, TransactionTrait};

use ledger::Ledger;
use terms::Ids;

use super::fetch::Fetcher;
use super::record::{AuthorRecord, CategoryRecord, MediaRecord, Position, PostRecord, Record, SeriesRecord, TagRecord};
use super::report::Report;
use crate::domain::post;
use crate::store::Store;
use crate::store::files::FileStore;

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database refused a statement; the text is for the operator.
    #[error("the database failed: {0}")]
    Database(#[from] DbErr),
    /// A file could not be read or stored.
    #[error("cannot store {}: {cause}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A text could not be rendered: a fault of ours.
    #[error("a text could not be rendered")]
    Rendering,
}

impl Failure {
    fn files(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::File { path, cause }
    }
}

/// Records of one kind are written when so many have come together…
const MOST_RECORDS: usize = 100;
/// … or when their texts have so many bytes.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Writes the records of one source into one publication.
pub struct Writer {
    store: Store,
    /// Where a dry run happens, to be rolled back as a whole.
    trial: Option<DatabaseTransaction>,
    files: FileStore,
    fetcher: Option<Fetcher>,
    publication: PublicationId,
    /// Stands in where a post names no author.
    owner: UserId,
    ledger: Ledger,
    ids: Ids,
    /// The paths of files that are stored here, by their ids in the source.
    stored: HashMap<String, String>,
    article_slugs: HashMap<String, PostId>,
    page_slugs: HashMap<String, PostId>,
    /// Pages whose parents are yet to be found.
    children: Vec<(PostId, String, Position)>,
    report: Report,
    waiting: Waiting,
}

/// Records that wait for more of their kind.
#[derive(Default)]
struct Waiting {
    authors: Vec<AuthorRecord>,
    categories: Vec<CategoryRecord>,
    tags: Vec<TagRecord>,
    series: Vec<SeriesRecord>,
    media: Vec<MediaRecord>,
    posts: Vec<PostRecord>,
    bytes: usize,
}

impl Waiting {
    fn is_full(&self) -> bool {
        let counts = [
            self.authors.len(),
            self.categories.len(),
            self.tags.len(),
            self.series.len(),
            self.media.len(),
        ];
        self.posts.len() >= MOST_RECORDS
            || counts.into_iter().sum::<usize>() >= 10 * MOST_RECORDS
            || self.bytes >= MOST_BYTES
    }
}

/// Where a writer writes.
pub struct Target {
    /// The database.
    pub store: Store,
    /// Where a dry run happens.
    pub trial: Option<DatabaseTransaction>,
    /// The media store.
    pub files: FileStore,
    /// Downloads files, if that was asked for.
    pub fetcher: Option<Fetcher>,
    /// The publication.
    pub publication: PublicationId,
    /// Its owner.
    pub owner: UserId,
}

impl Writer {
    /// A writer for a source.
    pub async fn new(target: Target, source: String, report: Report) -> Result<Self, Failure> {
        let Target {
            store,
            trial,
            files,
            fetcher,
            publication,
            owner,
        } = target;
        let mut writer = Self {
            store,
            trial,
            files,
            fetcher,
            publication,
            owner,
            ledger: Ledger::new(publication, source),
            ids: Ids::default(),
            stored: HashMap::new(),
            article_slugs: HashMap::new(),
            page_slugs: HashMap::new(),
            children: Vec::new(),
            report,
            waiting: Waiting::default(),
        };
        let reader = writer.transaction().await?;
        writer.article_slugs = post::slugs(&reader, publication, PostKind::Article).await?;
        writer.page_slugs = post::slugs(&reader, publication, PostKind::Page).await?;
        reader.commit().await?;
        Ok(writer)
    }

    /// Takes a record; writes when enough have come together.
    pub async fn take(&mut self, record: Record) -> Result<(), Failure> {
        let waiting = &mut self.waiting;
        match record {
            Record::Author(record) => waiting.authors.push(record),
            Record::Category(record) => waiting.categories.push(record),
            Record::Tag(record) => waiting.tags.push(record),
            Record::Series(record) => waiting.series.push(record),
            Record::Media(record) => waiting.media.push(record),
            Record::Post(record) => {
                waiting.bytes += record.body.source.len() + record.body.html.len();
                waiting.posts.push(*record);
            }
            Record::Notice(notice) => self.report.note(notice),
        }
        if self.waiting.is_full() {
            self.flush().await
        } else {
            Ok(())
        }
    }

    /// Writes the last records, and says what was done.
    pub async fn finish(mut self) -> Result<Report, Failure> {
        self.flush().await?;
        self.place_children().await?;
        if let Some(trial) = self.trial {
            trial.rollback().await?;
        }
        Ok(self.report)
    }

    /// In the order in which they refer to each other.
    async fn flush(&mut self) -> Result<(), Failure> {
        let waiting = std::mem::take(&mut self.waiting);
        self.authors(&waiting.authors).await?;
        self.terms(&waiting.categories).await?;
        self.terms(&waiting.tags).await?;
        self.terms(&waiting.series).await?;
        self.media(&waiting.media).await?;
        self.posts(waiting.posts).await
    }

    fn dry_run(&self) -> bool {
        self.trial.is_some()
    }

    /// Begins a batch: a transaction, or a part of the trial.
    async fn transaction(&self) -> Result<DatabaseTransaction, DbErr> {
        match &self.trial {
            Some(trial) => trial.begin().await,
            None => self.store.write().await,
        }
    }
}
