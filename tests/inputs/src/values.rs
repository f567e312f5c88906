//! The lists of values that inputs are built from, in `values.json`.

use std::sync::LazyLock;

use serde_json::Value;

static VALUES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("values.json")).expect("valid JSON"));

/// The list at this JSON pointer.
pub(crate) fn list(pointer: &str) -> Vec<&'static Value> {
    let list = VALUES.pointer(pointer).and_then(Value::as_array);
    list.unwrap_or_else(|| panic!("no list {pointer}")).iter().collect()
}

/// The list of strings at this JSON pointer.
pub(crate) fn strings(pointer: &str) -> Vec<&'static str> {
    list(pointer).into_iter().map(|value| value.as_str().expect("a string")).collect()
}

/// The number at this JSON pointer.
pub(crate) fn number(pointer: &str) -> Option<usize> {
    VALUES.pointer(pointer)?.as_u64()?.try_into().ok()
}
