//! Counts lines and columns while a file is read.

/// A place in the file, both from 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub line: u64,
    pub column: u64,
}

impl Default for Place {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

impl Place {
    /// The place behind these bytes.
    pub fn behind(self, bytes: &[u8]) -> Self {
        let characters = |bytes: &[u8]| bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64;
        match bytes.iter().rposition(|byte| *byte == b'\n') {
            None => Self {
                column: self.column + characters(bytes),
                ..self
            },
            Some(newline) => Self {
                line: self.line + bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>(),
                column: 1 + characters(&bytes[newline + 1..]),
            },
        }
    }
}
