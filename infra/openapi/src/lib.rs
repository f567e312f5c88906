//! Generates the API description in OpenAPI 3.1 from the types of requests and answers, the numbers of
//! `keyturn_domain::limits`, and the one mapping of refusals to answers. `cargo xtask openapi` writes it to
//! `functions/openapi/openapi.json`, which the function `openapi` serves; a test fails if that file is out of date.

mod document;
mod examples;
mod links;
mod operation;
mod operations;
mod refusals;
mod responses;
mod webhooks;

use anyhow::Result;
use serde_json::Value;

/// The description with its names in alphabetical order, even if another crate enables `preserve_order` of `serde_json`.
///
/// # Errors
/// If an example cannot be encoded.
pub fn describe() -> Result<Value> {
    let mut description = document::assemble(&operations::all()?)?;
    description.sort_all_objects();
    Ok(description)
}

/// The description in the format of the file.
///
/// # Errors
/// As [`describe`].
pub fn text() -> Result<String> {
    Ok(serde_json::to_string_pretty(&describe()?)? + "\n")
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    #[test]
    fn the_file_is_what_is_made_here() {
        // Should this fail: `cargo xtask openapi` writes the file anew; read the difference, clients are made of it.
        expect_file!["../../../functions/openapi/openapi.json"].assert_eq(&super::text().unwrap());
    }
}
