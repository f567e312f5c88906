//! The numbers of the contract, each with its reason.

use chrono::TimeDelta;

/// How long the predecessor stays valid after a renewal: a working day for every client to pick up the new string.
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// How long a request token can be redeemed: long enough for a receiver's restart, too short for a leaked log to matter.
pub const REDEMPTION_WINDOW: TimeDelta = TimeDelta::hours(2);

/// From one request token to the next: a receiver that is broken at one hour of the day gets other days.
pub const WINDOW_INTERVAL: TimeDelta = TimeDelta::hours(24);

/// Auto renewal must come this long before the expiry, so that a missed callback has a second chance.
pub const RENEWAL_BEFORE_EXPIRY: TimeDelta = TimeDelta::hours(48);

/// Both signing secrets sign for this long after a rotation.
pub const SECRET_ROTATION: TimeDelta = TimeDelta::hours(24);

/// Signing secrets that sign beside the current one. Whoever rotates twice in a day must not cut off a receiver that
/// still knows the first; whoever does it more often than this is playing, and the record stays small.
pub const PREVIOUS_SECRETS: usize = 4;

/// Waits between the tries of one request token, each counted from the try before: 113 minutes, inside the window.
pub const RETRY_DELAYS: [TimeDelta; 6] = [
    TimeDelta::minutes(1),
    TimeDelta::minutes(2),
    TimeDelta::minutes(5),
    TimeDelta::minutes(15),
    TimeDelta::minutes(30),
    TimeDelta::minutes(60),
];

/// Each wait is varied by up to this many per cent, so that receivers that fell over together are not hit together.
pub const RETRY_JITTER_PERCENT: i64 = 20;

/// A try is taken to be lost (its process died) after this long. More than the longest callback and its two writes take.
pub const TRY_LEASE: TimeDelta = TimeDelta::seconds(60);

/// Days before the expiry at which a token that does not renew itself is announced to expire, the earliest first.
pub const EXPIRY_NOTICE_DAYS: [i64; 3] = [30, 7, 1];

/// An overlap that ends while the predecessor is still in use is announced this long before.
pub const OVERLAP_NOTICE: TimeDelta = TimeDelta::hours(4);

/// `lastUsedAt` is written at most this often per token.
pub const LAST_USED_RESOLUTION: TimeDelta = TimeDelta::hours(1);

/// Days that `everyDays` may be.
pub const EVERY_DAYS: std::ops::RangeInclusive<i64> = 1..=3_650;

/// Characters of a name, after trimming.
pub const NAME_CHARACTERS: usize = 100;

/// Characters of a description.
pub const DESCRIPTION_CHARACTERS: usize = 1_000;

/// Applications of one token.
pub const APPLICATIONS: usize = 50;

/// Characters of a callback URL. Longer ones exist, but not for people who want to be called.
pub const URL_CHARACTERS: usize = 1_000;

/// Months of age from which the list shows orange, and red.
pub const AGE_MONTHS: (u32, u32) = (6, 12);
