//! The types of the schema: one file per thing, the same names as in `domain`.

mod account;
mod api_key;
mod audit_event;
mod category;
mod comment;
mod consent;
mod content;
mod guarded;
mod identity;
mod invitation;
mod job;
mod json;
mod listing;
mod media;
mod member;
mod navigation;
mod node;
mod oauth_client;
mod page;
mod page_list;
mod path;
mod post;
mod post_list;
mod preview;
mod publication;
mod revision;
mod scope;
mod series;
mod session;
mod tag;
mod trusted_document;
mod user;
mod viewer;

use std::borrow::Cow;

use super::engine::{Fields, Object};

/// What can be asked for.
#[derive(Clone)]
pub struct Query;

impl Object for Query {
    const DESCRIPTION: &'static str = "Root of queries.";

    fn type_name() -> Cow<'static, str> {
        "Query".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::query(fields);
        publication::query(fields);
        post::query(fields);
        post_list::query(fields);
        page::query(fields);
        page_list::query(fields);
        user::query(fields);
        tag::query(fields);
        category::query(fields);
        series::query(fields);
        path::query(fields);
        viewer::query(fields);
        account::query(fields);
        oauth_client::query(fields);
        audit_event::query(fields);
        job::query(fields);
        trusted_document::query(fields);
    }
}

/// What can be done.
#[derive(Clone)]
pub struct Mutation;

impl Object for Mutation {
    const DESCRIPTION: &'static str = "Root of mutations.";

    fn type_name() -> Cow<'static, str> {
        "Mutation".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        account::mutation(fields);
        identity::mutation(fields);
        session::mutation(fields);
        api_key::mutation(fields);
        consent::mutation(fields);
        oauth_client::mutation(fields);
        member::mutation(fields);
        invitation::mutation(fields);
        post::mutation(fields);
        page::mutation(fields);
        job::mutation(fields);
        trusted_document::mutation(fields);
        publication::mutation(fields);
        tag::mutation(fields);
        category::mutation(fields);
        series::mutation(fields);
        navigation::mutation(fields);
        media::mutation(fields);
    }
}
