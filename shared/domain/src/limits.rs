//! The limits of the contract, each with its reason.

use chrono::TimeDelta;

/// How long the predecessor stays valid after a renewal: time for every client to pick up the new string.
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// How long a request token can be redeemed: long enough for a receiver's restart, too short for a leaked log to matter.
pub const REDEMPTION_WINDOW: TimeDelta = TimeDelta::hours(2);

/// From one request token to the next: a receiver that fails on one day gets another.
pub const WINDOW_INTERVAL: TimeDelta = TimeDelta::hours(24);

/// How long after a renewal a successor that was never used is handed over again: when the first request token is dead,
/// and once more before the overlap ends.
pub const UNUSED_CHECKS: [TimeDelta; 2] = [TimeDelta::hours(2), TimeDelta::hours(20)];

/// How many source addresses of handovers a predecessor remembers. Each but the first is worth a mail, so this limits the
/// mails of one renewal.
pub const HANDOVER_ADDRESSES: usize = 8;

/// A suggested window is at most this long: under 24 hours, so that a client that asks at its end, or an hour later, pulls
/// before the first mail about a missing pull.
pub const LONGEST_PULL_WINDOW: TimeDelta = TimeDelta::hours(20);

/// A suggested window is at most this share of `everyDays`, in per cent.
pub const PULL_WINDOW_PERCENT: i64 = 10;

/// A client that follows `Retry-After` asks at least this often, so that a renewal that is started at once is noticed within
/// the same day.
pub const ASK_AGAIN: TimeDelta = TimeDelta::hours(6);

/// How long a client waits that asks at or after the end of its window, and has been able to pull since it opened.
pub const ASK_SOON: TimeDelta = TimeDelta::hours(1);

/// How long after a report a leaked string that is being replaced ends at the latest: some request tokens for a receiver that
/// is down for a while, and not a night for a thief. The default of a deployment parameter.
pub const LEAK_DEADLINE: TimeDelta = TimeDelta::hours(4);

/// From one request token to the next for a leaked string: a receiver's restart must not cost half of the deadline.
pub const LEAK_INTERVAL: TimeDelta = TimeDelta::minutes(30);

/// How long a leaked string stays valid after the first use of its successor: time for the client's other instances.
pub const LEAK_GRACE: TimeDelta = TimeDelta::minutes(10);

/// From one look at a successor to the next while a leaked string is replaced: less than the grace, so that a use is seen
/// before the grace after it is over, even by a late sweep.
pub const LEAK_CHECK: TimeDelta = TimeDelta::minutes(5);

/// Auto renewal must fall this long before the expiry, so that a missed callback has a second chance.
pub const RENEWAL_BEFORE_EXPIRY: TimeDelta = TimeDelta::hours(48);

/// Both signing secrets sign for this long after a rotation.
pub const SECRET_ROTATION: TimeDelta = TimeDelta::hours(24);

/// How many replaced signing secrets still sign. Several rotations in a day must not cut off a receiver that still has the
/// first; the limit keeps the record small.
pub const PREVIOUS_SECRETS: usize = 4;

/// Waits between the deliveries of one request token, each from the one before: 113 minutes, inside the window.
pub const RETRY_DELAYS: [TimeDelta; 6] = [
    TimeDelta::minutes(1),
    TimeDelta::minutes(2),
    TimeDelta::minutes(5),
    TimeDelta::minutes(15),
    TimeDelta::minutes(30),
    TimeDelta::minutes(60),
];

/// Jitter of each wait in per cent, so that receivers that failed together are not called together.
pub const RETRY_JITTER_PERCENT: i64 = 20;

/// A delivery counts as lost (its process died) after this long: more than the longest callback and its two writes take.
pub const TRY_LEASE: TimeDelta = TimeDelta::seconds(60);

/// Other processes leave an entry alone for this long after one took it up: longer than a run of the sweep starts items.
pub const ENTRY_LEASE: TimeDelta = TimeDelta::seconds(90);

/// Waits after failures of an AWS service, each from the failure before; the last one repeats. A service that is down for
/// hours is not called every minute, and everything is done within a quarter of an hour of its return.
pub const FAILURE_DELAYS: [TimeDelta; 4] =
    [TimeDelta::minutes(1), TimeDelta::minutes(2), TimeDelta::minutes(5), TimeDelta::minutes(10)];

/// An item that has failed for this long is stuck: nothing but a person will help.
pub const STUCK_AFTER: TimeDelta = TimeDelta::hours(24);

/// The wait after a failure of a stuck item.
pub const STUCK_DELAY: TimeDelta = TimeDelta::hours(1);

/// Days before the expiry at which a notice is sent for a token without auto renewal, the earliest first.
pub const EXPIRY_NOTICE_DAYS: [i64; 3] = [30, 7, 1];

/// How long before the end of an overlap a notice is sent if the predecessor is still in use.
pub const OVERLAP_NOTICE: TimeDelta = TimeDelta::hours(4);

/// `lastUsedAt` is written at most this often per token.
pub const LAST_USED_RESOLUTION: TimeDelta = TimeDelta::hours(1);

/// A session lasts this long at most: a working day.
pub const SESSION_LIFETIME: TimeDelta = TimeDelta::hours(8);

/// A session ends when it has not been used for this long.
pub const SESSION_IDLE: TimeDelta = TimeDelta::minutes(30);

/// The last use of a session is written at most this often.
pub const SESSION_SEEN_RESOLUTION: TimeDelta = TimeDelta::minutes(1);

/// How long a role holds without a refresh: a role that a provider has taken away is gone after this at the latest.
pub const ROLE_HOLDS: TimeDelta = TimeDelta::minutes(15);

/// From this age on, a role is refreshed when somebody asks for it, so that it holds without a gap.
pub const ROLE_REFRESH: TimeDelta = TimeDelta::minutes(10);

/// How long one refresh may take before another one may start. Two at once would use a refresh token twice, which providers
/// take for theft.
pub const REFRESH_LEASE: TimeDelta = TimeDelta::seconds(30);

/// A sign-in counts as recent for this long.
pub const RECENT_SIGN_IN: TimeDelta = TimeDelta::minutes(5);

/// How long somebody may take at the provider to sign in.
pub const SIGN_IN_TIME: TimeDelta = TimeDelta::minutes(10);

/// How far a provider's clock may be off.
pub const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);

/// The range of `everyDays`.
pub const EVERY_DAYS: std::ops::RangeInclusive<i64> = 1..=3_650;

/// Characters of a name, after trimming.
pub const NAME_CHARACTERS: usize = 100;

/// Characters of a description.
pub const DESCRIPTION_CHARACTERS: usize = 1_000;

/// Applications of one token.
pub const APPLICATIONS: usize = 50;

/// Characters of a callback URL.
pub const URL_CHARACTERS: usize = 1_000;

/// How far ahead and back the overview looks.
pub const OVERVIEW_DAYS: TimeDelta = TimeDelta::days(30);

/// How long a token may go unused before the overview mentions it.
pub const UNUSED_AFTER: TimeDelta = TimeDelta::days(90);

/// How long the overview mentions a predecessor that was in use up to its end.
pub const CUT_OFF_SHOWN: TimeDelta = TimeDelta::hours(24);

/// Tokens of each kind that the overview names.
pub const OVERVIEW_ITEMS: usize = 20;

/// Months of age from which the list shows orange, and red.
pub const AGE_MONTHS: (u32, u32) = (6, 12);
