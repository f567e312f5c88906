//! How often an item failed: `failures` and `failingSince`, beside the attributes of its record. A token's are forgotten when
//! it's written.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::DateTime;
use keyturn_application::PortError;
use keyturn_domain::Timestamp;
use keyturn_domain::backoff::Failures;

use crate::{Item, keys};

/// The attributes.
pub(crate) const NAMES: [&str; 2] = ["failures", "failingSince"];

/// The values of the attributes.
pub(crate) fn encode(failures: Failures) -> [AttributeValue; 2] {
    let since = failures.since.map_or_else(|| AttributeValue::Null(true), keys::moment);
    [AttributeValue::N(failures.count.to_string()), since]
}

/// Reads the attributes; an item without them has not failed.
pub(crate) fn decode(item: &Item) -> Result<Failures, PortError> {
    const MALFORMED: PortError = PortError::bare("the failures of an item are malformed");
    let [count, since] = NAMES.map(|name| item.get(name));
    let count = count.map(|value| number(value).ok_or(MALFORMED)).transpose()?.unwrap_or_default();
    let since = match since {
        None | Some(AttributeValue::Null(_)) => None,
        Some(value) => Some(number(value).and_then(moment).ok_or(MALFORMED)?),
    };
    Ok(Failures { count, since })
}

fn number<T: std::str::FromStr>(value: &AttributeValue) -> Option<T> {
    value.as_n().ok()?.parse().ok()
}

fn moment(seconds: i64) -> Option<Timestamp> {
    DateTime::from_timestamp(seconds, 0)
}
