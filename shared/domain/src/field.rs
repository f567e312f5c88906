//! The fields that rules apply to. Their names in JSON belong to the HTTP adapter.

/// A field of a request that a rule applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The token's name, or the successor's.
    Name,
    /// The description.
    Description,
    /// The rights.
    Rights,
    /// The applications.
    Applications,
    /// The token's expiry.
    ExpiresAt,
    /// The settings of auto renewal as a whole.
    AutoRenewal,
    /// Days from creation to renewal.
    EveryDays,
    /// The callback as a whole.
    Callback,
    /// The receiver's URL.
    CallbackUrl,
    /// Whether the token fetches its successor itself.
    Pull,
    /// The recipient of mails.
    MailRecipient,
    /// The person who answers for the token.
    Owner,
    /// The predecessor's expiry after a manual renewal.
    ExistingTokenExpiresAt,
    /// The request token of a redemption.
    RequestToken,
    /// The id of a company.
    CompanyId,
    /// Whether a renewal is started because of a suspected leak.
    SuspectedLeak,
    /// Whether replaced signing secrets stop signing at once.
    RevokePrevious,
    /// The filter of a mass renewal as a whole.
    Filter,
    /// Whether every token is renewed.
    FilterAll,
    /// Only tokens for this application.
    FilterApplication,
    /// Only tokens with this in the name.
    FilterSearch,
    /// Only tokens of this age.
    FilterOlderThanDays,
    /// Only these tokens.
    FilterIds,
    /// Over how many hours a mass renewal is spread.
    OverHours,
    /// Whether a mass renewal is only tried.
    DryRun,
}

/// What a fault is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldPath {
    /// A field that rules apply to.
    Known(Field),
    /// Any other field, query parameter or header, as the caller wrote it.
    Other(String),
}

impl From<Field> for FieldPath {
    fn from(field: Field) -> Self {
        Self::Known(field)
    }
}

impl From<&str> for FieldPath {
    fn from(name: &str) -> Self {
        Self::Other(name.to_owned())
    }
}

impl From<String> for FieldPath {
    fn from(name: String) -> Self {
        Self::Other(name)
    }
}
