//! The first company and its management token, created at the first start and kept in the data folder.

use anyhow::{Context as _, Result};
use keyturn_application::Failure;
use keyturn_environment::Environment;
use keyturn_functions::bootstrap;

use crate::data_folder::{DataFolder, cannot_use};

pub(crate) const COMPANY: &str = "local";

const FILE: &str = "management-token";

/// The stored token string, or that of a new token if there is none or if the table is new.
pub(crate) async fn ensure(
    folder: &DataFolder,
    environment: &Environment,
    new_table: bool,
) -> Result<String> {
    let path = folder.file(FILE);
    if !new_table && path.exists() {
        let token = std::fs::read_to_string(&path).with_context(|| cannot_use(&path))?;
        return Ok(token.trim().to_owned());
    }
    let token = create(environment).await.context("cannot create the management token")?;
    folder.write(FILE, format!("{token}\n").as_bytes())?;
    Ok(token)
}

async fn create(environment: &Environment) -> Result<String> {
    let bootstrap = bootstrap::build(environment).await?;
    let request = |allow_existing_company| bootstrap::Request {
        company_id: COMPANY.to_owned(),
        token_name: None,
        allow_existing_company,
    };
    let created = match bootstrap.run(request(false)).await {
        // The only possible reason: the company exists, and only the file is missing.
        Err(Failure::Refused(_)) => bootstrap.run(request(true)).await,
        created => created,
    };
    Ok(created?.token)
}
