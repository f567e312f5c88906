//! The log: lines on standard output, where Lambda takes them from.

use tracing_subscriber::filter::LevelFilter;

use crate::Environment;
use crate::variables::Variables;

impl Environment {
    /// Starts the log, in the format and from the level that Lambda's logging controls set. `RUST_LOG` sets the level
    /// where there are none.
    ///
    /// One level for everything: filters for single modules would cost each cold start more than they are worth.
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

/// The least grave that is logged.
fn level(variables: &Variables) -> LevelFilter {
    const DEFAULT: LevelFilter = LevelFilter::INFO;
    match variables.get("AWS_LAMBDA_LOG_LEVEL").or_else(|| variables.get("RUST_LOG")).as_deref() {
        // Lambda has one level more.
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
    fn lambdas_level_goes_before_the_customary_one() {
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
    fn what_is_no_level_leaves_the_usual_one() {
        assert_eq!(level_with([("RUST_LOG", "hyper=debug")]), LevelFilter::INFO);
    }
}
