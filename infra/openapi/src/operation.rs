//! An operation as declared in `operations`.

use keyturn_domain::access::RequiredAccess;
use keyturn_domain::fault::Faults;
use keyturn_domain::refusal::{Conflict, Refusal};
use keyturn_domain::settings::MANAGEMENT;
use keyturn_functions::routes;
use keyturn_http::openapi::{Parameter, idempotency_key};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::operations::mass_renewal;
use crate::refusals;

pub(crate) type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

pub(crate) struct Operation {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// The method name in generated clients.
    pub(crate) id: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) description: &'static str,
    /// The access that the caller's token needs; `None` for a public operation.
    pub(crate) access: Option<RequiredAccess>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) answer: Answer,
    pub(crate) refusals: Vec<Refusal>,
}

pub(crate) struct Body {
    pub(crate) media_type: &'static str,
    pub(crate) schema: MakeSchema,
    pub(crate) example: Value,
    pub(crate) required: bool,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) description: &'static str,
    pub(crate) schema: MakeSchema,
    pub(crate) example: Value,
    /// Headers besides those of every answer.
    pub(crate) headers: Vec<&'static str>,
    /// Names of operations that the record's id links to, see `links`.
    pub(crate) links: Vec<(&'static str, &'static str)>,
}

impl Answer {
    pub(crate) fn new<T: JsonSchema>(status: u16, description: &'static str, example: Value) -> Self {
        let schema = SchemaGenerator::subschema_for::<T>;
        Self { status, description, schema, example, headers: Vec::new(), links: Vec::new() }
    }

    /// The same with these headers too.
    pub(crate) fn with(mut self, headers: &[&'static str]) -> Self {
        self.headers.extend(headers);
        self
    }

    /// The same with links to these operations by a value of its body.
    pub(crate) fn leading_to(mut self, value: &'static str, operations: &[&'static str]) -> Self {
        self.links.extend(operations.iter().map(|operation| (*operation, value)));
        self
    }
}

impl Operation {
    /// The operation of a route of the route table, which knows its summary and the access that it requires.
    ///
    /// # Panics
    /// If the route table has no such route.
    pub(crate) fn new(
        (method, path): (&'static str, &'static str),
        id: &'static str,
        [tag, description]: [&'static str; 2],
        answer: Answer,
    ) -> Self {
        let Some(route) = routes::find(method, path) else { panic!("no route {method} {path}") };
        let (summary, access) = (route.description, route.access);
        let mut refusals = refusals::of_access(access, MANAGEMENT);
        if path.contains("{id}") {
            let what = match tag {
                "Callbacks" => "callback log entry",
                "Sessions" => "session",
                "People" => "person",
                mass_renewal::TAG => "mass renewal",
                _ => "token",
            };
            refusals.push(Refusal::NotFound(what));
        }
        let (parameters, body) = (Vec::new(), None);
        Self { method, path, id, tag, summary, description, access, parameters, body, answer, refusals }
    }

    /// The same with a body.
    pub(crate) fn taking<T: JsonSchema>(
        mut self,
        media_type: &'static str,
        example: Value,
        faults: Faults,
    ) -> Self {
        self.body =
            Some(Body { media_type, schema: SchemaGenerator::subschema_for::<T>, example, required: true });
        self.invalid(faults)
    }

    /// The same with a body that may be left out.
    pub(crate) fn with_optional_body(mut self) -> Self {
        self.body = self.body.map(|body| Body { required: false, ..body });
        self
    }

    /// The same with parameters.
    pub(crate) fn with(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// The same, refused with these faults of the request.
    pub(crate) fn invalid(mut self, faults: Faults) -> Self {
        self.refusals.push(Refusal::Invalid(faults));
        self
    }

    /// The same with an idempotency key.
    pub(crate) fn creating(self) -> Self {
        self.with([idempotency_key()]).refused([Refusal::KeyReused, Refusal::Conflict(Conflict::NotCopyable)])
    }

    /// The same without a limit for each company, as [`keyturn_http::Endpoint::without_share`] builds it.
    pub(crate) fn without_share(mut self) -> Self {
        self.refusals.retain(|refusal| !matches!(refusal, Refusal::ShareUsedUp { .. }));
        self
    }

    /// The same with these refusals.
    pub(crate) fn refused(mut self, refusals: impl IntoIterator<Item = Refusal>) -> Self {
        self.refusals.extend(refusals);
        self
    }
}
