//! `quoin schema`

use crate::error::Error;
use crate::graphql::Api;

/// Prints the schema in its definition language.
pub fn run() -> Result<(), Error> {
    super::print(Api::sdl().trim_end())
}
