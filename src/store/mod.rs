//! Connections and transactions.
