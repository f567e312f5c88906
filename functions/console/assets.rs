//! The console's embedded files and the page that references them.

use lambda_http::http::header::HeaderValue;
use sha2::{Digest as _, Sha256};

use super::lean::lean;

/// The folder of the files, below the page's path.
const FOLDER: &str = "assets";

const PAGE: &str = include_str!("assets/index.html");

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("assets/", $name)))),+]
    };
}

/// Every file except the page, by name.
const FILES: &[(&str, &str)] = files![
    "actions.js",
    "api.js",
    "base.css",
    "bulk.js",
    "cells.js",
    "clipboard.js",
    "de.js",
    "detail.css",
    "detail.js",
    "dialog.js",
    "dom.js",
    "en.js",
    "form.css",
    "form.js",
    "format.js",
    "history.js",
    "i18n.js",
    "icon.svg",
    "icons.js",
    "list.css",
    "list.js",
    "main.js",
    "mass-renewal.js",
    "multiselect.js",
    "notice.js",
    "overview.css",
    "overview.js",
    "people.js",
    "secret.js",
    "session.js",
    "signin.js",
    "theme.css",
    "timeline.js",
    "token-dialogs.js",
];

/// Texts, of which a browser loads one language.
const LANGUAGES: [&str; 2] = ["de.js", "en.js"];

/// The page and its files as served.
pub(crate) struct Assets {
    /// The page.
    pub(crate) page: String,
    /// The hash of all files: part of every file's path, so that files can be cached for ever.
    pub(crate) version: String,
    files: Vec<File>,
}

struct File {
    name: &'static str,
    text: String,
}

impl Assets {
    /// Loads the embedded files.
    pub(crate) fn new() -> Self {
        let mut files: Vec<_> =
            FILES.iter().map(|(name, source)| File { name, text: lean(extension(name), source) }).collect();
        files.sort_by_key(|file| file.name);
        let version = version(&files);
        let folder = format!("/console/{FOLDER}/{version}");
        let head: Vec<_> = files.iter().filter_map(|file| link(file.name, &folder)).collect();
        let page = PAGE.replace("{head}", &head.join("\n")).replace("{assets}", &folder);
        Self { page, version, files }
    }

    /// The text and content type of a file, if its path has this version.
    pub(crate) fn find(&self, path: &str) -> Option<(&str, HeaderValue)> {
        let name =
            path.strip_prefix(FOLDER)?.strip_prefix('/')?.strip_prefix(&self.version)?.strip_prefix('/')?;
        let file = self.files.iter().find(|file| file.name == name)?;
        Some((&file.text, kind(file.name)))
    }
}

fn version(files: &[File]) -> String {
    let mut hash = Sha256::new_with_prefix(PAGE);
    for file in files {
        hash.update(file.name);
        hash.update([0]);
        hash.update(&file.text);
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..8])
}

/// The tag that makes the browser fetch a file early, so that all files load in parallel; none for texts, since the browser
/// knows its user's language.
fn link(name: &str, folder: &str) -> Option<String> {
    match extension(name) {
        _ if LANGUAGES.contains(&name) => None,
        "css" => Some(format!("<link rel=\"stylesheet\" href=\"{folder}/{name}\">")),
        "js" => Some(format!("<link rel=\"modulepreload\" href=\"{folder}/{name}\">")),
        _ => None,
    }
}

fn kind(name: &str) -> HeaderValue {
    HeaderValue::from_static(match extension(name) {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    })
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/console/assets");
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "index.html")
            .collect();
        names.sort();
        assert_eq!(FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
    }

    #[test]
    fn what_a_browser_loads_stays_below_the_size_limit_in_each_language() {
        let assets = Assets::new();
        for language in LANGUAGES {
            let loaded =
                assets.files.iter().filter(|file| file.name == language || !LANGUAGES.contains(&file.name));
            let total = assets.page.len() + loaded.map(|file| file.text.len()).sum::<usize>();
            assert!(total < 130_000, "{language}: {total} bytes");
        }
    }

    #[test]
    fn the_page_references_existing_files_only() {
        let assets = Assets::new();
        let mut named = 0;
        for address in assets.page.split('"').filter_map(|part| part.strip_prefix("/console/")) {
            assert!(assets.find(address).is_some(), "{address}");
            named += 1;
        }
        // The icon and two scripts besides, and neither the icon nor a language as a link.
        assert_eq!(named, FILES.len() - LANGUAGES.len() - 1 + 3, "{}", assets.page);
        assert!(!assets.page.contains('{'), "{}", assets.page);
    }

    #[test]
    fn other_versions_are_not_served() {
        let assets = Assets::new();
        assert!(assets.find(&format!("assets/{}/main.js", assets.version)).is_some());
        for path in ["assets/0000000000000000/main.js", "assets/main.js", "main.js", "assets//main.js", ""] {
            assert!(assets.find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn the_version_follows_the_content() {
        let file = |text: &str| [File { name: "a.js", text: text.to_owned() }];
        assert_eq!(version(&file("1")), version(&file("1")));
        assert_ne!(version(&file("1")), version(&file("2")));
    }
}
