//! What every test stands on.

pub mod command;
pub mod database;
pub mod rust;

pub use database::TestDb;
