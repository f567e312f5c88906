//! Owners: who owns a new token and its successors, and how an edit changes the owner.

use keyturn_domain::edit::{Patch, TokenPatch};
use keyturn_domain::edited_field::EditedField;
use keyturn_domain::fault::Faults;
use keyturn_domain::history::{Action, Actor};
use keyturn_domain::owner::{Owner, OwnerChange};
use keyturn_domain::person::Person;
use keyturn_domain::pull;
use keyturn_domain::redemption::redeem;
use keyturn_domain::renewal::by_schedule;
use keyturn_domain::token::Token;

use crate::make::{
    CALLING, MAILING, PLAIN, PULLING, Plan, birth, id, pending, renewal_due, rules, second, string, token,
};

fn person(subject: &str, name: &str) -> Person {
    Person {
        issuer: "https://login.example.com".to_owned(),
        subject: subject.to_owned(),
        name: name.to_owned(),
        mail: None,
    }
}

fn owner(subject: &str, name: &str) -> Owner {
    Owner::from(&person(subject, name))
}

fn owned(plan: Plan) -> Token {
    let token = if plan.callback { pending(plan) } else { token(plan) };
    Token { owner: Some(owner("ada", "Ada Admin")), ..token }
}

/// The owner and the change of owner that an edit makes, or nothing.
fn edited(token: &Token, patch: Patch<Owner>) -> Option<(Option<Owner>, Option<OwnerChange>)> {
    let patch = TokenPatch { owner: patch, ..TokenPatch::default() };
    let edit = patch.parse(token, &rules(), birth(), Faults::default()).expect("a good patch");
    let change = edit.apply(token, None, Actor::Operator, birth())?;
    let Action::Updated { fields, owner } = change.entry.expect("an activity").action else {
        panic!("no edit")
    };
    assert_eq!(fields, [EditedField::Owner]);
    Some((change.tokens[0].owner.clone(), owner))
}

#[test]
fn only_a_person_owns_what_they_create() {
    let ada = person("ada", "Ada Admin");
    assert_eq!(Owner::of_new_token(&Actor::Person(Box::new(ada.clone()))), Some(Owner::from(&ada)));
    for other in [Actor::Token(id(9)), Actor::Schedule, Actor::Operator, Actor::Unknown] {
        assert_eq!(Owner::of_new_token(&other), None, "{other:?}");
    }
    assert!(!format!("{:?}", owner("ada", "Ada Admin")).contains("Ada"), "a name is personal data");
}

#[test]
fn a_successor_has_the_owner_of_its_predecessor() {
    let (calling, pulling, mailing) = (owned(CALLING), owned(PULLING), owned(MAILING));
    let by = || Actor::Token(id(7));
    for change in [
        redeem(&calling, string(2), &rules(), by(), renewal_due()).expect("a request token"),
        pull::pull(&pulling, string(2), &rules(), by(), renewal_due()),
        by_schedule(&mailing, string(2), &rules(), renewal_due()),
    ] {
        let expected = Some(owner("ada", "Ada Admin"));
        assert_eq!((&second(&change).owner, &change.tokens[0].owner), (&expected, &expected));
    }
}

#[test]
fn an_edit_sets_replaces_and_removes_the_owner() {
    let (ada, otto) = (owner("ada", "Ada Admin"), owner("otto", "Otto Operator"));
    let (with, without) = (owned(PLAIN), token(PLAIN));
    for (token, patch, after) in [
        (&without, Patch::Set(ada.clone()), Some(ada)),
        (&with, Patch::Set(otto.clone()), Some(otto)),
        (&with, Patch::Remove, None),
    ] {
        let change = OwnerChange { before: token.owner.clone(), after: after.clone() };
        assert_eq!(edited(token, patch), Some((after, Some(change))));
    }
    assert_eq!(edited(&with, Patch::Keep), None);
    assert_eq!(edited(&without, Patch::Remove), None);
    assert_eq!(edited(&with, Patch::Set(owner("ada", "Ada Married"))), None, "the same person");
}
