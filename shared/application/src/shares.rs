//! Shares of the API, kept in the memory of one function instance: counting them in the table would cost each request a write.
//! `infra/docs/operate.md` has the arithmetic of what that bounds.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Mutex;

use chrono::TimeDelta;
use keyturn_domain::ids::CompanyId;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::share::{Bucket, Share};
use keyturn_domain::source;

use crate::context::Context;

/// Buckets that are kept before full ones are dropped.
const KEPT: usize = 1_000;

/// Buckets that are kept at all. Many addresses at once have to be a few callers with many addresses.
const MOST: usize = 10_000;

/// What each company, or each address, has left.
pub struct Shares<K = CompanyId> {
    share: Share,
    buckets: Mutex<HashMap<K, Bucket>>,
    context: Context,
}

impl<K: Clone + Eq + Hash> Shares<K> {
    /// The same share for each.
    #[must_use]
    pub fn new(share: Share, context: Context) -> Self {
        Self { share, buckets: Mutex::default(), context }
    }

    /// Takes a request from a share, or says how long to wait for the next.
    fn take_from(&self, key: &K) -> Result<(), TimeDelta> {
        let now = self.context.now();
        // After a panic of another request, no share is kept.
        let Ok(mut buckets) = self.buckets.lock() else { return Ok(()) };
        if buckets.len() >= KEPT {
            buckets.retain(|_, bucket| !bucket.is_full(self.share, now));
        }
        if buckets.len() >= MOST {
            buckets.clear();
        }
        buckets.entry(key.clone()).or_insert_with(|| Bucket::full(self.share, now)).take(self.share, now)
    }
}

impl Shares {
    /// Takes a request from a company's share. Only for authenticated callers, so that nobody else can use it up.
    pub fn take(&self, company: &CompanyId) -> Result<(), Refusal> {
        self.take_from(company).map_err(|wait| Refusal::ShareUsedUp { wait })
    }
}

impl Shares<IpAddr> {
    /// Takes a report from the share of the network that it came from. One from an unknown address has none.
    pub fn take_report(&self, address: Option<IpAddr>) -> Result<(), Refusal> {
        let Some(address) = address else { return Ok(()) };
        self.take_from(&source::network(address)).map_err(|wait| Refusal::TooManyReports { wait })
    }
}
