//! The deployment parameters, from environment variables.

use chrono::TimeDelta;
use keyturn_domain::address::{AllowedNetworks, AllowedPorts};
use keyturn_domain::leak::{LeakReaction, LeakRules};
use keyturn_domain::limits;
use keyturn_domain::mail::DailyMails;
use keyturn_domain::per_company::PerCompany;
use keyturn_domain::rules::{DEFAULT_CATALOGUE, Rules};
use keyturn_domain::settings::{Catalogue, MailAddress};
use keyturn_domain::share::Share;

use crate::{ConfigurationError, Environment};

impl Environment {
    /// A mandatory parameter.
    pub fn required(&self, name: &'static str) -> Result<String, ConfigurationError> {
        self.optional(name).ok_or_else(|| ConfigurationError::new(name, "is not set"))
    }

    /// An optional parameter; an empty one counts as missing.
    #[must_use]
    pub fn optional(&self, name: &'static str) -> Option<String> {
        self.variables.get(name)
    }

    /// The public address of this deployment's API, without a slash at its end.
    pub fn base_url(&self) -> Result<String, ConfigurationError> {
        Ok(self.required("KEYTURN_BASE_URL")?.trim_end_matches('/').to_owned())
    }

    /// The same, if the deployment has an address of its own. A function of the API without one uses the caller's.
    #[must_use]
    pub fn own_base_url(&self) -> Option<String> {
        self.base_url().ok()
    }

    /// The parameters that decisions depend on.
    pub fn rules(&self) -> Result<Rules, ConfigurationError> {
        let catalogue = self.optional("KEYTURN_APPLICATIONS").unwrap_or_else(|| DEFAULT_CATALOGUE.to_owned());
        let catalogue = Catalogue::parse(&catalogue)
            .map_err(|problem| ConfigurationError::new("KEYTURN_APPLICATIONS", problem))?;
        let networks = self.optional("KEYTURN_ALLOWED_CALLBACK_NETWORKS").unwrap_or_default();
        let callback_networks = AllowedNetworks::parse(&networks)
            .map_err(|problem| ConfigurationError::new("KEYTURN_ALLOWED_CALLBACK_NETWORKS", problem))?;
        let ports = self.optional("KEYTURN_ALLOWED_CALLBACK_PORTS").map(|ports| AllowedPorts::parse(&ports));
        let ports = ports
            .transpose()
            .map_err(|problem| ConfigurationError::new("KEYTURN_ALLOWED_CALLBACK_PORTS", problem))?;
        let callback_networks = callback_networks.with_ports(ports.unwrap_or_default());
        Ok(Rules {
            catalogue,
            callback_networks,
            schedule_overlap: self.hours("KEYTURN_SCHEDULE_OVERLAP_HOURS", limits::OVERLAP)?,
            copyable: self.switch("KEYTURN_COPYABLE_TOKENS", true)?,
            leaks: self.leak_rules()?,
        })
    }

    /// What follows leaks.
    fn leak_rules(&self) -> Result<LeakRules, ConfigurationError> {
        let reaction = |word: &str| {
            LeakReaction::of_word(word)
                .ok_or_else(|| format!("'{word}' is none of RENEW, DEACTIVATE and NOTIFY"))
        };
        let address =
            |text: &str| MailAddress::parse(text).map_err(|_| format!("'{text}' is not a mail address"));
        Ok(LeakRules {
            reactions: self.per_company("KEYTURN_LEAK_REACTIONS", reaction)?,
            security_addresses: self.per_company("KEYTURN_SECURITY_ADDRESSES", address)?,
            deadline: self.hours("KEYTURN_LEAK_DEADLINE_HOURS", limits::LEAK_DEADLINE)?,
        })
    }

    fn per_company<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<PerCompany<T>, ConfigurationError> {
        PerCompany::parse(&self.optional(name).unwrap_or_default(), parse)
            .map_err(|problem| ConfigurationError::new(name, problem))
    }

    /// Whether the console takes management tokens, where people can sign in otherwise.
    pub fn console_takes_tokens(&self) -> Result<bool, ConfigurationError> {
        self.switch("KEYTURN_CONSOLE_TAKES_TOKENS", true)
    }

    /// Whether an identity provider on this machine may go without TLS: for local use only.
    pub fn allows_plain_http_issuers(&self) -> Result<bool, ConfigurationError> {
        self.switch("KEYTURN_ALLOW_PLAIN_HTTP_ISSUERS", false)
    }

    /// How long records of ended tokens are kept, and entries of the history.
    pub fn retention(&self) -> Result<TimeDelta, ConfigurationError> {
        const DEFAULT: i64 = 400;
        let days = self.number("KEYTURN_RETENTION_DAYS", DEFAULT, 1..=36_500)?;
        Ok(TimeDelta::days(days))
    }

    /// Shards of the due index: how many are written, and how many are read, which are never fewer.
    pub fn due_shards(&self) -> Result<(u8, u8), ConfigurationError> {
        const DEFAULT: i64 = 8;
        let written = self.number("KEYTURN_DUE_SHARDS_WRITTEN", DEFAULT, 1..=255)?;
        let read = self.number("KEYTURN_DUE_SHARDS_READ", DEFAULT, 1..=255)?.max(written);
        let shards = |number: i64| u8::try_from(number).unwrap_or(u8::MAX);
        Ok((shards(written), shards(read)))
    }

    /// Mails a second that the mail service takes from this account.
    pub fn mails_per_second(&self) -> Result<u32, ConfigurationError> {
        const SANDBOX: i64 = 1;
        let mails = self.number("KEYTURN_MAILS_PER_SECOND", SANDBOX, 1..=10_000)?;
        Ok(u32::try_from(mails).unwrap_or(u32::MAX))
    }

    /// Mails that are sent in a day.
    pub fn daily_mails(&self) -> Result<DailyMails, ConfigurationError> {
        let number = |name, default| self.number(name, default, 1..=1_000_000);
        let whole = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(DailyMails {
            per_address: whole(number("KEYTURN_DAILY_MAILS_PER_ADDRESS", 20)?),
            per_company: whole(number("KEYTURN_DAILY_MAILS_PER_COMPANY", 1_000)?),
        })
    }

    /// Each company's share of the API; `None` if it isn't limited.
    pub fn company_share(&self) -> Result<Option<Share>, ConfigurationError> {
        const UNLIMITED: i64 = 0;
        let per_second = self.number("KEYTURN_COMPANY_REQUESTS_PER_SECOND", UNLIMITED, 0..=10_000)?;
        let burst = self.number("KEYTURN_COMPANY_REQUEST_BURST", per_second.max(1), 1..=100_000)?;
        let whole = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        let share = Share { per_second: whole(per_second), burst: whole(burst) };
        Ok(Some(share).filter(|share| share.per_second > 0))
    }

    fn hours(&self, name: &'static str, default: TimeDelta) -> Result<TimeDelta, ConfigurationError> {
        Ok(TimeDelta::hours(self.number(name, default.num_hours(), 1..=8_760)?))
    }

    fn number(
        &self,
        name: &'static str,
        default: i64,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<i64, ConfigurationError> {
        let Some(text) = self.optional(name) else { return Ok(default) };
        text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            ConfigurationError::new(
                name,
                format!("must be a whole number from {} to {}", range.start(), range.end()),
            )
        })
    }

    fn switch(&self, name: &'static str, default: bool) -> Result<bool, ConfigurationError> {
        match self.optional(name).as_deref() {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(ConfigurationError::new(name, "must be true or false")),
        }
    }
}
