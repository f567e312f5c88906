//! Lists of tokens.
