//! What every test stands on.

pub mod command;
pub mod database;
pub mod gazette;
pub mod old_site;
pub mod rust;
pub mod server;
pub mod site;
pub mod smtp;

pub use database::TestDb;
pub use gazette::{Gazette, minute};
