//! The constant words and forms of answers.

use keyturn_domain::token::{AgeLevel, Status};

/// The word for a token's status.
pub(crate) const fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "ACTIVE",
        Status::Expired => "EXPIRED",
        Status::Deactivated => "DEACTIVATED",
    }
}

/// The word for how old a token is.
pub(crate) const fn age_level(level: AgeLevel) -> &'static str {
    match level {
        AgeLevel::Normal => "NORMAL",
        AgeLevel::Orange => "ORANGE",
        AgeLevel::Red => "RED",
    }
}

#[cfg(feature = "openapi")]
pub(crate) use described::*;

/// The same for the API description.
#[cfg(feature = "openapi")]
mod described {
    use keyturn_domain::mass_renewal::State;
    use keyturn_domain::overview::Attention;
    use keyturn_domain::person::Role;
    use keyturn_domain::renewal_info::RenewalState;
    use keyturn_domain::settings::Rights;

    use super::{AgeLevel, Status, age_level, status};

    pub(crate) const ROLES: [&str; 3] =
        [Role::Viewer.as_str(), Role::Operator.as_str(), Role::Admin.as_str()];

    pub(crate) const RIGHTS: [&str; 2] = [Rights::Read.as_str(), Rights::ReadWrite.as_str()];

    pub(crate) const STATUSES: [&str; 3] =
        [status(Status::Active), status(Status::Expired), status(Status::Deactivated)];

    pub(crate) const AGE_LEVELS: [&str; 3] =
        [age_level(AgeLevel::Normal), age_level(AgeLevel::Orange), age_level(AgeLevel::Red)];

    pub(crate) const RENEWAL_STATES: [&str; 4] = [
        RenewalState::None.as_str(),
        RenewalState::Scheduled.as_str(),
        RenewalState::Due.as_str(),
        RenewalState::Renewed.as_str(),
    ];

    pub(crate) const ATTENTION: [&str; Attention::ALL.len()] = {
        let mut words = [""; Attention::ALL.len()];
        let mut index = 0;
        while index < words.len() {
            words[index] = Attention::ALL[index].as_str();
            index += 1;
        }
        words
    };

    pub(crate) const MASS_RENEWAL_STATES: [&str; 6] = [
        crate::mass_renewal_view::DRY_RUN,
        State::Counting.as_str(),
        State::Running.as_str(),
        State::Paused.as_str(),
        State::Stopped.as_str(),
        State::Done.as_str(),
    ];

    /// A token string.
    pub(crate) const TOKEN_STRING: &str = "^kat_[0-9A-Za-z]{71}$";

    /// A signing secret: 32 bytes in base64.
    pub(crate) const SIGNING_SECRET: &str = "^whsec_[0-9A-Za-z+/]{43}=$";

    /// The name of an application.
    pub(crate) const APPLICATION: &str = "^[A-Z][A-Z0-9_]{0,29}$";

    /// A name: on one line, not only spaces, and without invisible characters.
    pub(crate) const NAME: &str = r"^[^\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]*[^\s\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb][^\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]*$";

    /// A description: no control characters but line breaks and tabs, and no invisible ones.
    pub(crate) const DESCRIPTION: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]*$";
}
