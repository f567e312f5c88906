//! `keyturn status`: what the state says, without a call.

use anyhow::Result;
use serde_json::json;

use super::{exit_code, say};
use crate::config::Config;
use crate::core::{Condition, Time, TokenStatus};
use crate::log::now;
use crate::state;

pub(super) fn run(config: &Config, as_json: bool) -> Result<u8> {
    let records = state::read(&config.state)?;
    let now = now();
    let status: Vec<_> = config
        .tokens
        .iter()
        .map(|(name, token)| {
            let record = records.get(name).cloned().unwrap_or_default();
            TokenStatus::of(name, &record, &token.plan(), now)
        })
        .collect();
    if as_json {
        say(&serde_json::to_string_pretty(&json!({"tokens": status}))?);
    } else {
        status.iter().for_each(|token| say(&text(token)));
    }
    Ok(exit_code(status.iter().map(|token| token.condition)))
}

fn text(token: &TokenStatus) -> String {
    let condition = match token.condition {
        Condition::Fresh => "fresh",
        Condition::Retrying => "retrying",
        Condition::Attention => "NEEDS ATTENTION",
    };
    let time = |time: Option<Time>, none: &str| {
        time.map_or(none.to_owned(), |time| time.format("%Y-%m-%d %H:%M:%SZ").to_string())
    };
    let mut lines = vec![
        format!("{} ({}): {condition}", token.token, token.name.as_deref().unwrap_or("?")),
        format!("  expires       {}", time(token.expires_at, "never")),
        format!("  renews        {}", time(token.renews_at, "not known")),
        format!("  last success  {}", time(token.last_success, "none yet")),
        format!("  next look     {}", time(token.next_look, "at once")),
    ];
    for target in &token.targets {
        let state = if target.up_to_date { "up to date since" } else { "behind; last written" };
        lines.push(format!("  {}: {state} {}", target.target, time(target.since, "never")));
    }
    lines.extend(token.problems.iter().map(|problem| format!("  ! {problem}")));
    lines.join("\n")
}
