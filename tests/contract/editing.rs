//! Editing a token.
