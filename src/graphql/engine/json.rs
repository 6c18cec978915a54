//! The response as it is written: JSON with a checkpoint for each nullable value, to which a field error cuts it back
//! (GraphQL specification, section 6.4.4).

use async_graphql::{PathSegment, Pos, ServerError};
use serde::Serialize;

use super::error::Fault;
use super::execution::Execution;

/// Bytes that are written before they are accounted for.
const UNACCOUNTED: usize = 16 * 1024;

/// A value that must not be null is: its nearest nullable parent becomes null.
#[derive(Debug)]
pub struct Null;

/// Whether a value was written whole.
pub type Written = Result<(), Null>;

enum Segment<'a> {
    Key(&'a str),
    Index(usize),
}

/// JSON that is being written for a request.
pub struct Json<'a> {
    bytes: Vec<u8>,
    accounted: usize,
    path: Vec<Segment<'a>>,
    errors: Vec<ServerError>,
    is_over: bool,
    /// The request.
    pub execution: &'a Execution<'a>,
}

impl<'a> Json<'a> {
    /// An empty response.
    pub fn new(execution: &'a Execution<'a>) -> Self {
        Self {
            bytes: Vec::with_capacity(4096),
            accounted: 0,
            path: Vec::new(),
            errors: Vec::new(),
            is_over: false,
            execution,
        }
    }

    /// The JSON, and the field errors.
    pub fn finish(mut self) -> (Vec<u8>, Vec<ServerError>) {
        // Over its budget, the request ends with the one error that says so.
        let _ = self.account();
        (self.bytes, self.errors)
    }

    /// Writes a value.
    pub fn value(&mut self, value: &(impl Serialize + ?Sized)) -> Written {
        // Writing to memory does not fail, and none of our values refuses to be written.
        serde_json::to_writer(&mut self.bytes, value).map_err(|_| Null)?;
        if self.bytes.len() - self.accounted < UNACCOUNTED {
            return Ok(());
        }
        self.account()
    }

    /// Writes punctuation.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes one of several values that follow each other, `index` of them before it.
    pub fn item(&mut self, index: usize, write: impl FnOnce(&mut Self) -> Written) -> Written {
        if index > 0 {
            self.bytes.push(b',');
        }
        self.path.push(Segment::Index(index));
        let written = write(self);
        self.path.pop();
        written
    }

    /// Writes the value of a field, its key included as JSON in `prefix`.
    pub fn field(
        &mut self,
        key: &'a str,
        prefix: &[u8],
        is_nullable: bool,
        write: impl FnOnce(&mut Self) -> Written,
    ) -> Written {
        self.bytes.extend_from_slice(prefix);
        self.path.push(Segment::Key(key));
        let written = if is_nullable { self.nullable(write) } else { write(self) };
        self.path.pop();
        written
    }

    /// Writes a value, or null where it, or what it consists of, is null and must not be.
    pub fn nullable(&mut self, write: impl FnOnce(&mut Self) -> Written) -> Written {
        let checkpoint = self.bytes.len();
        if write(self).is_ok() {
            return Ok(());
        }
        if self.is_over {
            return Err(Null);
        }
        self.bytes.truncate(checkpoint);
        self.accounted = self.accounted.min(checkpoint);
        self.bytes.extend_from_slice(b"null");
        Ok(())
    }

    /// Records the error of the field that is being written.
    pub fn fail(&mut self, fault: Fault, position: Pos) -> Null {
        let mut error = async_graphql::Error::from(fault).into_server_error(position);
        error.path = self
            .path
            .iter()
            .map(|segment| match segment {
                Segment::Key(key) => PathSegment::Field((*key).to_owned()),
                Segment::Index(index) => PathSegment::Index(*index),
            })
            .collect();
        self.errors.push(error);
        Null
    }

    /// Has the budget know all bytes.
    fn account(&mut self) -> Written {
        let more = self.bytes.len() - std::mem::replace(&mut self.accounted, self.bytes.len());
        self.execution.request.budget.write(more).map_err(|_| {
            self.is_over = true;
            Null
        })
    }
}
