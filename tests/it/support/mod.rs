//! What every test stands on.

pub mod command;
pub mod database;
pub mod rust;
pub mod server;
pub mod site;

pub use database::TestDb;
pub use site::{Site, minute};
