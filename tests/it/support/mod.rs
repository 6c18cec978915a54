//! What every test stands on.

pub mod command;
pub mod database;
pub mod rust;
pub mod server;

pub use database::TestDb;
