//! Words and forms that answers hold, each from where it is decided.

use keyturn_domain::settings::Rights;
use keyturn_domain::token::{AgeLevel, Status};

use crate::view;

/// What a token may do.
pub(crate) const RIGHTS: [&str; 2] = [Rights::Read.as_str(), Rights::ReadWrite.as_str()];

/// What a token can be.
pub(crate) const STATUSES: [&str; 3] =
    [view::status(Status::Active), view::status(Status::Expired), view::status(Status::Deactivated)];

/// How old a token looks.
pub(crate) const AGE_LEVELS: [&str; 3] =
    [view::age_level(AgeLevel::Normal), view::age_level(AgeLevel::Orange), view::age_level(AgeLevel::Red)];

/// A token string.
pub(crate) const TOKEN_STRING: &str = "^kat_[0-9A-Za-z]{71}$";

/// A signing secret: 32 bytes in base64.
pub(crate) const SIGNING_SECRET: &str = "^whsec_[0-9A-Za-z+/]{43}=$";

/// The name of an application.
pub(crate) const APPLICATION: &str = "^[A-Z][A-Z0-9_]{0,29}$";

/// A name: on one line, and not only spaces.
pub(crate) const NAME: &str =
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";

/// A description: no control characters but line breaks and tabs.
pub(crate) const DESCRIPTION: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$";
