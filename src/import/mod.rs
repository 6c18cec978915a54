//! Brings foreign sites in: readers of foreign formats make records, the writer turns records into domain verbs.

pub mod fetch;
pub mod markdown;
pub mod record;
pub mod report;
mod run;
mod tree;
pub mod wordpress;
mod writer;

pub use run::{ImportError, Options, Progress, run};
