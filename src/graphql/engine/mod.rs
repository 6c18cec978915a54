//! What every type of the schema needs: a field is described once, and from that description follow the schema, what is loaded
//! and what is written.

mod arguments;
mod compile;
mod composite;
mod connection;
mod execution;
mod field;
pub mod interface;
mod json;
mod link;
mod object;
mod operation;
mod output;
mod selection;

pub use arguments::{Arguments, NoArguments, with_defaults};
pub use compile::Compiler;
pub use composite::{CompiledSelection, Composite};
pub use connection::{Connection, List, Listed, PageArguments};
pub use field::{Fields, One};
pub(crate) use interface::abstract_type;
pub use interface::{Abstract, Types};
pub use link::{Call, LookAhead};
pub use object::Object;
pub use operation::{Root, execute};
pub use output::{Leaf, Output};
pub use selection::Document;
