//! Founds a company: the company and its first management token, which makes all others.

use keyturn_domain::draft::TokenDraft;
use keyturn_domain::effect::Actor;
use keyturn_domain::fault::{FaultCode, Faults, Violation};
use keyturn_domain::ids::CompanyId;
use keyturn_domain::refusal::{Conflict, Refusal};
use keyturn_domain::settings::{MANAGEMENT, Rights};

use crate::create_token::{CreateToken, Created};
use crate::failure::Failure;
use crate::ports::CommitError;

/// Founds companies. Only people with access to the deployment itself can call it.
pub struct Bootstrap {
    /// Creates the management token.
    pub create: CreateToken,
}

/// What to found.
pub struct BootstrapRequest {
    /// The company's id, as it was sent.
    pub company: String,
    /// The management token's name.
    pub token_name: Option<String>,
    /// Whether the company may exist already: the way back for one that has lost its management tokens.
    pub allow_existing: bool,
}

impl Bootstrap {
    /// A management token of the company, which is founded first unless it may exist.
    pub async fn run(&self, founding: BootstrapRequest) -> Result<Created, Failure> {
        let mut faults = Faults::default();
        let company = founding.company.parse::<CompanyId>().map_err(|_| {
            let error = "must have 1 to 50 of the characters a-z, 0-9 and -";
            let violation = Violation::new(FaultCode::InvalidCompanyId, error);
            faults.add_value("companyId", violation, &founding.company);
        });
        let draft = TokenDraft {
            name: Some(founding.token_name.unwrap_or_else(|| "management".to_owned())),
            rights: Some(Rights::ReadWrite.as_str().to_owned()),
            applications: Some(vec![MANAGEMENT.to_owned()]),
            ..TokenDraft::default()
        };
        let settings =
            draft.parse(&self.create.rules, self.create.context.now(), faults).map_err(Refusal::Invalid)?;
        let company = company.map_err(|()| Refusal::NotFound("company"))?;
        let new = (!founding.allow_existing).then(|| company.clone());
        self.create.create(company, settings, Actor::Operator, new).await.map_err(|error| match error {
            CommitError::Conflict => Refusal::Conflict(Conflict::CompanyExists).into(),
            CommitError::Failed(error) => error.into(),
        })
    }
}
