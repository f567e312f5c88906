//! When a caller should fetch its successor.

use std::sync::Arc;

use keyturn_domain::Timestamp;
use keyturn_domain::credential::{Credential, RenewalPlan};
use keyturn_domain::renewal_info::RenewalInfo;

use crate::failure::Failure;
use crate::ports::TokenStore;

/// Tells callers when to ask.
pub struct GetRenewalInfo {
    /// Where tokens are kept.
    pub tokens: Arc<dyn TokenStore>,
}

impl GetRenewalInfo {
    /// How the caller's renewal stands. A caller that renews itself costs no read; for any other, the record is read, since a
    /// credential that an earlier version wrote says nothing about renewals.
    pub async fn run(&self, caller: &Credential, now: Timestamp) -> Result<RenewalInfo, Failure> {
        let plan = match caller.renewal {
            None if caller.renewed.is_none() => {
                self.tokens.token(caller.id).await?.as_ref().and_then(RenewalPlan::of)
            }
            known => known,
        };
        Ok(RenewalInfo::of(caller, plan, now))
    }
}
