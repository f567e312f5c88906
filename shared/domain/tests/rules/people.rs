//! Who may sign in, how long sessions last, and what each caller may do.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::access::{self, RequiredAccess};
use keyturn_domain::caller::{Caller, SignedIn};
use keyturn_domain::person::Role;
use keyturn_domain::provider::{CompanyRule, Identity, Provider, ProviderDraft, RefusedSignIn};
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::SecretHash;
use keyturn_domain::session::{Session, SessionId};
use keyturn_domain::settings::{Applications, MANAGEMENT};
use proptest::prelude::*;
use uuid::Uuid;

fn provider(company: CompanyRule) -> Provider {
    let roles = [("readers", Role::Viewer), ("operators", Role::Operator), ("admins", Role::Admin)];
    Provider {
        id: "corp".parse().expect("a good example"),
        name: "corp".to_owned(),
        issuer: "https://login.example.com".to_owned(),
        client_id: "keyturn".to_owned(),
        client_secret: None,
        scopes: Vec::new(),
        company,
        role_claim: "groups".to_owned(),
        roles: roles.map(|(value, role)| (value.to_owned(), role)).into(),
    }
}

fn only() -> Provider {
    provider(CompanyRule::Only("acme".parse().expect("a good example")))
}

fn by_claim() -> Provider {
    let values = [("t-1", "acme"), ("t-2", "acme"), ("t-3", "other")];
    let values =
        values.map(|(value, company)| (value.to_owned(), company.parse().expect("a good example"))).into();
    provider(CompanyRule::Claim { name: "tenant".to_owned(), values })
}

fn identity(claims: &[(&str, &[&str])]) -> Identity {
    let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    Identity {
        issuer: "https://login.example.com".to_owned(),
        subject: "1".to_owned(),
        name: Some("Ada".to_owned()),
        mail: Some("ada@example.com".to_owned()),
        claims: claims.iter().map(|(name, list)| ((*name).to_owned(), values(list))).collect(),
        authenticated_at: Some(start()),
        provider_session: None,
        session_ends_at: None,
        renewable: true,
    }
}

fn start() -> Timestamp {
    Timestamp::from_timestamp(1_785_000_000, 0).expect("a good example")
}

fn session() -> Session {
    let (claims, id) = (identity(&[("groups", &["admins"])]), SessionId::new(Uuid::from_u128(1)));
    let grant = only().decide(&claims).expect("a good example");
    Session::begin((id, SecretHash::from_bytes([1; 32])), only().id, grant, &claims, start())
}

fn caller(role: Role, authenticated_at: Option<Timestamp>) -> Caller {
    let session = Session { role, authenticated_at, ..session() };
    Caller::Person(SignedIn::of(&session, start()))
}

#[test]
fn the_highest_role_counts() {
    let role = |groups: &[&str]| only().decide(&identity(&[("groups", groups)])).map(|grant| grant.role);
    assert_eq!(role(&["readers"]), Ok(Role::Viewer));
    assert_eq!(role(&["admins", "readers", "unknown"]), Ok(Role::Admin));
    for none in [&[][..], &["Admins"], &["unknown"], &["admins "], &[""]] {
        assert_eq!(role(none), Err(RefusedSignIn::NoRole), "{none:?}");
    }
    assert_eq!(only().decide(&identity(&[("roles", &["admins"])])), Err(RefusedSignIn::NoRole));
}

#[test]
fn a_provider_asserts_the_companies_of_its_record_only() {
    let company = |tenant: &[&str]| {
        let claims = identity(&[("groups", &["admins"]), ("tenant", tenant)]);
        by_claim().decide(&claims).map(|grant| grant.company.to_string())
    };
    assert_eq!(company(&["t-1"]), Ok("acme".to_owned()));
    assert_eq!(company(&["t-1", "t-2", "t-9"]), Ok("acme".to_owned()));
    assert_eq!(company(&["t-1", "t-3"]), Err(RefusedSignIn::SeveralCompanies));
    for none in [&[][..], &["acme"], &["t-9"]] {
        assert_eq!(company(none), Err(RefusedSignIn::CompanyNotAllowed), "{none:?}");
    }
    let claimed = only().decide(&identity(&[("groups", &["admins"]), ("tenant", &["t-3"])]));
    assert_eq!(claimed.unwrap().company.as_str(), "acme", "no claim can change it");
}

#[test]
fn a_draft_is_refused_with_all_its_faults() {
    let faults = ProviderDraft::default().parse(None, false).unwrap_err();
    let fields: Vec<_> = faults.as_slice().iter().map(|fault| format!("{:?}", fault.field)).collect();
    for field in ["id", "issuer", "clientId", "roleClaim", "roles", "company"] {
        assert!(fields.iter().any(|found| found.contains(field)), "{field}: {fields:?}");
    }
    let good = ProviderDraft {
        id: "corp".to_owned(),
        issuer: "https://login.example.com/tenant".to_owned(),
        client_id: "keyturn".to_owned(),
        company: Some("acme".to_owned()),
        role_claim: "groups".to_owned(),
        roles: BTreeMap::from([("admins".to_owned(), "ADMIN".to_owned())]),
        ..ProviderDraft::default()
    };
    assert!(good.parse(None, false).is_ok());
    for issuer in
        ["http://login.example.com", "http://127.0.0.1:8080", "https://a.example/?x=1", "ftp://x", "x"]
    {
        assert!(ProviderDraft { issuer: issuer.to_owned(), ..good.clone() }.parse(None, false).is_err());
    }
    let local = ProviderDraft { issuer: "http://127.0.0.1:8080/idp".to_owned(), ..good.clone() };
    assert!(local.parse(None, true).is_ok());
    let remote = ProviderDraft { issuer: "http://login.example.com".to_owned(), ..good.clone() };
    assert!(remote.parse(None, true).is_err());
    let unknown = BTreeMap::from([("admins".to_owned(), "OWNER".to_owned())]);
    assert!(ProviderDraft { roles: unknown, ..good.clone() }.parse(None, false).is_err());
    let both = ProviderDraft { company_claim: Some("tid".to_owned()), ..good };
    assert!(both.parse(None, false).is_err());
}

#[test]
fn roles_do_what_they_say() {
    use RequiredAccess::{Administer, Any, Manage, ManageAndWrite, SignedIn as InSession};
    let permitted = |role, need| access::permit(&caller(role, None), need).is_ok();
    for role in Role::ALL {
        assert!(permitted(role, Manage) && permitted(role, InSession));
        assert!(!permitted(role, Any), "a session is no token");
        assert_eq!(permitted(role, ManageAndWrite), role >= Role::Operator);
        assert_eq!(permitted(role, Administer), role == Role::Admin);
    }
    let management = Applications::management();
    for role in Role::ALL {
        let (recent, old) = (caller(role, Some(start())), caller(role, None));
        assert_eq!(recent.permit_change(&management).is_ok(), role == Role::Admin);
        assert_eq!(recent.permit_creation(&management, start()).is_ok(), role == Role::Admin);
        assert!(old.permit_creation(&management, start()).is_err());
        assert_eq!(recent.permit_copy(start()).is_ok(), role == Role::Admin);
        assert!(old.permit_copy(start()).is_err());
        assert_eq!(recent.token(), Err(Refusal::TokenNeeded));
    }
    assert!(management.contains(MANAGEMENT));
}

proptest! {
    #[test]
    fn a_session_ends_in_time_whatever_is_done_with_it(
        steps in prop::collection::vec((0_i64..40 * 60, any::<bool>()), 0..60),
        provider_end in prop::option::of(0_i64..10 * 3_600),
    ) {
        let mut session = session();
        session.ends_at = provider_end.map_or(session.ends_at, |end| session.ends_at.min(start() + TimeDelta::seconds(end)));
        let (mut now, mut last_use, mut confirmed) = (start(), start(), start());
        for (wait, refresh) in steps {
            now += TimeDelta::seconds(wait);
            if session.is_live(now) {
                prop_assert!(now < start() + TimeDelta::hours(8));
                prop_assert!(provider_end.is_none_or(|end| now < start() + TimeDelta::seconds(end)));
                prop_assert!(now - last_use < TimeDelta::minutes(31), "a minute of the idle time may be unrecorded");
                if session.should_record_use(now) {
                    session.seen_at = Some(now);
                }
                last_use = now;
                if refresh {
                    let claims = identity(&[("groups", &["admins"])]);
                    let before = session.ends_at;
                    session = session.refreshed(Role::Admin, &claims, now);
                    prop_assert_eq!(session.ends_at, before);
                    confirmed = now;
                }
                let holds = now < confirmed + TimeDelta::minutes(15);
                prop_assert_eq!(session.role_at(now), if holds { Role::Admin } else { Role::Viewer });
            }
        }
    }

    #[test]
    fn a_sign_in_is_recent_for_five_minutes(age in 0_i64..1_000) {
        let caller = caller(Role::Admin, Some(start()));
        let recent = caller.require_recent_sign_in(start() + TimeDelta::seconds(age)).is_ok();
        prop_assert_eq!(recent, age < 300);
    }

    #[test]
    fn names_of_providers_are_shown_without_tricks(name in "\\PC{0,40}", hidden in "[\u{202e}\u{200b}\u{7}\n]{1,3}") {
        let mut claims = identity(&[("groups", &["admins"])]);
        claims.name = Some(format!("{name}{hidden}{name}"));
        let person = claims.person();
        prop_assert!(!person.name.chars().any(|character| hidden.contains(character)));
        prop_assert!(person.name.chars().count() <= 200);
    }
}
