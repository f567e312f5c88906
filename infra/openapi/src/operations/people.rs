//! Sessions of people, for administrators.

use anyhow::Result;
use keyturn_domain::fault::{FaultCode, Violation};
use keyturn_http::openapi;
use keyturn_http::session_view::{KnownPersonView, SessionView};
use keyturn_http::view::ListView;
use serde_json::json;

use crate::examples;
use crate::operation::{Answer, Operation};
use crate::refusals::fault;

const TAG: &str = "Sessions";

const PEOPLE: &str = "People";

pub(crate) fn all() -> Result<Vec<Operation>> {
    Ok(vec![list()?, end()?, people()?, bar()?, readmit()?])
}

fn list() -> Result<Operation> {
    let example = json!({"items": [examples::session()?]});
    let answer = Answer::new::<ListView<SessionView>>(200, "A page of sessions.", example)
        .leading_to("/items/0/id", &["endSession"]);
    let words = [TAG, "Who is signed in to the console, the newest session first."];
    let operation = Operation::new(("GET", "/sessions"), "listSessions", words, answer);
    let size = Violation::new(FaultCode::OutOfRange, "must be 1 to 100");
    Ok(operation.with(openapi::paging()).invalid(fault("size", size, Some("0"))))
}

fn end() -> Result<Operation> {
    let answer = Answer::new::<SessionView>(200, "The session that was ended.", examples::session()?);
    let words = [TAG, "Its person can sign in again if the identity provider lets them."];
    Ok(Operation::new(("POST", "/sessions/{id}/end"), "endSession", words, answer))
}

fn people() -> Result<Operation> {
    let example = json!({"items": [examples::known_person()?]});
    let answer = Answer::new::<ListView<KnownPersonView>>(200, "Up to 500 people, by id.", example)
        .leading_to("/items/0/id", &["barPerson", "readmitPerson"]);
    let words = [PEOPLE, "Who has ever signed in, and whether they still can."];
    Ok(Operation::new(("GET", "/people"), "listPeople", words, answer).with(openapi::people()).invalid(
        fault(
            "notSignedInForDays",
            Violation::new(FaultCode::OutOfRange, "must be a whole number from 0 to 36500"),
            Some("soon"),
        ),
    ))
}

fn bar() -> Result<Operation> {
    let answer = Answer::new::<KnownPersonView>(200, "The person.", examples::known_person()?);
    let words = [PEOPLE, "Ends their sessions at once, and refuses new ones."];
    Ok(Operation::new(("POST", "/people/{id}/bar"), "barPerson", words, answer))
}

fn readmit() -> Result<Operation> {
    let answer = Answer::new::<KnownPersonView>(200, "The person.", examples::known_person()?);
    let words = [PEOPLE, "The identity provider still decides whether they have a role."];
    Ok(Operation::new(("POST", "/people/{id}/readmit"), "readmitPerson", words, answer))
}
