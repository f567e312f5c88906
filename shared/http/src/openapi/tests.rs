//! Compares described bodies with their parsers: every described field is read, every read field is described, and no other
//! is accepted. The patterns below name every field that is read.

use keyturn_domain::draft::{AutoRenewalDraft, TokenDraft};
use keyturn_domain::edit::{AutoRenewalPatch, Patch, TokenPatch};
use keyturn_domain::fault::Faults;
use keyturn_domain::manual::RenewalDraft;
use keyturn_domain::mass_renewal_draft::{FilterDraft, MassRenewalDraft};
use keyturn_domain::refusal::Refusal;
use lambda_http::{Body, Request};
use schemars::{JsonSchema, schema_for};
use serde_json::{Value, json};

use super::{MassRenewalRequest, RedemptionRequest, RenewalRequest, TokenPatchRequest, TokenRequest};
use crate::field;
use crate::{ApiRequest, Fields, read_draft, read_mass_renewal, read_patch, read_redemption, read_renewal};

/// A body with every described field.
fn whole<T: JsonSchema>() -> Value {
    let schema = schema_for!(T);
    value(schema.as_value(), schema.as_value())
}

fn value(schema: &Value, root: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return value(root.pointer(&reference[1..]).unwrap(), root);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        return value(&choices[0], root);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap();
    match kind {
        "object" => {
            assert_eq!(schema["additionalProperties"], false, "{schema}");
            let fields = schema["properties"].as_object().unwrap();
            fields.iter().map(|(name, field)| (name.clone(), value(field, root))).collect()
        }
        "array" => json!([value(&schema["items"], root)]),
        "boolean" => json!(true),
        "integer" => schema["minimum"].clone(),
        "string" => json!("text"),
        other => panic!("{other} in a body"),
    }
}

/// The same body once for each object in it, with an unknown field in that object, and the path of that field.
fn with_unknown_fields(body: &Value) -> Vec<(Value, String)> {
    const UNKNOWN: &str = "unknown";
    let mut found = Vec::new();
    let mut with = body.clone();
    with[UNKNOWN] = json!(1);
    found.push((with, UNKNOWN.to_owned()));
    for (name, inner) in body.as_object().unwrap() {
        if inner.is_object() {
            found.extend(with_unknown_fields(inner).into_iter().map(|(changed, path)| {
                let mut with = body.clone();
                with[name] = changed;
                (with, format!("{name}.{path}"))
            }));
        }
    }
    found
}

fn fields(body: &Value) -> Fields {
    Fields::of(&ApiRequest::new(Request::new(Body::Text(body.to_string())))).unwrap()
}

fn assert_reads<T: JsonSchema>(objects: usize, read: impl Fn(Fields) -> Faults) {
    let whole = whole::<T>();
    assert_eq!(read(fields(&whole)), Faults::default(), "{whole}");
    let bodies = with_unknown_fields(&whole);
    assert_eq!(bodies.len(), objects, "{whole}");
    for (body, path) in bodies {
        let faults = read(fields(&body));
        assert_eq!(
            faults.as_slice().iter().map(|fault| field::shown(&fault.field)).collect::<Vec<_>>(),
            [&path]
        );
    }
}

#[test]
fn mass_renewal() {
    assert_reads::<MassRenewalRequest>(2, |fields| {
        let (MassRenewalDraft { filter, over_hours, dry_run }, faults) = read_mass_renewal(fields);
        let FilterDraft { all, application, search, older_than_days, ids } = filter.unwrap();
        assert!(all.is_some() && application.is_some() && search.is_some() && ids.is_some());
        assert!(older_than_days.is_some() && over_hours.is_some() && dry_run.is_some());
        faults
    });
}

#[test]
fn creation() {
    assert_reads::<TokenRequest>(3, |fields| {
        let (draft, faults) = read_draft(fields);
        let TokenDraft {
            name: Some(_),
            description: Some(_),
            rights: Some(_),
            applications: Some(_),
            expires_at: Some(_),
            auto_renewal:
                Some(AutoRenewalDraft { every_days: Some(_), callback: Some(Some(_)), pull: Some(_) }),
            mail_recipient: Some(_),
        } = draft
        else {
            panic!("read, but not described: {draft:?}")
        };
        faults
    });
}

#[test]
fn edit() {
    assert_reads::<TokenPatchRequest>(3, |fields| {
        let (patch, owner, faults) = read_patch(fields);
        assert_eq!(owner, Patch::Set("text".to_owned()));
        let TokenPatch {
            description: Patch::Set(_),
            auto_renewal:
                Patch::Set(AutoRenewalPatch {
                    every_days: Patch::Set(_),
                    callback: Patch::Set(Patch::Set(_)),
                    pull: Patch::Set(_),
                }),
            mail_recipient: Patch::Set(_),
            owner: Patch::Keep,
        } = patch
        else {
            panic!("read, but not described: {patch:?}")
        };
        faults
    });
}

#[test]
fn manual_renewal() {
    assert_reads::<RenewalRequest>(1, |fields| {
        let (draft, faults) = read_renewal(fields);
        let RenewalDraft { existing_token_expires_at: Some(_), name: Some(_), description: Some(_) } = draft
        else {
            panic!("read, but not described: {draft:?}")
        };
        faults
    });
}

#[test]
fn redemption() {
    assert_reads::<RedemptionRequest>(1, |fields| match read_redemption(fields) {
        Ok(request_token) => {
            assert_eq!(request_token, "text");
            Faults::default()
        }
        Err(Refusal::Invalid(faults)) => faults,
        Err(other) => panic!("{other}"),
    });
}
