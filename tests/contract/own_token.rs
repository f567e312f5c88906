//! What a token can see of itself.
