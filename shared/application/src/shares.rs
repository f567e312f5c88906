//! The companies' shares of the API, kept in the memory of one function instance: counting them in the table would cost each
//! request a write. `infra/docs/operate.md` has the arithmetic of what that bounds.

use std::collections::HashMap;
use std::sync::Mutex;

use keyturn_domain::ids::CompanyId;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::share::{Bucket, Share};

use crate::context::Context;

/// Buckets that are kept before full ones are dropped.
const KEPT: usize = 1_000;

/// What each company has left.
pub struct Shares {
    share: Share,
    buckets: Mutex<HashMap<CompanyId, Bucket>>,
    context: Context,
}

impl Shares {
    /// The same share for each company.
    #[must_use]
    pub fn new(share: Share, context: Context) -> Self {
        Self { share, buckets: Mutex::default(), context }
    }

    /// Takes a request from a company's share. Only for authenticated callers, so that nobody else can use it up.
    pub fn take(&self, company: &CompanyId) -> Result<(), Refusal> {
        let now = self.context.now();
        // After a panic of another request, no share is kept.
        let Ok(mut buckets) = self.buckets.lock() else { return Ok(()) };
        if buckets.len() >= KEPT {
            buckets.retain(|_, bucket| !bucket.is_full(self.share, now));
        }
        let bucket = buckets.entry(company.clone()).or_insert_with(|| Bucket::full(self.share, now));
        bucket.take(self.share, now).map_err(|wait| Refusal::ShareUsedUp { wait })
    }
}
