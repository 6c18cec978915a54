//! What every test stands on.

pub mod accounts;
pub mod archive;
pub mod attacks;
pub mod broken;
pub mod browser;
pub mod bucket;
pub mod command;
pub mod database;
pub mod desk;
pub mod documents;
pub mod files;
pub mod gazette;
pub mod ghost;
pub mod jobs;
pub mod log;
pub mod nginx;
pub mod office;
pub mod old_site;
pub mod openid;
pub mod people;
pub mod pictures;
pub mod press;
pub mod recorder;
pub mod redis;
pub mod rust;
pub mod server;
pub mod serving;
pub mod signing;
pub mod site;
pub mod smtp;
pub mod stage;
pub mod town;
pub mod visitor;

pub use database::TestDb;
pub use gazette::{Gazette, minute};
pub use town::Town;
