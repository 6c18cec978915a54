//! What every test stands on.

pub mod command;
pub mod database;

pub use database::TestDb;
pub use site::{Site, minute};
pub mod server;
pub mod site;
