//! Environment variables, read once.

use std::collections::HashMap;
use std::sync::Arc;

/// The variables of a function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables(Arc<HashMap<String, String>>);

/// The prefixes of the variables that are read.
const PREFIXES: [&str; 4] = ["AWS_", "KEYTURN_", "RUST_LOG", "SSL_CERT_"];

impl Variables {
    /// The variables of the process; those that are not Unicode are skipped.
    #[expect(clippy::disallowed_methods, reason = "this is where the environment comes in")]
    pub(crate) fn of_process() -> Self {
        let all = std::env::vars_os();
        all.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
            .collect()
    }

    /// A variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }
}

impl FromIterator<(String, String)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(Arc::new(variables.into_iter().collect()))
    }
}
