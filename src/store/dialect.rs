//! Where the databases truly differ in SQL. Everything else is one text for all.
