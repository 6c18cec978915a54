//! What a document may ask for, judged before anything is executed: it is scanned, parsed once, and measured.

mod inputs;
mod measure;
mod operation;
mod parse;
mod refusal;
mod scan;
mod type_map;

pub use inputs::check_inputs;
pub use measure::{Cost, measure};
pub use operation::{Operation, find, operation};
pub use parse::parse;
pub use refusal::{BAD_REQUEST, COST_LIMIT, RESPONSE_TOO_LARGE, Refusal};
pub use scan::normal;
pub use type_map::TypeMap;

/// How much one document may ask for. What is over a limit is refused with `COST_LIMIT`.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Levels of nested fields.
    pub depth: u64,
    /// Aliases, those in fragments counted wherever these are spread.
    pub aliases: u64,
    /// Fields, counted as aliases are.
    pub fields: u64,
    /// Directives, counted as aliases are.
    pub directives: u64,
    /// Lexical tokens.
    pub tokens: usize,
    /// Objects that the response may hold, estimated from the sizes of the pages, and the weights of long fields.
    pub cost: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 20,
            aliases: 60,
            fields: 400,
            directives: 200,
            tokens: 10_000,
            cost: 50_000,
        }
    }
}
