//! Health and metrics for this machine: `GET /health` and `GET /metrics` (the text format of Prometheus).

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;

use crate::core::{Condition, Time, TokenStatus};
use crate::engine::Agent;

pub(crate) async fn serve(listener: TcpListener, agent: Arc<Agent>) -> Result<()> {
    let metered = Arc::clone(&agent);
    let router = Router::new()
        .route("/health", get(async move || health(&agent)))
        .route("/metrics", get(async move || metrics(&metered)));
    Ok(axum::serve(listener, router).await?)
}

/// 200 while every string in use is good, 503 where a person is needed or the state can't be written.
fn health(agent: &Agent) -> Response {
    let (status, unsaved) = (agent.status(), agent.store.problem());
    let bad = unsaved.is_some() || status.iter().any(|token| token.condition == Condition::Attention);
    let code = if bad { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let body = json!({"healthy": !bad, "state": unsaved, "tokens": status}).to_string();
    (code, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn metrics(agent: &Agent) -> Response {
    let text = exposition(&agent.status(), agent.keyturn.calls(), agent.store.problem().is_none());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

fn exposition(status: &[TokenStatus], calls: u64, state_is_written: bool) -> String {
    let mut text = String::new();
    let seconds = |time: Option<Time>| time.map(|time| time.timestamp().to_string());
    let mut gauge = |name: &str, help: &str, value: &dyn Fn(&TokenStatus) -> Option<String>| {
        let _ = writeln!(text, "# HELP keyturn_{name} {help}\n# TYPE keyturn_{name} gauge");
        for token in status {
            if let Some(value) = value(token) {
                let _ = writeln!(text, "keyturn_{name}{{token=\"{}\"}} {value}", escaped(&token.token));
            }
        }
    };
    gauge("condition", "0 fresh, 1 retrying, 2 needs attention", &|it| {
        Some(u8::to_string(&(it.condition as u8)))
    });
    gauge("expires_timestamp_seconds", "When the string in use ends", &|it| seconds(it.expires_at));
    gauge("renews_timestamp_seconds", "When the renewal is due", &|it| seconds(it.renews_at));
    gauge("last_success_timestamp_seconds", "The last answer of Keyturn", &|it| seconds(it.last_success));
    gauge("renewals", "Renewals by this agent", &|it| Some(it.renewals.to_string()));
    gauge("clock_skew_seconds", "Keyturn's clock minus this one", &|it| Some(it.clock_skew.to_string()));
    let _ = writeln!(text, "# HELP keyturn_target_up_to_date Whether the target holds the newest string");
    let _ = writeln!(text, "# TYPE keyturn_target_up_to_date gauge");
    for token in status {
        for target in &token.targets {
            let labels = (escaped(&token.token), escaped(&target.target));
            let value = u8::from(target.up_to_date);
            let _ = writeln!(
                text,
                "keyturn_target_up_to_date{{token=\"{}\",target=\"{}\"}} {value}",
                labels.0, labels.1
            );
        }
    }
    let _ = writeln!(text, "# HELP keyturn_calls_total Calls to Keyturn\n# TYPE keyturn_calls_total counter");
    let _ = writeln!(text, "keyturn_calls_total {calls}");
    let _ = writeln!(text, "# HELP keyturn_state_written Whether the state file could be written last");
    let _ = writeln!(text, "# TYPE keyturn_state_written gauge");
    let _ = writeln!(text, "keyturn_state_written {}", u8::from(state_is_written));
    text
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Plan, Record};

    #[test]
    fn metrics_have_the_form_of_prometheus() {
        let plan = Plan { targets: vec!["file:/a\"b".to_owned()], ..Plan::default() };
        let status = TokenStatus::of("partner", &Record::default(), &plan, crate::log::now());
        let text = exposition(&[status], 7, true);
        for line in [
            "keyturn_condition{token=\"partner\"} 2",
            "keyturn_target_up_to_date{token=\"partner\",target=\"file:/a\\\"b\"} 0",
            "keyturn_calls_total 7",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.rsplit_once(' ').unwrap().1.parse::<f64>().is_ok(), "{line}");
        }
    }
}
