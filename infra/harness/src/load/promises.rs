//! Checks records, events and mails against the answers that clients got.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use serde_json::Value;

/// A token as the answers described it.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) string: String,
    /// Possible descriptions: that of the last answer, and those of later requests whose answers were lost.
    pub(crate) descriptions: Vec<String>,
    /// Its deactivation was answered.
    pub(crate) deactivated: bool,
    /// The start of its renewal was answered.
    pub(crate) started: bool,
    /// The string for which its request token was redeemed.
    pub(crate) redeemed_for: Option<String>,
    /// Its successor, if one was answered.
    pub(crate) successor: Option<String>,
}

impl Known {
    pub(crate) fn new(id: &str, string: &str, description: &str) -> Self {
        Self {
            id: id.to_owned(),
            string: string.to_owned(),
            descriptions: vec![description.to_owned()],
            deactivated: false,
            started: false,
            redeemed_for: None,
            successor: None,
        }
    }

    /// Whether it can be renewed.
    pub(crate) const fn is_renewable(&self) -> bool {
        !self.deactivated && self.successor.is_none()
    }

    /// Compares a record with what is known of it.
    pub(crate) fn check(&self, record: &Value) -> Result<()> {
        let status = if self.deactivated { "DEACTIVATED" } else { "ACTIVE" };
        ensure!(record["status"] == status, "{}: {} instead of {status}", self.id, record["status"]);
        let description = record["description"].as_str().unwrap_or_default();
        let promised = self.descriptions.iter().any(|promised| promised == description);
        ensure!(promised, "{}: description {description:?}, not one of {:?}", self.id, self.descriptions);
        if let Some(successor) = &self.successor {
            ensure!(record["renewedBy"] == **successor, "{}: another successor than answered", self.id);
        }
        Ok(())
    }
}

/// Each creation made one token, and no token has two successors. `records` are all tokens of the company.
pub(crate) fn check_company(records: &[Value], created: &[String]) -> Result<()> {
    let mut firsts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut successors: BTreeMap<&str, usize> = BTreeMap::new();
    for record in records {
        match record["renewedFrom"].as_str() {
            Some(predecessor) => *successors.entry(predecessor).or_default() += 1,
            None => *firsts.entry(record["name"].as_str().unwrap_or_default()).or_default() += 1,
        }
    }
    for name in created {
        let count = firsts.get(name.as_str()).copied().unwrap_or_default();
        ensure!(count == 1, "the creation of {name} made {count} tokens");
    }
    if let Some((predecessor, count)) = successors.iter().find(|(_, count)| **count > 1) {
        bail!("{predecessor} has {count} successors");
    }
    Ok(())
}

/// Every event has been published.
pub(crate) fn check_events<'a>(
    events: &[Value],
    tokens: impl Iterator<Item = &'a Known>,
    created: &[String],
) -> Result<()> {
    let mut published: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for event in events {
        let kind = event["detailType"].as_str().unwrap_or_default();
        *published.entry((event["detail"]["tokenId"].as_str().unwrap_or_default(), kind)).or_default() += 1;
    }
    let creations = published.keys().filter(|(_, kind)| *kind == "Token Created").count();
    // The management token was created as well.
    ensure!(creations > created.len(), "{creations} creations were published, {} made", created.len());
    for known in tokens {
        let wanted = [("Token Deactivated", known.deactivated), ("Token Renewed", known.successor.is_some())];
        for (kind, _) in wanted.iter().filter(|(_, wanted)| *wanted) {
            ensure!(published.contains_key(&(known.id.as_str(), *kind)), "{}: no event {kind:?}", known.id);
        }
    }
    Ok(())
}

/// Every renewal has been mailed.
pub(crate) fn check_mails<'a>(mails: &[Value], tokens: impl Iterator<Item = &'a Known>) -> Result<()> {
    let texts: String = mails.iter().filter_map(|mail| mail["text"].as_str()).collect();
    for successor in tokens.filter_map(|known| known.successor.as_deref()) {
        ensure!(texts.contains(successor), "no mail about {successor}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn finds_record_that_differs_from_answers() {
        let mut known = Known::new("a", "-", "first");
        let record = json!({"status": "ACTIVE", "description": "first", "renewedBy": null});
        assert!(known.check(&record).is_ok());
        known.successor = Some("b".to_owned());
        assert!(known.check(&record).is_err());
        known.successor = None;
        known.deactivated = true;
        assert!(known.check(&record).is_err());
        known.deactivated = false;
        known.descriptions = vec!["second".to_owned(), "third".to_owned()];
        assert!(known.check(&record).is_err());
    }

    #[test]
    fn finds_second_successor_or_creation() {
        let token = |name: &str, from: Option<&str>| json!({"name": name, "renewedFrom": from});
        let good = [token("a", None), token("a", Some("1")), token("b", None)];
        let created = ["a".to_owned(), "b".to_owned()];
        assert!(check_company(&good, &created).is_ok());
        assert!(check_company(&[good.as_slice(), &[token("a", None)]].concat(), &created).is_err());
        assert!(check_company(&[good.as_slice(), &[token("c", Some("1"))]].concat(), &created).is_err());
        assert!(check_company(&good[..2], &created).is_err(), "one is missing");
    }

    #[test]
    fn finds_missing_mail_and_event() {
        let mut known = Known { successor: Some("id 2".to_owned()), ..Known::new("id 1", "-", "") };
        for (text, found) in [("New token: id 2", true), ("New token: id 3", false)] {
            assert_eq!(check_mails(&[json!({"text": text})], [&known].into_iter()).is_ok(), found, "{text}");
        }
        known.successor = None;
        let event = |id: &str, kind: &str| json!({"detailType": kind, "detail": {"tokenId": id}});
        let events = [event("m", "Token Created"), event("id 1", "Token Created")];
        let created = ["a".to_owned()];
        assert!(check_events(&events, [&known].into_iter(), &created).is_ok());
        assert!(check_events(&events[1..], [&known].into_iter(), &created).is_err());
        known.deactivated = true;
        assert!(check_events(&events, [&known].into_iter(), &created).is_err());
    }
}
