//! Mails that come before it is too late.
