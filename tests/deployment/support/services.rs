//! The AWS services that the functions call: those of the local stack, or moto's.

use keyturn_harness::http::{client, send};
use keyturn_harness::process::Process;
use keyturn_harness::tools::start_moto;
use keyturn_local::{Addresses, LocalServices};
use serde_json::Value;

use super::iam::Endpoints;
use super::script;

/// The endpoints of the local stack's services, which have no KMS.
pub(crate) fn local_endpoints(services: &LocalServices) -> Endpoints {
    let Addresses { engine, ses, eventbridge, .. } = services.addresses.clone();
    Endpoints { dynamodb: engine, kms: None, ses, eventbridge }
}

pub(crate) async fn local_page(services: &LocalServices, name: &str) -> Vec<Value> {
    let request = client().unwrap().get(format!("{}/_local/{name}", services.addresses.gateway));
    serde_json::from_value(send(request).await.unwrap().expect(200).unwrap()).unwrap()
}

/// moto: a second, independent implementation of these services.
pub(crate) struct Moto {
    _process: Process,
    address: String,
}

impl Moto {
    pub(crate) async fn start() -> Self {
        let (process, address) = start_moto().await.unwrap();
        Self { _process: process, address }
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        let address = || self.address.clone();
        Endpoints { dynamodb: address(), kms: Some(address()), ses: address(), eventbridge: address() }
    }

    /// Runs a step of `stack.py` and returns what it prints.
    pub(crate) fn stack(&self, arguments: &[&str]) -> Value {
        let variables = [
            ("AWS_ENDPOINT_URL", self.address.as_str()),
            ("AWS_ACCESS_KEY_ID", "any"),
            ("AWS_SECRET_ACCESS_KEY", "any"),
        ];
        script("tests/deployment/stack.py", arguments, &variables)
    }
}
