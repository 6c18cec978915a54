//! The GraphQL schema: one file per thing, the same names as in `domain`.

pub mod limits;

use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Response};

use crate::store::Store;

/// The schema, ready to execute requests.
#[derive(Clone)]
pub struct Api {
    schema: async_graphql::Schema<Query, EmptyMutation, EmptySubscription>,
}

/// What can be asked for.
pub struct Query;

#[Object]
impl Query {
    /// The name of this software.
    async fn software(&self) -> &'static str {
        "quoin"
    }
}

impl Api {
    /// The schema over a store.
    pub fn new(store: Store) -> Self {
        let schema = async_graphql::Schema::build(Query, EmptyMutation, EmptySubscription)
            .data(store)
            .finish();
        Self { schema }
    }

    /// The schema in its definition language, as `schema.graphql` holds it.
    pub fn sdl() -> String {
        async_graphql::Schema::build(Query, EmptyMutation, EmptySubscription)
            .finish()
            .sdl()
    }

    /// Executes one request.
    pub async fn execute(&self, request: Request) -> Response {
        self.schema.execute(request).await
    }
}
