//! Builds every part from the configuration: the only wiring.
