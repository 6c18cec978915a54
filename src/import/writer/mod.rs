//! Turns records into domain verbs, a batch at a time, each batch in a transaction of its own: an interrupted import
//! is simply run again.

mod author;
mod comments;
mod fit;
mod ids;
mod ledger;
mod links;
mod media;
mod pages;
mod posts;
mod slugs;
mod terms;
mod texts;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use entity::post::PostKind;
use entity::{PostId, PublicationId, UserId};
use sea_orm::DbErr;

use fit::Fit;
use ids::Ids;
use ledger::{Entry, Ledger};
use slugs::Slugs;

use super::fetch::Fetcher;
use super::record::{AuthorRecord, CategoryRecord, MediaRecord, Position, PostRecord, Record, SeriesRecord, TagRecord};
use super::report::Report;
use crate::domain::post;
use crate::domain::process::{EXPIRES_AFTER, Lease};
use crate::store::Transaction;
use crate::store::files::FileStore;
use crate::store::{Store, driver_text};

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database refused a statement; the text is for the operator.
    #[error("the database failed: {}", driver_text(.0))]
    Database(#[from] DbErr),
    /// A file could not be stored.
    #[error("cannot store {}: {cause}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The lease of this import expired, so that another may have started.
    #[error("the lease of this import expired after {} minutes; another import may have started", EXPIRES_AFTER.num_minutes())]
    Expired,
    /// Rendering panicked.
    #[error("a text could not be rendered, which is a fault of Quoin")]
    Rendering,
}

impl Failure {
    fn files(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::File { path, cause }
    }
}

/// Records are written when so many posts or files have come together…
const MOST_RECORDS: usize = 100;
/// … or so many of the small things that they refer to…
const MOST_SMALL_RECORDS: usize = 1000;
/// … or when the texts of posts and comments have so many bytes.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Writes the records of one source into one publication.
pub struct Writer {
    store: Store,
    /// Where a dry run happens, to be rolled back as a whole.
    trial: Option<Transaction>,
    files: FileStore,
    fetcher: Option<Fetcher>,
    lease: Lease,
    publication: PublicationId,
    /// Stands in where a post names no author.
    owner: UserId,
    ledger: Ledger,
    ids: Ids,
    /// The paths of files that are stored here, by their ids in the source.
    stored: HashMap<String, String>,
    article_slugs: Slugs,
    page_slugs: Slugs,
    /// Pages, each with the id of its parent in the source, which is yet to be found.
    pages: Vec<(PostId, Option<String>, Position)>,
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
        let small = self.authors.len() + self.categories.len() + self.tags.len() + self.series.len();
        self.posts.len() >= MOST_RECORDS
            || self.media.len() >= MOST_RECORDS
            || small >= MOST_SMALL_RECORDS
            || self.bytes >= MOST_BYTES
    }
}

/// Where a writer writes.
pub struct Target {
    /// The database.
    pub store: Store,
    /// Where a dry run happens.
    pub trial: Option<Transaction>,
    /// The media store.
    pub files: FileStore,
    /// Downloads files, if that was asked for.
    pub fetcher: Option<Fetcher>,
    /// Proves that no other import writes there.
    pub lease: Lease,
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
            lease,
            publication,
            owner,
        } = target;
        let mut writer = Self {
            store,
            trial,
            files,
            fetcher,
            lease,
            publication,
            owner,
            ledger: Ledger::new(publication, &source),
            ids: Ids::default(),
            stored: HashMap::new(),
            article_slugs: Slugs::default(),
            page_slugs: Slugs::default(),
            pages: Vec::new(),
            report,
            waiting: Waiting::default(),
        };
        let transaction = writer.transaction().await?;
        for kind in [PostKind::Article, PostKind::Page] {
            *writer.slugs(kind) = Slugs::new(post::slugs(&transaction, publication, kind).await?);
        }
        transaction.commit().await?;
        Ok(writer)
    }

    /// Takes a record; writes when enough have come together.
    pub async fn take(&mut self, record: Record) -> Result<(), Failure> {
        let waiting = &mut self.waiting;
        match record {
            Record::Author(mut record) => {
                record.fit();
                waiting.authors.push(record);
            }
            Record::Category(mut record) => {
                record.fit();
                waiting.categories.push(record);
            }
            Record::Tag(mut record) => {
                record.fit();
                waiting.tags.push(record);
            }
            Record::Series(mut record) => {
                record.fit();
                waiting.series.push(record);
            }
            Record::Media(mut record) => {
                record.fit();
                waiting.media.push(record);
            }
            Record::Post(mut record) => {
                record.fit();
                waiting.bytes += size(&record);
                waiting.posts.push(*record);
            }
            Record::Notice(notice) => self.report.note(notice),
            Record::LeftOut(left_out) => self.report.note_left_out(left_out),
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
        self.place_pages().await?;
        match self.trial {
            Some(trial) => trial.rollback().await?,
            None => self.store.settle().await,
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

    fn slugs(&mut self, kind: PostKind) -> &mut Slugs {
        match kind {
            PostKind::Article => &mut self.article_slugs,
            PostKind::Page => &mut self.page_slugs,
        }
    }

    /// What earlier imports of this source made of these things of one kind. Keeps nobody from writing.
    async fn recall<'a>(&self, kind: &str, ids: &[&'a str]) -> Result<HashMap<&'a str, Entry>, DbErr> {
        match &self.trial {
            Some(trial) => self.ledger.recall(trial, kind, ids).await,
            None => self.ledger.recall(self.store.read(), kind, ids).await,
        }
    }

    /// Begins a batch: a transaction, or a part of the trial.
    async fn transaction(&self) -> Result<Transaction, Failure> {
        if let Some(trial) = &self.trial {
            return Ok(trial.within().await?);
        }
        // Readers wait for the end.
        let transaction = self.store.write().await?.without_waiting();
        if self.lease.renew(&transaction).await? {
            Ok(transaction)
        } else {
            Err(Failure::Expired)
        }
    }
}

/// The bytes of a post's texts, about.
fn size(record: &PostRecord) -> usize {
    let comments = record.comments.iter();
    let comments = comments.map(|comment| comment.source.len() + comment.html.len());
    record.body.source.len() + record.body.html.len() + comments.sum::<usize>()
}
