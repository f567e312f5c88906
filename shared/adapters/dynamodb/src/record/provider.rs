//! An identity provider as it is stored.

use std::collections::BTreeMap;

use keyturn_domain::provider::{CompanyRule, Provider};
use keyturn_domain::secret::Sealed;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Malformed, company};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderRecord {
    id: String,
    name: String,
    issuer: String,
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    client_secret: Option<ByteBuf>,
    #[serde(default)]
    scopes: Vec<String>,
    /// The only company, without a claim.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    company: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    company_claim: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    companies: BTreeMap<String, String>,
    role_claim: String,
    roles: BTreeMap<String, String>,
}

impl From<&Provider> for ProviderRecord {
    fn from(provider: &Provider) -> Self {
        let (company, company_claim, companies) = match &provider.company {
            CompanyRule::Only(company) => (Some(company.to_string()), None, BTreeMap::new()),
            CompanyRule::Claim { name, values } => {
                let text = |(value, company): (&String, &keyturn_domain::ids::CompanyId)| {
                    (value.clone(), company.to_string())
                };
                (None, Some(name.clone()), values.iter().map(text).collect())
            }
        };
        Self {
            id: provider.id.to_string(),
            name: provider.name.clone(),
            issuer: provider.issuer.clone(),
            client_id: provider.client_id.clone(),
            client_secret: provider
                .client_secret
                .as_ref()
                .map(|sealed| ByteBuf::from(sealed.as_bytes().to_vec())),
            scopes: provider.scopes.clone(),
            company,
            company_claim,
            companies,
            role_claim: provider.role_claim.clone(),
            roles: provider.roles.iter().map(|(value, role)| (value.clone(), role.to_string())).collect(),
        }
    }
}

impl TryFrom<ProviderRecord> for Provider {
    type Error = Malformed;

    fn try_from(record: ProviderRecord) -> Result<Self, Malformed> {
        let rule = match (record.company, record.company_claim) {
            (Some(only), _) => CompanyRule::Only(company(&only)?),
            (None, Some(name)) => {
                let mut values = BTreeMap::new();
                for (value, id) in record.companies {
                    values.insert(value, company(&id)?);
                }
                CompanyRule::Claim { name, values }
            }
            (None, None) => return Err(Malformed("company")),
        };
        // A role that only a later version knows gives none here.
        let roles = record.roles.into_iter().filter_map(|(value, role)| Some((value, role.parse().ok()?)));
        Ok(Self {
            id: record.id.parse().map_err(|_| Malformed("id"))?,
            name: record.name,
            issuer: record.issuer,
            client_id: record.client_id,
            client_secret: record.client_secret.map(|sealed| Sealed::new(sealed.into_vec())),
            scopes: record.scopes,
            company: rule,
            role_claim: record.role_claim,
            roles: roles.collect(),
        })
    }
}
