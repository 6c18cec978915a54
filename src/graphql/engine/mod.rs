//! What every type of the schema needs: a field is described once, and from that description follow the schema, what is loaded
//! and what is written.

mod arguments;
mod compile;
mod composite;
mod connection;
pub mod context;
pub mod cost;
pub mod error;
mod execution;
mod field;
pub mod id;
mod input;
pub mod interface;
mod introspection;
mod json;
pub mod limits;
mod link;
pub mod loader;
mod merging;
mod mutation;
mod object;
mod operation;
mod output;
mod payload;
pub mod scalar;
mod selection;
pub mod upload;
mod validation;

pub use arguments::{Arguments, NoArguments, with_defaults};
pub use compile::Compiler;
pub use composite::{CompiledSelection, Composite};
pub use connection::{Connection, List, Listed, PageArguments};
pub use field::{Fields, One};
pub use input::check_variables;
pub(crate) use interface::abstract_type;
pub use interface::{Abstract, Types};
pub use link::{Call, LookAhead, Outputs};
pub use object::Object;
pub use operation::{Operation, Root};
pub use output::{Leaf, Output, Shared};
pub use payload::{Payload, returns};
pub use selection::{Document, Selected, bytes, operation};
pub use validation::check_document;
