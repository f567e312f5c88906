//! The states of a token, and descriptions of changes for the tests.

use chrono::TimeDelta;
use keyturn_domain::change::Change;
use keyturn_domain::history::Actor;
use keyturn_domain::token::Token;
use keyturn_domain::{Timestamp, due, lifecycle, pull, redemption, renewal};

use crate::make::{
    BOTH, CALLING, ENDING, MAILING, PLAIN, PULLING, birth, failure, first, id, pending, record, renewal_due,
    rules, string, token,
};

/// A token at a moment.
pub(crate) struct State {
    pub(crate) name: &'static str,
    pub(crate) token: Token,
    pub(crate) now: Timestamp,
}

fn minutes(minutes: i64) -> Timestamp {
    renewal_due() + TimeDelta::minutes(minutes)
}

fn lapsed() -> Token {
    first(renewal::lapse(&pending(CALLING), minutes(120)).expect("a window to close"))
}

fn redeemed() -> Token {
    first(
        redemption::redeem(&pending(CALLING), string(2), &rules(), Actor::Token(id(1)), minutes(60))
            .expect("a key"),
    )
}

fn pulled(token: &Token, now: Timestamp) -> Token {
    first(pull::pull(token, string(2), &rules(), Actor::Token(id(1)), now))
}

fn deactivated(token: &Token, now: Timestamp) -> Token {
    first(lifecycle::deactivate(token, Actor::Operator, now).expect("an active token"))
}

pub(crate) fn states() -> Vec<State> {
    let day = birth() + TimeDelta::days(1);
    let end = birth() + TimeDelta::days(90);
    let failed = first(record(&pending(CALLING), failure(None, None), 0, minutes(0)));
    let delivered = first(record(&pending(CALLING), Ok(200), 0, minutes(0)));
    let scheduled = first(renewal::by_schedule(&token(MAILING), string(2), &rules(), minutes(0)));
    let expired = first(lifecycle::expire(&token(ENDING), end, end));
    let state = |name, token, now| State { name, token, now };
    vec![
        state("plain", token(PLAIN), day),
        state("with an end", token(ENDING), day),
        state("calling", token(CALLING), day),
        state("calling, due", token(CALLING), minutes(0)),
        state("mailing", token(MAILING), day),
        state("mailing, due", token(MAILING), minutes(0)),
        state("out", pending(CALLING), minutes(0)),
        state("out, failed", failed, minutes(1)),
        state("out, delivered", delivered, minutes(60)),
        state("out, over", pending(CALLING), minutes(120)),
        state("lapsed", lapsed(), minutes(180)),
        state("lapsed, due", lapsed(), minutes(24 * 60)),
        state("redeemed", redeemed(), minutes(90)),
        state("redeemed, ending", redeemed(), minutes(21 * 60)),
        state("redeemed, ended", redeemed(), minutes(25 * 60)),
        state("scheduled", scheduled, minutes(1)),
        state("pulling", token(PULLING), day),
        state("pulling, due", token(PULLING), minutes(0)),
        state("pulling, late", token(PULLING), minutes(3 * 24 * 60)),
        state("pulled", pulled(&token(PULLING), minutes(1)), minutes(2)),
        state("pulled, calling", pulled(&token(BOTH), minutes(1)), minutes(2)),
        state("pulled, out", pulled(&pending(BOTH), minutes(1)), minutes(2)),
        state("expired", token(ENDING), end),
        state("expired, noted", expired, end),
        state("deactivated", deactivated(&token(CALLING), day), day),
        state("deactivated, out", deactivated(&pending(CALLING), minutes(1)), minutes(2)),
    ]
}

/// Asks every state and compares with one line per state: its name, a colon, what came of it.
#[track_caller]
pub(crate) fn check(ask: impl Fn(&State) -> String, expected: &str) {
    let answers: Vec<String> =
        states().iter().map(|state| format!("{}: {}", state.name, ask(state))).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(answers, expected, "\n{}\n", answers.join("\n"));
}

/// A moment as the time since the renewal was due.
pub(crate) fn shown(at: Timestamp) -> String {
    let seconds = (at - renewal_due()).num_seconds();
    let (sign, seconds) = if seconds < 0 { ("-", -seconds) } else { ("+", seconds) };
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    format!("{sign}{days}d{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

/// What a change does: each record that it writes, the event and the mail.
pub(crate) fn described(change: Option<Change>) -> String {
    let Some(change) = change else { return "-".to_owned() };
    let mut parts: Vec<String> = change.tokens.iter().map(written).collect();
    if let Some(entry) = &change.entry {
        parts.push(entry.action.event().unwrap_or("no event").to_owned());
        parts.extend(entry.mail.as_ref().map(|mail| {
            let notice = format!("{:?}", mail.notice);
            format!("mail {}", notice.split_whitespace().next().unwrap_or_default())
        }));
    }
    parts.join(", ")
}

fn written(token: &Token) -> String {
    let next = due::next(token).map(|(at, due)| format!("{due:?} {}", shown(at)));
    format!("v{} then {}", token.version, next.unwrap_or_else(|| "nothing".to_owned()))
}
