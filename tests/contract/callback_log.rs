//! What happened to the callbacks.
