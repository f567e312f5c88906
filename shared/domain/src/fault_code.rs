//! Codes of validation faults: one per rule, so that a client can translate a fault without parsing its sentence.

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)+) => {
        /// Which rule an input breaks. Codes may be added; one that exists never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FaultCode {
            $($(#[$doc])* $variant,)+
        }

        impl FaultCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as answers show it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

codes! {
    /// A mandatory field, parameter or header is missing.
    Required = "REQUIRED",
    /// `autoRenewal.everyDays` is missing beside a callback.
    RequiredWithCallback = "REQUIRED_WITH_CALLBACK",
    /// `autoRenewal.everyDays` is missing beside `pull`.
    RequiredWithPull = "REQUIRED_WITH_PULL",
    /// Auto renewal needs a callback or `pull` where token strings can't be copied.
    CallbackRequired = "CALLBACK_REQUIRED",
    /// The request has no such field.
    UnknownField = "UNKNOWN_FIELD",
    /// The request has no such query parameter.
    UnknownParameter = "UNKNOWN_PARAMETER",
    /// A parameter was sent more than once.
    DuplicateParameter = "DUPLICATE_PARAMETER",
    /// Two parameters that exclude each other were sent together.
    MutuallyExclusive = "MUTUALLY_EXCLUSIVE",
    /// The body has another media type than the request takes.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
    /// The body is not JSON in UTF-8.
    InvalidJson = "INVALID_JSON",
    /// A parameter's bytes are not UTF-8.
    InvalidUtf8 = "INVALID_UTF8",
    /// JSON type: a string is expected.
    NotAString = "NOT_A_STRING",
    /// JSON type: a whole number is expected.
    NotAnInteger = "NOT_AN_INTEGER",
    /// JSON type: `true` or `false` is expected.
    NotABoolean = "NOT_A_BOOLEAN",
    /// JSON type: an array of strings is expected.
    NotAStringList = "NOT_A_STRING_LIST",
    /// JSON type: an object is expected.
    NotAnObject = "NOT_AN_OBJECT",
    /// Fewer or more characters than allowed.
    LengthOutOfRange = "LENGTH_OUT_OF_RANGE",
    /// More characters than allowed.
    TooLong = "TOO_LONG",
    /// Control characters where none are allowed.
    ControlCharacters = "CONTROL_CHARACTERS",
    /// A number outside its range.
    OutOfRange = "OUT_OF_RANGE",
    /// Fewer or more items than allowed.
    CountOutOfRange = "COUNT_OUT_OF_RANGE",
    /// None of the values that the field or parameter knows.
    UnsupportedValue = "UNSUPPORTED_VALUE",
    /// An application that the deployment's catalogue doesn't hold.
    UnknownApplication = "UNKNOWN_APPLICATION",
    /// Not the form of an application's name.
    InvalidApplicationName = "INVALID_APPLICATION_NAME",
    /// An application named twice.
    DuplicateApplication = "DUPLICATE_APPLICATION",
    /// Neither an RFC 3339 date-time nor a date.
    InvalidDateTime = "INVALID_DATE_TIME",
    /// A time that must be in the future.
    NotInFuture = "NOT_IN_FUTURE",
    /// A time that must be now or later.
    MustBeNowOrLater = "MUST_BE_NOW_OR_LATER",
    /// A time after the token's current expiry.
    MustNotBeAfterExpiry = "MUST_NOT_BE_AFTER_EXPIRY",
    /// A period that ends before it starts.
    EndBeforeStart = "END_BEFORE_START",
    /// Auto renewal with neither a callback nor `pull` nor a mail recipient.
    UnreachableRenewal = "UNREACHABLE_RENEWAL",
    /// Auto renewal less than 48 hours before the expiry.
    RenewalTooLate = "RENEWAL_TOO_LATE",
    /// Not a mail address.
    InvalidMailAddress = "INVALID_MAIL_ADDRESS",
    /// Not a URL.
    InvalidUrl = "INVALID_URL",
    /// A callback URL that isn't https.
    HttpsRequired = "HTTPS_REQUIRED",
    /// A callback URL with a user name or password.
    UrlHasCredentials = "URL_HAS_CREDENTIALS",
    /// A callback URL with a fragment.
    UrlHasFragment = "URL_HAS_FRAGMENT",
    /// A callback URL with port 0.
    InvalidPort = "INVALID_PORT",
    /// A callback URL whose host isn't public.
    HostNotPublic = "HOST_NOT_PUBLIC",
    /// Not an id.
    InvalidId = "INVALID_ID",
    /// Not a company id.
    InvalidCompanyId = "INVALID_COMPANY_ID",
    /// Not an ETag, list of ETags or `*`.
    InvalidEtag = "INVALID_ETAG",
    /// An idempotency key with other than 1 to 255 printable ASCII characters.
    InvalidIdempotencyKey = "INVALID_IDEMPOTENCY_KEY",
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::FaultCode;

    #[test]
    fn codes_are_unique_screaming_snake_case() {
        let codes: BTreeSet<_> = FaultCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), FaultCode::ALL.len());
        for code in codes {
            let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
            assert!(code.bytes().all(allowed), "{code}");
        }
    }
}
