//! .
fn main() {
    print!("{}", quoin::graphql::Api::sdl());
}
