//! The core against a model of Keyturn and of its targets, with a crash between any two steps.

mod crashes;
mod examples;
mod world;
