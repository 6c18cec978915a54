//! Brings foreign sites in: readers of foreign formats make records, the writer turns records into domain verbs.

mod date;
pub mod fetch;
pub mod ghost;
mod html;
mod ids;
pub mod markdown;
mod place;
pub mod record;
pub mod report;
mod run;
mod text;
mod tree;
pub mod wordpress;
mod writer;

pub use run::{ImportError, Options, Progress, run};
