//! The fuzz targets, a file each.

pub(crate) mod authorizer_events;
pub(crate) mod callback_urls;
pub(crate) mod cursors;
pub(crate) mod dates;
pub(crate) mod gateway_events;
pub(crate) mod introspections;
pub(crate) mod mail_addresses;
pub(crate) mod merge_patches;
pub(crate) mod query_strings;
pub(crate) mod renewal_bodies;
pub(crate) mod request_bodies;
pub(crate) mod request_tokens;
pub(crate) mod token_strings;
