//! Reads a list page by page, in both orders and from both ends.

use std::collections::BTreeSet;

use reqwest::Url;
use serde_json::Value;
use uuid::Uuid;

use super::UNKNOWN_ID;
use super::api_client::{ApiClient, ApiResponse};

/// A list as one client sees it, perhaps filtered.
#[derive(Clone)]
pub(crate) struct List {
    client: ApiClient,
    path: String,
    filter: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    oldest_first: bool,
    backwards: bool,
}

/// Every way to read a list; the first is the default.
pub(crate) const WAYS: [Way; 4] = [
    Way { oldest_first: false, backwards: false },
    Way { oldest_first: false, backwards: true },
    Way { oldest_first: true, backwards: false },
    Way { oldest_first: true, backwards: true },
];

impl List {
    pub(crate) fn new(client: &ApiClient, path: &str) -> Self {
        Self { client: client.clone(), path: path.to_owned(), filter: Vec::new() }
    }

    pub(crate) fn only(&self, name: &str, value: &str) -> Self {
        let mut filtered = self.clone();
        filtered.filter.push((name.to_owned(), value.to_owned()));
        filtered
    }

    /// Requests a page with these parameters besides the filters.
    pub(crate) async fn request(&self, parameters: &[(&str, &str)]) -> ApiResponse {
        let mut url = Url::parse("http://any").unwrap();
        let filter = self.filter.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        url.query_pairs_mut().extend_pairs(filter.chain(parameters.iter().copied()));
        self.client.get(&format!("{}?{}", self.path, url.query().unwrap_or_default())).await
    }

    pub(crate) async fn items(&self, parameters: &[(&str, &str)]) -> Vec<Value> {
        self.request(parameters).await.expect(200).items().to_vec()
    }

    /// The ids of all items in the list's own order.
    pub(crate) async fn ids(&self) -> Vec<String> {
        ids(&self.walk(WAYS[0], 100).rest().await.concat())
    }

    /// Reads the list in one way, this many items at a time.
    pub(crate) fn walk(&self, way: Way, size: usize) -> Walk {
        Walk { list: self.clone(), way, size, cursor: None }
    }

    /// Fails unless the list consists of these items, in every order, direction and page size.
    pub(crate) async fn assert_pages(&self, newest_first: &[String]) {
        for (way, size) in WAYS.into_iter().flat_map(|way| [4, 20].map(|size| (way, size))) {
            let mut pages = self.walk(way, size).rest().await;
            let hint = format!("{:?}, {way:?}, {size} on a page", self.filter);
            let short = pages.iter().position(|page| page.len() < size);
            let full = short.is_none_or(|short| short + 1 == pages.len());
            assert!(full, "a page is not full while there is more: {hint}");
            if way.backwards {
                pages.reverse();
            }
            let mut expected = newest_first.to_vec();
            if way.oldest_first {
                expected.reverse();
            }
            assert_eq!(ids(&pages.concat()), expected, "{hint}");
        }
    }

    /// Fails unless each of these values is refused for this parameter, and for no other.
    pub(crate) async fn assert_refused(&self, name: &str, values: &[&str]) {
        for value in values {
            self.request(&[(name, value)]).await.assert_invalid(&[name]);
        }
    }

    /// Fails unless wrong paging parameters are refused, and named all at once together with these other wrong ones.
    pub(crate) async fn assert_reports_every_fault(&self, others: &[(&str, &str)]) {
        let malformed = ["", "1", "0199a3c4", "0199A3C4-5B6D-7E8F-9012-3456789ABCDE", "kat_", "../x", "é"];
        let wrong: [(&str, &[&str]); 5] = [
            ("size", &["", "0", "101", "abc", "-1", "1.5", "+ 5", "99999999999999999999"]),
            ("sort", &["", "UP", "asc", "ASC,DESC"]),
            ("startingAfter", &malformed),
            ("endingBefore", &malformed),
            ("colour", &["red", ""]),
        ];
        let mut parameters = others.to_vec();
        for (name, values) in wrong {
            self.assert_refused(name, values).await;
            parameters.push((name, values[1 % values.len()]));
        }
        for (name, value) in others {
            self.assert_refused(name, &[value]).await;
        }
        let response = self.request(&parameters).await.expect(400);
        let reported: BTreeSet<_> = response.invalid_fields().into_iter().collect();
        assert_eq!(reported, parameters.iter().map(|(name, _)| (*name).to_owned()).collect());

        let both = [("startingAfter", UNKNOWN_ID), ("endingBefore", UNKNOWN_ID)];
        self.request(&both).await.assert_invalid(&["endingBefore"]);
        self.request(&[("size", "5"), ("size", "5")]).await.assert_invalid(&["size"]);
    }
}

pub(crate) struct Walk {
    list: List,
    way: Way,
    size: usize,
    cursor: Option<String>,
}

impl Walk {
    /// The next page; empty at the end, from where reading can go on once there are more items.
    pub(crate) async fn next(&mut self) -> Vec<Value> {
        let Way { oldest_first, backwards } = self.way;
        let name = if backwards { "endingBefore" } else { "startingAfter" };
        let size = self.size.to_string();
        let mut parameters = vec![("size", size.as_str())];
        parameters.extend(oldest_first.then_some(("sort", "ASC")));
        // Reading backwards starts from the id beyond the end.
        let end = if oldest_first { Uuid::max() } else { Uuid::nil() }.to_string();
        let beyond = backwards.then_some(end.as_str());
        parameters.extend(self.cursor.as_deref().or(beyond).map(|cursor| (name, cursor)));
        let page = self.list.items(&parameters).await;
        assert!(page.len() <= self.size, "{} items on a page of {}", page.len(), self.size);
        let next = if backwards { page.first() } else { page.last() };
        self.cursor = next.map(id).or(self.cursor.take());
        page
    }

    /// All pages up to the end, in the order in which they're read.
    pub(crate) async fn rest(mut self) -> Vec<Vec<Value>> {
        let mut pages = Vec::new();
        loop {
            let page = self.next().await;
            if page.is_empty() {
                return pages;
            }
            pages.push(page);
        }
    }
}

pub(crate) fn id(item: &Value) -> String {
    item["id"].as_str().unwrap().to_owned()
}

pub(crate) fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(id).collect()
}
