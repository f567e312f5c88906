//! Reads a TOML table and collects every fault with its line, instead of stopping at the first.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A fault of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// The faults found so far in a text.
pub(super) struct Faults<'a> {
    text: &'a str,
    found: RefCell<Vec<Fault>>,
}

impl<'a> Faults<'a> {
    pub(super) const fn of(text: &'a str) -> Self {
        Self { text, found: RefCell::new(Vec::new()) }
    }

    pub(super) fn report(&self, span: &Range<usize>, what: impl Into<String>) {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        self.found.borrow_mut().push(Fault { line, what: what.into() });
    }

    /// All of them, in the order of their lines.
    pub(super) fn finish(self) -> Vec<Fault> {
        let mut found = self.found.into_inner();
        found.sort();
        found.dedup();
        found
    }
}

/// A value with the place where it was found.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// A table that is being read.
pub(super) struct Section<'a> {
    /// Its name in messages, with a dot at the end, or empty.
    prefix: String,
    table: &'a DeTable<'a>,
    pub(super) span: Range<usize>,
    read: RefCell<BTreeSet<&'a str>>,
    pub(super) faults: &'a Faults<'a>,
}

impl<'a> Section<'a> {
    pub(super) fn new(
        name: &str,
        table: &'a DeTable<'a>,
        span: Range<usize>,
        faults: &'a Faults<'a>,
    ) -> Self {
        let prefix = if name.is_empty() { String::new() } else { format!("{name}.") };
        Self { prefix, table, span, read: RefCell::default(), faults }
    }

    /// A key's name in messages.
    pub(super) fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    fn value(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.read.borrow_mut().insert(key);
        self.table.get(key)
    }

    /// Reports that a value has another form.
    fn expect<T>(&self, key: &str, value: &Spanned<DeValue<'_>>, form: &str, found: Option<T>) -> Option<T> {
        if found.is_none() {
            let text = format!("`{}` must be {form}", self.name(key));
            self.faults.report(&value.span(), text);
        }
        found
    }

    pub(super) fn string(&self, key: &'static str) -> Option<Placed<String>> {
        let value = self.value(key)?;
        let text = value.as_ref().as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
        let text = self.expect(key, value, "a text", text)?;
        Some(Placed { value: text, span: value.span() })
    }

    /// A text that `parse` understands; its error completes "`key` …".
    pub(super) fn parsed<T>(
        &self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.string(key)?;
        match parse(&text.value) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.faults.report(&text.span, format!("`{}` {problem}", self.name(key)));
                None
            }
        }
    }

    /// A list of texts, not empty.
    pub(super) fn strings(&self, key: &'static str) -> Option<Vec<String>> {
        let value = self.value(key)?;
        let texts = value.as_ref().as_array().and_then(|items| {
            items.iter().map(|item| item.as_ref().as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        self.expect(key, value, "a list of texts", texts.filter(|texts| !texts.is_empty()))
    }

    pub(super) fn required<T>(&self, key: &str, found: Option<T>) -> Option<T> {
        if found.is_none() && !self.table.contains_key(key) {
            self.faults.report(&self.span, format!("`{}` is missing", self.name(key)));
        }
        found
    }

    /// The tables of an array, such as `[[targets]]`.
    pub(super) fn tables(&self, key: &'static str) -> Vec<Section<'a>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let items = value.as_ref().as_array().filter(|items| items.iter().all(|it| it.as_ref().is_table()));
        let Some(items) = self.expect(key, value, "an array of tables", items) else { return Vec::new() };
        let section = |item: &'a Spanned<DeValue<'a>>| {
            let table = item.as_ref().as_table()?;
            Some(Section::new(&self.name(key), table, item.span(), self.faults))
        };
        items.iter().filter_map(section).collect()
    }

    /// The tables below a key, with their names, such as `[tokens.partner]`.
    pub(super) fn named_tables(&self, key: &'static str) -> Vec<(Placed<String>, Section<'a>)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let tables = self.expect(key, value, "a table", value.as_ref().as_table());
        let mut found = Vec::new();
        for (name, value) in tables.into_iter().flatten() {
            let path = format!("{}.{}", self.name(key), name.as_ref());
            let Some(table) = self.expect(&path, value, "a table", value.as_ref().as_table()) else {
                continue;
            };
            let placed = Placed { value: name.as_ref().to_string(), span: name.span() };
            found.push((placed, Section::new(&path, table, name.span(), self.faults)));
        }
        found
    }

    /// Whether a key is there, without reading it.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Reports every key that nobody has read.
    pub(super) fn finish(&self) {
        let read = self.read.borrow();
        for (key, _) in self.table {
            let name = key.as_ref().as_ref();
            if !read.contains(name) {
                let like = read.iter().find(|known| is_like(known, name));
                let hint = like.map(|known| format!(": did you mean `{known}`?")).unwrap_or_default();
                self.faults.report(&key.span(), format!("`{}` is unknown{hint}", self.name(name)));
            }
        }
    }
}

/// Whether two keys differ in their separators, or in one or two letters.
fn is_like(known: &str, name: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let (known, name) = (plain(known), plain(name));
    known == name || distance(known.as_bytes(), name.as_bytes()) <= known.len().div_ceil(3).min(2)
}

/// Levenshtein's distance.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
