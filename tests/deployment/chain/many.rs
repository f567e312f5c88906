//! Many renewals at a pace.

use reqwest::Method;
use serde_json::json;

use super::Company;

impl Company<'_> {
    /// Many renewals are counted, started by the schedule, paused, resumed and stopped.
    pub(super) async fn renews_many(&self) {
        const RENEWALS: &str = "/apiAccessTokens/startRenewals";
        let old = self.renewing(None).await;
        let filter = json!({"search": "partner"});
        let dry_run = json!({"filter": filter, "dryRun": true});
        let found = self.call(Method::POST, RENEWALS, Some(dry_run)).await;
        assert!(found.body["selected"].as_u64().unwrap() >= 1, "{found:?}");
        let order = self.call(Method::POST, RENEWALS, Some(json!({"filter": {"ids": [old.id]}}))).await;
        let path = format!("{RENEWALS}/{}", order.body["id"].as_str().unwrap());
        self.sweep().await;
        let started = self.call(Method::GET, &path, None).await;
        assert_eq!(
            (&started.body["selected"], &started.body["started"]),
            (&json!(1), &json!(1)),
            "{started:?}"
        );
        self.sweep().await;
        let record = self.call(Method::GET, &old.path(""), None).await;
        assert!(record.body["renewedBy"].is_string(), "{}", record.body);

        let order =
            self.call(Method::POST, RENEWALS, Some(json!({"filter": filter, "overHours": 168}))).await;
        let path = format!("{RENEWALS}/{}", order.body["id"].as_str().unwrap());
        self.sweep().await;
        for (change, state) in [("pause", "PAUSED"), ("resume", "RUNNING"), ("stop", "STOPPED")] {
            let changed = self.call(Method::POST, &format!("{path}/{change}"), None).await;
            assert_eq!(changed.body["state"], state, "{changed:?}");
        }
    }
}
