//! Brings foreign sites in: readers of foreign formats make records, the writer turns records into domain verbs.

pub mod markdown;
pub mod record;
pub mod wordpress;
