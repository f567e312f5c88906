//! Renewal by hand, and the automatic one started by hand.
