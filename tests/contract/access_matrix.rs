//! Every route against every kind of caller.
