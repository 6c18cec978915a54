//! Quoin as an OAuth 2.1 authorization server: codes, and what they are exchanged for.

mod code;
mod exchange;
mod person;

pub use code::{Challenge, CodeRequest, issue_code};
pub use exchange::{Exchange, client_credentials, exchange_code};
pub use person::{claims, id_token};
