//! Creates a company and its first management token, which creates all others.

use keyturn_domain::draft::Settings;
use keyturn_domain::fault::{FaultCode, Faults, Violation};
use keyturn_domain::field::Field;
use keyturn_domain::history::Actor;
use keyturn_domain::ids::CompanyId;
use keyturn_domain::refusal::{Conflict, Refusal};
use keyturn_domain::settings::{Applications, Description, Name, Rights};

use crate::create_token::CreateToken;
use crate::created::Created;
use crate::failure::Failure;
use crate::ports::{CommitError, CompanyCheck};

/// Creates companies. Only people with access to the deployment itself can call it.
pub struct Bootstrap {
    /// Creates the management token.
    pub create: CreateToken,
}

/// A company to create.
pub struct BootstrapRequest {
    /// The company's id.
    pub company: String,
    /// The management token's name; `management` by default.
    pub token_name: Option<String>,
    /// Whether the company exists already: the way back for one that has lost its management tokens.
    pub allow_existing: bool,
}

const DEFAULT_NAME: &str = "management";

impl Bootstrap {
    /// A management token of the company, which is created with it unless it exists already.
    pub async fn run(&self, request: BootstrapRequest) -> Result<Created, Failure> {
        let mut faults = Faults::default();
        let company = faults.take(Field::CompanyId, &request.company, parse_company(&request.company));
        let name = request.token_name.as_deref().unwrap_or(DEFAULT_NAME);
        let name = faults.take(Field::Name, name, Name::parse(name));
        let (Some(company), Some(name)) = (company, name) else {
            return Err(Refusal::Invalid(faults).into());
        };
        let settings = Settings {
            name,
            description: Description::empty(),
            rights: Rights::ReadWrite,
            applications: Applications::management(),
            expires_at: None,
            auto_renewal: None,
            mail_recipient: None,
        };
        let (check, refusal) = if request.allow_existing {
            (CompanyCheck::Exists(company.clone()), Refusal::NotFound("company"))
        } else {
            (CompanyCheck::New(company.clone()), Refusal::Conflict(Conflict::CompanyExists))
        };
        self.create.create(company, settings, Actor::Operator, check).await.map_err(|error| match error {
            CommitError::Conflict => refusal.into(),
            CommitError::Failed(error) => error.into(),
        })
    }
}

fn parse_company(text: &str) -> Result<CompanyId, Violation> {
    let error = "must have 1 to 50 of the characters a-z, 0-9 and -";
    text.parse().map_err(|_| Violation::new(FaultCode::InvalidCompanyId, error))
}
