//! Any token that the record can hold, reachable by the rules or not.

use chrono::DateTime;
use keyturn_domain::Timestamp;
use keyturn_domain::delivery::LastDelivery;
use keyturn_domain::history::RenewalMethod;
use keyturn_domain::ids::TokenId;
use keyturn_domain::leak::{LastUse, Leak, LeakSource, Replacement};
use keyturn_domain::mass_renewal::MassRenewalId;
use keyturn_domain::owner::Owner;
use keyturn_domain::person::PersonId;
use keyturn_domain::secret::{Sealed, SecretHash};
use keyturn_domain::settings::{Applications, CallbackUrl, Description, MailAddress, Name, Rights};
use keyturn_domain::token::{
    AutoRenewal, Callback, FollowUp, NextRequest, Noticed, PendingRenewal, Redeemed, Renewed, RequestReason,
    TestRequestToken, Token,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use uuid::Uuid;

/// Tokens with any subset of what is optional.
pub(crate) fn tokens() -> impl Strategy<Value = Token> {
    let applications = vec("[A-Z][A-Z0-9_]{0,29}", 1..=50).prop_map(Applications::stored);
    let names = ("[a-z0-9-]{1,50}", "\\PC{1,100}", "\\PC{0,1000}", any::<bool>(), applications);
    let strings = (hashes(), of(sealed()), of(moments()));
    let times = (moments(), moments(), of(moments()), of(moments()));
    let recipients = of("[a-z]{1,64}@example[.]com").prop_map(|it| it.map(MailAddress::stored));
    let settings = (of(auto_renewals()), recipients, of(owners()));
    let addresses = vec(any::<std::net::IpAddr>(), 0..8);
    let leaks = (any::<bool>(), of(leaks()));
    let keys = (
        of(pending()),
        of((hashes(), moments())),
        of((hashes(), moments())),
        of(follow_ups()),
        addresses,
        leaks,
    );
    let methods = of(proptest::sample::select(&RenewalMethod::ALL[..]));
    let family = (ids(), ids(), of(ids()), of((ids(), moments())), (methods, of(ids())));
    let noticed = (of(any::<i64>()), any::<bool>(), any::<bool>());
    (names, strings, times, settings, keys, family, noticed, any::<u64>()).prop_map(
        |(names, strings, times, settings, keys, family, noticed, version)| Token {
            id: family.0,
            company: names.0.parse().unwrap(),
            series: family.1,
            name: Name::stored(names.1),
            description: Description::stored(names.2),
            rights: if names.3 { Rights::Read } else { Rights::ReadWrite },
            applications: names.4,
            hash: strings.0,
            sealed: strings.1,
            sealed_until: strings.2,
            created_at: times.0,
            changed_at: times.1,
            expires_at: times.2,
            deactivated_at: times.3,
            auto_renewal: settings.0,
            mail_recipient: settings.1,
            owner: settings.2,
            pending: keys.0,
            redeemed: keys.1.map(|(hash, redeem_by)| Redeemed { hash, redeem_by }),
            follow_up: keys.3,
            handover_addresses: keys.4,
            pulled: keys.5.0 && family.3.is_some(),
            leak: keys.5.1,
            test_request_token: keys.2.map(|(hash, redeem_by)| TestRequestToken { hash, redeem_by }),
            renewed_from: family.2,
            renewed: family.3.map(|(by, at)| Renewed { by, at }),
            renewed_how: family.4.0,
            mass_renewal: family.4.1.map(|id| MassRenewalId::new(id.uuid())),
            noticed: Noticed { expiry_days: noticed.0, expired: noticed.1, overlap: noticed.2 },
            version,
        },
    )
}

fn auto_renewals() -> impl Strategy<Value = AutoRenewal> {
    let callback = ("https://[a-z]{1,30}[.]example/\\PC{0,200}", sealed(), vec((sealed(), moments()), 0..5));
    let pull = (any::<bool>(), 0_u32..=100_000);
    (1_u16..=3_650, moments(), of(callback), pull).prop_map(
        |(every_days, next_renewal_at, callback, (pull, unfetched_days))| AutoRenewal {
            every_days,
            next_renewal_at,
            callback: callback.map(|(url, secret, previous)| Callback {
                url: CallbackUrl::stored(url),
                secret,
                previous,
            }),
            pull,
            unfetched_days,
        },
    )
}

fn leaks() -> impl Strategy<Value = Leak> {
    let repeatable = (hashes(), moments()).prop_map(|(hash, redeem_by)| Redeemed { hash, redeem_by });
    let replacement = (of(moments()), of(moments()), vec(repeatable, 0..4)).prop_map(
        |(agreed_expiry, next_check, repeatable)| Replacement { agreed_expiry, next_check, repeatable },
    );
    let last_use = (moments(), of(any::<std::net::IpAddr>())).prop_map(|(at, from)| LastUse { at, from });
    (moments(), proptest::sample::select(LeakSource::ALL), of(last_use), of(replacement)).prop_map(
        |(reported_at, source, last_use, replacement)| Leak { reported_at, source, last_use, replacement },
    )
}

fn owners() -> impl Strategy<Value = Owner> {
    (any::<u128>(), "\\PC{0,200}")
        .prop_map(|(id, name)| Owner { id: PersonId::new(Uuid::from_u128(id)), name })
}

fn reasons() -> impl Strategy<Value = RequestReason> {
    proptest::sample::select(RequestReason::ALL.as_slice())
}

fn follow_ups() -> impl Strategy<Value = FollowUp> {
    let next = (moments(), reasons()).prop_map(|(at, reason)| NextRequest { at, reason });
    (any::<bool>(), any::<u32>(), of(next), of(pending()), of("[a-z]{1,30}[.]example")).prop_map(
        |(pull, attempts, next, pending, receiver)| FollowUp { pull, attempts, next, pending, receiver },
    )
}

fn pending() -> impl Strategy<Value = PendingRenewal> {
    let key = (any::<u32>(), hashes(), of(sealed()), moments());
    let tries = (any::<u32>(), of(moments()), of((any::<bool>(), moments())), any::<bool>());
    (key, tries, reasons()).prop_map(|((attempt, hash, sealed, requested_at), tries, reason)| {
        PendingRenewal {
            attempt,
            hash,
            sealed,
            requested_at,
            tries: tries.0,
            next_try_at: tries.1,
            last_delivery: tries.2.map(|(success, at)| LastDelivery { success, at }),
            lapsed: tries.3,
            reason,
        }
    })
}

/// Up to the end of the year 9999.
pub(crate) fn moments() -> impl Strategy<Value = Timestamp> {
    (0_i64..=253_402_300_799).prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap())
}

fn ids() -> impl Strategy<Value = TokenId> {
    any::<u128>().prop_map(|number| TokenId::new(Uuid::from_u128(number)))
}

fn hashes() -> impl Strategy<Value = SecretHash> {
    any::<[u8; 32]>().prop_map(SecretHash::from_bytes)
}

fn sealed() -> impl Strategy<Value = Sealed> {
    vec(any::<u8>(), 1..300).prop_map(Sealed::new)
}
