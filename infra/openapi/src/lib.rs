//! The description of the API in OpenAPI 3.1, made of the types that requests and answers are made of, the numbers of
//! `keyturn_domain::limits`, and the one mapping of refusals to answers. `cargo xtask openapi` writes it to
//! `functions/openapi/openapi.json`, which the function `openapi` serves; a test fails if that file is not what is made here.

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

/// The description, with its names in alphabetical order, whether or not something else that's compiled along makes
/// `serde_json` keep another one.
///
/// # Errors
/// If something that it shows can't be encoded.
pub fn describe() -> Result<Value> {
    let mut description = document::assemble(&operations::all()?)?;
    description.sort_all_objects();
    Ok(description)
}

/// The description as it stands in the file.
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
