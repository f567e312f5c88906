//! Throughput limits: one token bucket per limited resource, which holds what one second allows.

use std::collections::HashMap;

use keyturn_domain::ids::CompanyId;

use super::parameters::Parameters;

/// What has a limit of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Resource {
    /// The table as a whole.
    Table,
    /// One shard of the due index.
    Due(u8),
    /// A company's partition of the list index.
    List(CompanyId),
    /// A partition of the table that many tokens share.
    Partition(String),
    /// KMS.
    Keys,
    /// EventBridge.
    Events,
    /// SES.
    Mails,
}

/// What a call needs of each resource.
pub(super) type Demand = Vec<(Resource, f64)>;

/// The state of all limits.
#[derive(Default)]
pub(super) struct Capacity(HashMap<Resource, Bucket>);

struct Bucket {
    level: f64,
    at: i64,
}

impl Capacity {
    /// Takes what a call needs, or nothing: then the service throttles the call. A call that is larger than what is left
    /// is admitted and paid for by the next ones.
    pub(super) fn admit(&mut self, demand: &Demand, now: i64, parameters: &Parameters) -> bool {
        let admitted = demand.iter().all(|(resource, _)| {
            let rate = resource.rate(parameters);
            let bucket = self.0.entry(resource.clone()).or_insert(Bucket { level: rate, at: now });
            #[expect(clippy::cast_precision_loss, reason = "milliseconds since the last call")]
            let refill = (now - bucket.at) as f64 / 1_000.0 * rate;
            *bucket = Bucket { level: (bucket.level + refill).min(rate), at: now };
            bucket.level >= if *resource == Resource::Mails { 1.0 } else { f64::MIN_POSITIVE }
        });
        if admitted {
            for (resource, amount) in demand {
                if let Some(bucket) = self.0.get_mut(resource) {
                    bucket.level -= amount;
                }
            }
        }
        admitted
    }
}

impl Resource {
    /// Units a second.
    const fn rate(&self, parameters: &Parameters) -> f64 {
        match self {
            Self::Table => parameters.table_write_units,
            Self::Due(_) | Self::List(_) | Self::Partition(_) => parameters.partition_write_units,
            Self::Keys => parameters.kms_per_second,
            Self::Events => parameters.events_per_second,
            Self::Mails => parameters.mails_per_second,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admits_the_rate_and_no_more() {
        let (mut capacity, parameters) = (Capacity::default(), Parameters::default());
        let (mut mails, mut writes) = (0, 0);
        for now in 0..60_000 {
            mails += u32::from(capacity.admit(&vec![(Resource::Mails, 1.0)], now, &parameters));
            writes += 8 * u32::from(capacity.admit(&vec![(Resource::Due(3), 8.0)], now, &parameters));
        }
        assert!((14 * 60..=14 * 61).contains(&mails), "{mails} mails");
        assert!((60_000..=61_100).contains(&writes), "{writes} write units");
    }

    #[test]
    fn a_throttled_call_takes_nothing() {
        let mut capacity = Capacity::default();
        let parameters = Parameters { kms_per_second: 10_000.0, ..Parameters::default() };
        let both = vec![(Resource::Keys, 1.0), (Resource::Mails, 14.0)];
        assert!(capacity.admit(&both, 0, &parameters));
        assert!(!capacity.admit(&both, 0, &parameters));
        assert!(capacity.admit(&vec![(Resource::Keys, 9_999.0)], 0, &parameters));
        assert!(!capacity.admit(&vec![(Resource::Keys, 1.0)], 0, &parameters), "10,000 are taken");
    }
}
