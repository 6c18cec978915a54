//! What files are, told by their content, and pictures: measured before they are decoded, freed of what they tell about
//! their maker, turned upright, made smaller.

mod avif;
mod clean;
mod gif;
mod jpeg;
mod kind;
mod png;
mod scale;

pub use clean::{Cleaned, Fault, MAX_PROFILE_BYTES, clean};
pub use kind::{Class, Format, HEAD_BYTES, Kind, NotTaken, is_inline, kind_of, sniff};
pub use scale::{STEPS, scale, step};
