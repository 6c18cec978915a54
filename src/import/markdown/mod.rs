//! Reads a folder of Markdown files.

use std::path::Path;

use super::record::{Position, Record, Source, SourceError, Stopped, Survey};

/// A folder of Markdown files.
#[derive(Debug)]
pub struct Markdown;

impl Markdown {
    /// Opens a folder.
    pub fn open(folder: &Path) -> Result<Self, SourceError> {
        let position = Position {
            file: folder.display().to_string(),
            line: None,
            column: None,
        };
        Err(SourceError::Malformed {
            position,
            message: "folders of Markdown cannot be read yet".to_owned(),
        })
    }
}

impl Source for Markdown {
    fn survey(&mut self) -> Result<Survey, SourceError> {
        Ok(Survey::default())
    }

    fn read(&mut self, _: &mut dyn FnMut(Record) -> Result<(), Stopped>) -> Result<(), SourceError> {
        Ok(())
    }
}
