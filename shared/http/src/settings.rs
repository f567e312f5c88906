//! The bodies of requests.

use keyturn_domain::draft::{AutoRenewalDraft, TokenDraft};
use keyturn_domain::edit::{AutoRenewalPatch, Patch, TokenPatch};
use keyturn_domain::fault::Faults;
use keyturn_domain::field::Field;
use keyturn_domain::manual::RenewalDraft;
use keyturn_domain::refusal::Refusal;

use crate::body::Fields;
use crate::request::ApiRequest;

/// Reads the settings of a new token, and the faults of its form.
#[must_use]
pub fn read_draft(mut fields: Fields) -> (TokenDraft, Faults) {
    let draft = TokenDraft {
        name: fields.text(Field::Name),
        description: fields.text(Field::Description),
        rights: fields.text(Field::Rights),
        applications: fields.texts(Field::Applications),
        expires_at: fields.text(Field::ExpiresAt),
        auto_renewal: read_auto_renewal(&mut fields),
        mail_recipient: fields.text(Field::MailRecipient),
    };
    (draft, fields.finish())
}

fn read_auto_renewal(fields: &mut Fields) -> Option<AutoRenewalDraft> {
    let mut inner = fields.object(Field::AutoRenewal)?;
    let every_days = inner.integer(Field::EveryDays);
    let callback = inner.object(Field::Callback).map(|mut callback| {
        let url = callback.text(Field::CallbackUrl);
        inner.absorb(callback);
        url
    });
    let pull = inner.boolean(Field::Pull);
    fields.absorb(inner);
    Some(AutoRenewalDraft { every_days, callback, pull })
}

/// Reads a merge patch of a token, the id of the owner that it names, and the faults of its form. A field that cannot be edited
/// counts as unknown.
#[must_use]
pub fn read_patch(mut fields: Fields) -> (TokenPatch, Patch<String>, Faults) {
    let patch = TokenPatch {
        description: fields.patch(Field::Description, Fields::text),
        auto_renewal: fields.patch(Field::AutoRenewal, read_auto_renewal_patch),
        mail_recipient: fields.patch(Field::MailRecipient, Fields::text),
        owner: Patch::Keep,
    };
    let owner = fields.patch(Field::Owner, Fields::text);
    (patch, owner, fields.finish())
}

fn read_auto_renewal_patch(fields: &mut Fields, field: Field) -> Option<AutoRenewalPatch> {
    let mut inner = fields.object(field)?;
    let patch = AutoRenewalPatch {
        every_days: inner.patch(Field::EveryDays, Fields::integer),
        callback: inner.patch(Field::Callback, |inner, field| {
            let mut callback = inner.object(field)?;
            let url = callback.patch(Field::CallbackUrl, Fields::text);
            inner.absorb(callback);
            Some(url)
        }),
        pull: inner.patch(Field::Pull, Fields::boolean),
    };
    fields.absorb(inner);
    Some(patch)
}

/// Reads a manual renewal, and the faults of its form.
#[must_use]
pub fn read_renewal(mut fields: Fields) -> (RenewalDraft, Faults) {
    let draft = RenewalDraft {
        existing_token_expires_at: fields.text(Field::ExistingTokenExpiresAt),
        name: fields.text(Field::Name),
        description: fields.text(Field::Description),
    };
    (draft, fields.finish())
}

/// Reads the request token of a redemption.
pub fn read_redemption(mut fields: Fields) -> Result<String, Refusal> {
    let request_token = fields.required_text(Field::RequestToken);
    let faults = fields.finish();
    request_token.filter(|_| faults.is_empty()).ok_or(Refusal::Invalid(faults))
}

/// Reads the body of a started renewal, which may be left out: whether a leak is suspected.
pub fn read_start(request: &ApiRequest) -> Result<bool, Refusal> {
    read_switch(request, Field::SuspectedLeak)
}

/// Reads the body of a rotation, which may be left out: whether the replaced secrets are revoked.
pub fn read_rotation(request: &ApiRequest) -> Result<bool, Refusal> {
    read_switch(request, Field::RevokePrevious)
}

fn read_switch(request: &ApiRequest, field: Field) -> Result<bool, Refusal> {
    if request.body().is_empty() {
        return Ok(false);
    }
    let mut fields = Fields::of(request)?;
    let switch = fields.boolean(field).unwrap_or_default();
    let faults = fields.finish();
    if faults.is_empty() { Ok(switch) } else { Err(Refusal::Invalid(faults)) }
}
