//! What files are, told by their content, and pictures: measured before they are decoded, freed of what they tell about
//! their maker, turned upright, made smaller. On threads of its own, few of them, with a bounded queue before them.

mod avif;
mod clean;
mod gif;
mod jpeg;
mod kind;
mod scale;
mod threads;

pub use clean::{Cleaned, Fault, clean};
pub use kind::{Class, Format, HEAD_BYTES, Kind, NotTaken, is_inline, kind_of, sniff};
pub use scale::{STEPS, scale, step};
pub use threads::{Busy, Threads, Turn};
