//! When to fetch the successor, as JSON.

use keyturn_domain::renewal_info::{RenewalInfo, SuggestedWindow};
use serde::Serialize;

use crate::view::time;
#[cfg(feature = "openapi")]
use crate::words;

/// How a token's renewal stands, modelled on RFC 9773. Fields may be added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "RenewalInfo"))]
pub struct RenewalInfoView {
    /// `NONE`: the token does not renew itself. `SCHEDULED`: it is not due yet. `DUE`: it is. `RENEWED`: there is a
    /// successor.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = words::RENEWAL_STATES)))]
    renewal: &'static str,
    /// When to fetch the successor; `null` without a renewal to come.
    suggested_window: Option<SuggestedWindowView>,
}

/// When to fetch a successor. A client that follows `Retry-After` asks at its end, which differs from series to series.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "SuggestedWindow"))]
struct SuggestedWindowView {
    /// The due moment: before it, there is nothing to fetch.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    start: String,
    /// At most a tenth of `everyDays` and a day later.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    end: String,
}

impl RenewalInfoView {
    /// How a renewal stands.
    #[must_use]
    pub fn new(info: &RenewalInfo) -> Self {
        Self {
            renewal: info.state.as_str(),
            suggested_window: info.window.map(|SuggestedWindow { start, end }| SuggestedWindowView {
                start: time(start),
                end: time(end),
            }),
        }
    }
}
