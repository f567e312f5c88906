//! How many mails go to one address and come from one company in a day. Each mail is counted before it is sent, with one
//! write for the address and one for the company.

use std::error::Error;
use std::sync::Arc;

use keyturn_domain::Timestamp;
use keyturn_domain::ids::CompanyId;
use keyturn_domain::mail::{DailyMails, Mail};
use keyturn_domain::settings::MailAddress;

use crate::ports::{MailCount, MailCounter, PortError};

/// The limits, and where mails are counted.
#[derive(Clone)]
pub struct MailLimits {
    /// Counts mails.
    pub counter: Arc<dyn MailCounter>,
    /// How many may be sent.
    pub most: DailyMails,
}

/// Where one mail is counted: for its address, and for its company.
pub(crate) struct Counted {
    address: MailCount,
    company: MailCount,
}

impl Counted {
    pub(crate) fn of(company: &CompanyId, mail: &Mail, now: Timestamp) -> Self {
        let count = |recipient: Option<MailAddress>| MailCount {
            company: company.clone(),
            day: now.date_naive(),
            recipient,
        };
        Self { address: count(Some(mail.recipient.clone())), company: count(None) }
    }
}

impl MailLimits {
    /// Counts a mail, unless a limit is reached. Whether it did. If this fails halfway, one mail fewer is sent that day.
    pub(crate) async fn count(&self, mail: &Counted) -> Result<bool, PortError> {
        let address = self.counter.count(&mail.address, self.most.per_address);
        let company = self.counter.count(&mail.company, self.most.per_company);
        let (address, company) = futures::try_join!(address, company)?;
        match (address, company) {
            (true, true) => return Ok(true),
            (true, false) => self.counter.uncount(&mail.address).await?,
            (false, true) => self.counter.uncount(&mail.company).await?,
            (false, false) => {}
        }
        Ok(false)
    }

    /// Takes a mail that was not sent out of the counts. If this fails, one mail fewer is sent that day.
    pub(crate) async fn uncount(&self, mail: &Counted) {
        for count in [&mail.address, &mail.company] {
            if let Err(error) = self.counter.uncount(count).await {
                tracing::warn!(error = &error as &dyn Error, "a mail that was not sent stays counted");
            }
        }
    }
}
