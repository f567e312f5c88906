//! Reports of leaks, and what follows.

use reqwest::Method;
use serde_json::{Value, json};

use super::Company;

impl Company<'_> {
    /// A reported string is replaced, whoever reports it and in whichever form.
    pub(super) async fn replaces_leaked_strings(&self) {
        self.sweep().await;
        let leaked = self.renewing(Some(&self.callback_url)).await;
        let body = json!({"leaks": [{"token": leaked.string}]});
        let report = async |path: &str, body: &Value| {
            self.lambda.send(self.lambda.request(Method::POST, path).json(body)).await.status
        };
        assert_eq!(report("/leaks", &body).await, 202);
        let summary = self.sweep().await;
        assert_eq!((&summary["leaks"], &summary["requested"]), (&json!(1), &json!(1)), "{summary}");
        let as_gitlab =
            json!([{"token": leaked.string, "type": "any", "location": "https://gitlab.example/a"}]);
        assert_eq!(report("/v1/revoke_tokens", &as_gitlab).await, 204);
        let management = self.plain("READ_WRITE", "API_ACCESS_TOKENS").await;
        let request = self.lambda.request(Method::POST, "/revoke");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let revoked = self.lambda.send(request.body(format!("token={}", management.string))).await;
        assert_eq!(revoked.status, 200, "{}", revoked.body);

        let summary = self.sweep().await;
        assert_eq!(summary["leaks"], 1, "the string that was reported before is no other leak: {summary}");
        assert_eq!(
            self.own_record(&management.string).await.status,
            401,
            "a management token is deactivated"
        );
        let (_, callback) = self.callbacks("apiAccessToken.renewalRequested").pop().unwrap();
        assert_eq!(callback["data"]["reason"], "leaked");
        let request_token = callback["data"]["requestToken"].as_str().unwrap();
        assert_eq!(self.redeem(&leaked.string, request_token).await.status, 200);
    }
}
