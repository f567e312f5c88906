//! The log: lines on standard output, which Lambda collects.

use tracing_subscriber::filter::LevelFilter;

use crate::Environment;
use crate::variables::Variables;

impl Environment {
    /// Starts the log in the format and at the level of Lambda's logging controls; `RUST_LOG` sets the level without them.
    ///
    /// One level for all modules: filters would slow down each cold start.
    pub(crate) fn start_log(&self) {
        let lines = tracing_subscriber::fmt()
            .with_target(false)
            .without_time()
            .with_max_level(level(&self.variables));
        if self.optional("AWS_LAMBDA_LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json")) {
            lines.json().init();
        } else {
            lines.init();
        }
    }
}

/// The log level.
fn level(variables: &Variables) -> LevelFilter {
    const DEFAULT: LevelFilter = LevelFilter::INFO;
    match variables.get("AWS_LAMBDA_LOG_LEVEL").or_else(|| variables.get("RUST_LOG")).as_deref() {
        // Only Lambda has this level.
        Some("FATAL") => LevelFilter::ERROR,
        Some(level) => level.parse().unwrap_or(DEFAULT),
        None => DEFAULT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level_with<const N: usize>(variables: [(&str, &str); N]) -> LevelFilter {
        level(&variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect())
    }

    #[test]
    fn the_level_of_lambda_takes_precedence() {
        assert_eq!(level_with([]), LevelFilter::INFO);
        assert_eq!(level_with([("RUST_LOG", "warn")]), LevelFilter::WARN);
        assert_eq!(level_with([("RUST_LOG", "warn"), ("AWS_LAMBDA_LOG_LEVEL", "ERROR")]), LevelFilter::ERROR);
    }

    #[test]
    fn every_level_of_lambda_is_known() {
        let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
        let known = levels.map(|level| level_with([("AWS_LAMBDA_LOG_LEVEL", level)]));
        use LevelFilter as Level;
        assert_eq!(known, [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR, Level::ERROR]);
    }

    #[test]
    fn an_unknown_level_means_the_default() {
        assert_eq!(level_with([("RUST_LOG", "hyper=debug")]), LevelFilter::INFO);
    }
}
