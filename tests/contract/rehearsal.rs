//! Test callbacks and signing secrets.
