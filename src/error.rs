//! What can go wrong, for the operator.
