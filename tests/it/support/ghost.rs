//! Ghost exports to bring in.

use std::io::Write;

use quoin::import::ghost::Ghost;
use quoin::import::record::{Effect, MediaRecord, PostRecord, Record, Source, SourceError, Survey};
use tempfile::NamedTempFile;

/// A site of version 5 with every trap.
pub const SITE: &str = include_str!("../../fixtures/ghost/site.json");

/// A site of version 0, not wrapped in `db`.
pub const OLD: &str = include_str!("../../fixtures/ghost/old.json");

/// An export in a file, and where the site was.
pub struct Export {
    pub file: NamedTempFile,
    home: Option<&'static str>,
}

impl Export {
    /// This text as a file.
    pub fn of(text: impl AsRef<[u8]>) -> Self {
        let mut file = tempfile::Builder::new()
            .prefix("export")
            .suffix(".json")
            .tempfile()
            .unwrap();
        file.write_all(text.as_ref()).unwrap();
        Self { file, home: None }
    }

    /// Says where the site was.
    pub fn at(self, home: &'static str) -> Self {
        Self {
            home: Some(home),
            ..self
        }
    }

    /// A reader of it.
    pub fn open(&self) -> Ghost {
        Ghost::open(self.file.path(), self.home.map(|home| home.parse().unwrap())).unwrap()
    }

    /// Everything in it.
    pub fn read(&self) -> Read {
        let mut source = self.open();
        let survey = source.survey().unwrap();
        let mut records = Vec::new();
        let mut collect = |record| {
            records.push(record);
            Ok(())
        };
        source.read(&mut collect).unwrap();
        Read { survey, records }
    }

    /// Why it is refused, without the path of the file.
    pub fn refusal(&self) -> String {
        let error = self.open().survey().expect_err("it was accepted");
        assert!(matches!(error, SourceError::Malformed { .. }), "{error:?}");
        let line = error.to_string();
        assert!(!line.contains('\n'), "{line}");
        line[line.find(".json:").unwrap() + ".json:".len()..].to_owned()
    }
}

/// A table of posts with these rows, alone in an export.
pub fn posts(rows: &str) -> String {
    format!(r#"{{"db":[{{"data":{{"posts":[{rows}]}}}}]}}"#)
}

/// What a reader handed over.
pub struct Read {
    pub survey: Survey,
    pub records: Vec<Record>,
}

impl Read {
    /// The post with this title.
    pub fn post(&self, title: &str) -> &PostRecord {
        let mut posts = self.records.iter().filter_map(|record| match record {
            Record::Post(post) if post.title == title => Some(post),
            _ => None,
        });
        posts.next().unwrap_or_else(|| panic!("no post {title}"))
    }

    /// The files, in order.
    pub fn files(&self) -> Vec<&MediaRecord> {
        let files = self.records.iter().filter_map(|record| match record {
            Record::Media(file) => Some(file),
            _ => None,
        });
        files.collect()
    }

    /// Whether the report is told so of a thing.
    pub fn has_notice(&self, item: &str, effect: Effect, reason: &str) -> bool {
        self.records.iter().any(|record| {
            matches!(record, Record::Notice(notice)
                if notice.item == item && notice.effect == effect && notice.reason.contains(reason))
        })
    }
}
