//! Answers to refused requests, from the one mapping.

use keyturn_application::PortError;
use keyturn_domain::refusal::Refusal;
use lambda_http::{Body, Response};
use schemars::{Schema, SchemaGenerator};

use crate::body::BODY_BYTES;
use crate::problem::{self, Problem};
use crate::response::ApiResponse;

/// The schema of problem documents.
pub fn problem(schemas: &mut SchemaGenerator) -> Schema {
    schemas.subschema_for::<Problem<'_>>()
}

/// The answer to a refusal.
pub fn refused(refusal: &Refusal) -> Result<Response<Body>, PortError> {
    problem::refused(refusal).map(ApiResponse::into_response)
}

/// The answer to a body that is too long to be read.
pub fn too_large() -> Result<Response<Body>, PortError> {
    problem::too_large(BODY_BYTES).map(ApiResponse::into_response)
}

/// The answer when a dependency fails.
pub fn broken(request_id: &str) -> Result<Response<Body>, PortError> {
    problem::broken(request_id).map(ApiResponse::into_response)
}
