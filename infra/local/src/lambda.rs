//! The environment variables that Lambda sets, for callers that start a function's binary themselves.

/// The variables that the Lambda runtime reads; it asks for work at `runtime_api`.
#[must_use]
pub fn variables(function: &str, memory_mb: u64, runtime_api: &str) -> [(&'static str, String); 6] {
    [
        ("AWS_LAMBDA_FUNCTION_NAME", function.to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_mb.to_string()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{function}")),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "1".to_owned()),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_owned()),
    ]
}
