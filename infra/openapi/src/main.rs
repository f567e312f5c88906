//! Writes the description to the file that is named.

use anyhow::{Context as _, Result};

fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("name the file that the description is to be written to")?;
    std::fs::write(&path, keyturn_openapi::text()?).with_context(|| format!("{path} cannot be written"))
}
