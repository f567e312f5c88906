//! Copying a token string, where that is allowed and where it is not.
