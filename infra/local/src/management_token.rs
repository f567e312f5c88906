//! The first company and its management token, made at the first start and kept in the data folder, so that the
//! stack can be used at once and after every restart.

use keyturn_application::Failure;
use keyturn_environment::Environment;
use keyturn_functions::bootstrap;

use crate::{
    error::{StartError, chain},
    files::{data_folder::DataFolder, private_file},
};

/// The company that the stack starts with.
const COMPANY: &str = "local";

/// The kept token, or a new one if there is none or if the table that knew it is gone.
pub(crate) async fn ensure(
    folder: &DataFolder,
    environment: &Environment,
    new_table: bool,
) -> Result<String, StartError> {
    let path = folder.file("management-token");
    let failed = |source| StartError::DataFolder { path: path.clone(), source };
    if !new_table && path.try_exists().map_err(failed)? {
        let token = std::fs::read_to_string(&path).map_err(failed)?;
        return Ok(token.trim().to_owned());
    }
    let token = found(environment).await?;
    private_file::write(&path, format!("{token}\n").as_bytes()).map_err(failed)?;
    Ok(token)
}

async fn found(environment: &Environment) -> Result<String, StartError> {
    let bootstrap = bootstrap::build(environment).await?;
    let request = |allow_existing_company| bootstrap::Request {
        company_id: COMPANY.to_owned(),
        token_name: None,
        allow_existing_company,
    };
    let answer = match bootstrap.run(request(false)).await {
        // Nothing else about this request can be refused: the company is there, only its token's file is not.
        Err(Failure::Refused(_)) => bootstrap.run(request(true)).await,
        answer => answer,
    };
    answer.map(|answer| answer.token).map_err(|error| StartError::ManagementToken(chain(&error)))
}
