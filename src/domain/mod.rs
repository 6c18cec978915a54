//! The publication's own rules, one name per thing. Nothing here knows of HTTP or GraphQL.
//!
//! Reading functions take ids in batches and return maps, so that a page of parents costs one statement; every one
//! of them filters by what the [`Viewer`] may see.

pub mod account;
pub mod accounts;
pub mod api_key;
pub mod audit;
pub mod authenticate;
pub mod category;
pub mod cdn_purge;
pub mod comment;
pub mod count;
pub mod custom_fields;
pub mod identity;
pub mod job;
pub mod letter;
pub mod listing;
pub mod media;
pub mod member;
pub mod navigation;
pub mod oauth;
pub mod oauth_client;
pub mod organise;
pub mod outside;
pub mod own_slug;
pub mod page;
pub mod policy;
pub mod post;
pub mod process;
pub mod publication;
pub mod redirect;
pub mod refusal;
pub mod render;
pub mod revision;
pub mod revocation;
pub mod scope;
pub mod series;
pub mod session;
pub mod signing_key;
pub mod slug;
pub mod sweep;
pub mod tag;
pub mod term;
pub mod text;
pub mod trusted_document;
pub mod user;
mod viewer;

pub use viewer::{Actor, Audience, Credential, Viewer};
