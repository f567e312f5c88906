//! Takes the secrets out of an answer, so that only they have to be sealed: KMS seals at most 4,096 bytes, and an answer
//! with the largest description is longer.

use std::fmt::Write as _;

use crate::ports::PortError;

/// The answer without those of these secrets that it holds, and the secrets with their places: a line for each, `place secret`. A place counts the
/// bytes before the secret in the whole answer.
pub(crate) fn cut(answer: &str, secrets: &[&str]) -> Result<(String, String), PortError> {
    let mut found: Vec<(usize, &str)> =
        secrets.iter().filter_map(|&secret| Some((answer.find(secret)?, secret))).collect();
    found.sort_unstable();
    let (mut text, mut lines, mut end) = (String::with_capacity(answer.len()), String::new(), 0);
    for (at, secret) in found {
        text.push_str(answer.get(end..at).ok_or(PortError::bare("the secrets of an answer overlap"))?);
        end = at + secret.len();
        writeln!(lines, "{at} {secret}")
            .map_err(|error| PortError::new("a secret could not be written", error))?;
    }
    text.push_str(answer.get(end..).unwrap_or_default());
    Ok((text, lines))
}

/// The whole answer again.
pub(crate) fn restore(text: &str, lines: &str) -> Result<String, PortError> {
    const MALFORMED: PortError = PortError::bare("the secrets of a saved answer are malformed");
    let mut answer = text.to_owned();
    for line in lines.lines() {
        let (at, secret) = line.split_once(' ').ok_or(MALFORMED)?;
        let at = at.parse().ok().filter(|at| answer.is_char_boundary(*at)).ok_or(MALFORMED)?;
        answer.insert_str(at, secret);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"a":"😀","callback":{"secret":"whsec_1/+="},"token":"kat_2"}"#;

    #[test]
    fn restores_what_was_cut() {
        for secrets in [&["kat_2", "whsec_1/+="][..], &["kat_2"], &[]] {
            let (text, lines) = cut(ANSWER, secrets).unwrap();
            assert!(secrets.iter().all(|secret| !text.contains(secret)), "{text}");
            assert_eq!(lines.lines().count(), secrets.len());
            assert_eq!(restore(&text, &lines).unwrap(), ANSWER);
        }
    }

    #[test]
    fn leaves_out_a_secret_that_the_answer_lacks() {
        assert_eq!(cut(ANSWER, &["kat_3"]).unwrap(), (ANSWER.to_owned(), String::new()));
    }

    #[test]
    fn refuses_other_places() {
        for lines in ["kat_2", "x kat_2", "999 kat_2", "7 kat_2"] {
            let error = restore(ANSWER, lines).unwrap_err();
            assert!(!format!("{error:?}").contains("kat_"), "{lines}: {error:?}");
        }
    }
}
