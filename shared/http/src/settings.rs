//! A token's settings as JSON.

use keyturn_domain::draft::{AutoRenewalDraft, TokenDraft};
use keyturn_domain::fault::Faults;

use crate::body::Fields;

/// Reads the settings of a new token, and the faults of their form.
#[must_use]
pub fn read_draft(mut fields: Fields) -> (TokenDraft, Faults) {
    let draft = TokenDraft {
        name: fields.text("name"),
        description: fields.text("description"),
        rights: fields.text("rights"),
        applications: fields.texts("applications"),
        expires_at: fields.text("expiresAt"),
        auto_renewal: read_auto_renewal(&mut fields),
        mail_recipient: fields.text("renewalMailRecipient"),
    };
    (draft, fields.finish())
}

fn read_auto_renewal(fields: &mut Fields) -> Option<AutoRenewalDraft> {
    let mut inner = fields.object("autoRenewal")?;
    let every_days = inner.integer("everyDays");
    let callback = inner.object("callback").map(|mut callback| {
        let url = callback.text("url");
        inner.absorb(callback);
        url
    });
    fields.absorb(inner);
    Some(AutoRenewalDraft { every_days, callback })
}
