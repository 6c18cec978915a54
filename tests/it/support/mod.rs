//! What every test stands on.

pub mod command;
pub mod database;

pub use database::TestDb;
pub mod old_site;
pub mod server;
pub mod site;
