//! Ids of users and groups by name, from the machine's files: a static binary has no name service.

use std::path::Path;

/// The id of a user or group: a number, or a name in `/etc/passwd` or `/etc/group`.
pub(super) fn id(file: &Path, name: &str) -> Result<u32, String> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let text = std::fs::read_to_string(file).unwrap_or_default();
    find(&text, name).ok_or_else(|| format!("is not in {}: give its number", file.display()))
}

fn find(text: &str, name: &str) -> Option<u32> {
    let mut entries = text.lines().map(|line| line.split(':'));
    entries.find_map(|mut fields| (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_names_and_takes_numbers() {
        let text = "root:x:0:0:root:/root:/bin/sh\napp:x:1001:1002::/:/bin/false\n";
        assert_eq!((find(text, "app"), find(text, "ap"), find(text, "")), (Some(1001), None, None));
        assert_eq!(id(Path::new("/nowhere"), "7"), Ok(7));
        assert!(id(Path::new("/nowhere"), "app").unwrap_err().contains("give its number"));
    }
}
