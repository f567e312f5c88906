//! Where the fields of a request stand in JSON.

use keyturn_domain::field::{Field, FieldPath};

/// The path of a field from the root of the body.
pub(crate) const fn path(field: Field) -> &'static str {
    match field {
        Field::Name => "name",
        Field::Description => "description",
        Field::Rights => "rights",
        Field::Applications => "applications",
        Field::ExpiresAt => "expiresAt",
        Field::AutoRenewal => "autoRenewal",
        Field::EveryDays => "autoRenewal.everyDays",
        Field::Callback => "autoRenewal.callback",
        Field::CallbackUrl => "autoRenewal.callback.url",
        Field::Pull => "autoRenewal.pull",
        Field::MailRecipient => "renewalMailRecipient",
        Field::Owner => "owner",
        Field::ExistingTokenExpiresAt => "existingTokenExpiresAt",
        Field::RequestToken => "requestToken",
        Field::CompanyId => "companyId",
        Field::SuspectedLeak => "suspectedLeak",
        Field::RevokePrevious => "revokePrevious",
        Field::Filter => "filter",
        Field::FilterAll => "filter.all",
        Field::FilterApplication => "filter.application",
        Field::FilterSearch => "filter.search",
        Field::FilterOlderThanDays => "filter.olderThanDays",
        Field::FilterIds => "filter.ids",
        Field::OverHours => "overHours",
        Field::DryRun => "dryRun",
    }
}

/// The name of a field inside the object that holds it.
pub(crate) fn key(field: Field) -> &'static str {
    let path = path(field);
    path.rsplit('.').next().unwrap_or(path)
}

/// What an answer calls the subject of a fault.
pub(crate) fn shown(field: &FieldPath) -> &str {
    match field {
        FieldPath::Known(field) => path(*field),
        FieldPath::Other(name) => name,
    }
}
