//! An import that waits, once it has begun, until the test lets it go on.

use std::path::Path;
use std::sync::mpsc;

use quoin::import::record::{Record, Source, SourceError, Stopped, Survey};
use quoin::import::wordpress::Wordpress;

/// A source that says when the import begins to read it, and waits until it may go on.
pub struct Held {
    source: Wordpress,
    begun: mpsc::Sender<()>,
    may_go: mpsc::Receiver<()>,
}

/// What the test holds of it.
pub struct Hold {
    has_begun: mpsc::Receiver<()>,
    go: mpsc::Sender<()>,
}

impl Held {
    /// A WordPress export of this text, in a file in this folder.
    pub fn new(folder: &Path, text: &str) -> (Self, Hold) {
        let path = folder.join("held.xml");
        std::fs::write(&path, text).unwrap();
        let ((begun, has_begun), (go, may_go)) = (mpsc::channel(), mpsc::channel());
        let source = Self {
            source: Wordpress::open(&path).unwrap(),
            begun,
            may_go,
        };
        (source, Hold { has_begun, go })
    }
}

impl Hold {
    /// Waits until the import has begun to read.
    pub async fn begun(self) -> Go {
        let Self { has_begun, go } = self;
        tokio::task::spawn_blocking(move || has_begun.recv().unwrap())
            .await
            .unwrap();
        Go(go)
    }
}

/// Holds the import until it is let go. An import that is stopped instead goes on when this is dropped.
pub struct Go(mpsc::Sender<()>);

impl Go {
    /// Lets the import go on.
    pub fn go(self) {
        self.0.send(()).unwrap();
    }
}

impl Source for Held {
    fn survey(&mut self) -> Result<Survey, SourceError> {
        self.source.survey()
    }

    fn read(&mut self, emit: &mut dyn FnMut(Record) -> Result<(), Stopped>) -> Result<(), SourceError> {
        self.begun.send(()).unwrap();
        let _ = self.may_go.recv();
        self.source.read(emit)
    }
}
