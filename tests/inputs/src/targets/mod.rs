//! The kinds of inputs, a file each.

mod authorizer_events;
mod creating;
mod cursors;
mod dates;
mod editing;
mod gateway_events;
mod introspections;
mod mail_addresses;
mod queries;
mod renewing;
mod request_tokens;
mod token_strings;
mod urls;

pub use authorizer_events::authorizer_events;
pub use creating::request_bodies;
pub use cursors::cursors;
pub use dates::dates;
pub use editing::merge_patches;
pub use gateway_events::gateway_events;
pub use introspections::introspections;
pub use mail_addresses::mail_addresses;
pub use queries::query_strings;
pub use renewing::renewal_bodies;
pub use request_tokens::request_tokens;
pub use token_strings::token_strings;
pub use urls::callback_urls;
