//! The app tables.
