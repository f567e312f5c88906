//! The files of the console, embedded in the binary, and the page that names them.

use lambda_http::http::header::HeaderValue;
use sha2::{Digest as _, Sha256};

/// Where the files are, below the page's own path.
const FOLDER: &str = "assets";

const PAGE: &str = include_str!("assets/index.html");

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("assets/", $name)))),+]
    };
}

/// Every file but the page, by its name.
const FILES: &[(&str, &str)] = files![
    "actions.js",
    "api.js",
    "base.css",
    "choice.js",
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
    "notice.js",
    "secret.js",
    "session.js",
    "settings.js",
    "signin.js",
    "signs.js",
    "theme.css",
    "timeline.js",
];

/// All files as they are served.
pub(crate) struct Assets {
    /// The page.
    pub(crate) page: String,
    /// What tells this version of page and files from others: it is part of every file's path, so a file may be kept for ever.
    pub(crate) version: String,
    files: Vec<File>,
}

struct File {
    name: &'static str,
    text: String,
}

impl Assets {
    /// The embedded files.
    pub(crate) fn new() -> Self {
        let mut files: Vec<_> =
            FILES.iter().map(|(name, source)| File { name, text: lean(name, source) }).collect();
        files.sort_by_key(|file| file.name);
        let version = version(&files);
        let folder = format!("/console/{FOLDER}/{version}");
        let head: Vec<_> = files.iter().filter_map(|file| link(file.name, &folder)).collect();
        let page = PAGE.replace("{head}", &head.join("\n")).replace("{assets}", &folder);
        Self { page, version, files }
    }

    /// The text and the kind of the file at a path below the page's, if it is of this version.
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
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What the page says of a file before anything runs, so that the browser fetches all of them at once.
fn link(name: &str, folder: &str) -> Option<String> {
    match extension(name) {
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

/// Leaves out indentation and the lines that are nothing but comment: a quarter of what people write, and nothing that
/// a browser needs. A comment stands on lines of its own, and no text spans lines.
fn lean(name: &str, source: &str) -> String {
    if extension(name) == "svg" {
        return source.to_owned();
    }
    let mut inside = false;
    let mut lines = String::with_capacity(source.len());
    for line in source.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let is_comment = inside || line.starts_with("//") || line.starts_with("/*");
        inside = (inside || line.starts_with("/*")) && !line.ends_with("*/");
        if !is_comment {
            lines.push_str(line);
            lines.push('\n');
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "index.html")
            .collect();
        names.sort();
        assert_eq!(FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
    }

    #[test]
    fn everything_together_is_small() {
        let assets = Assets::new();
        let total = assets.page.len() + assets.files.iter().map(|file| file.text.len()).sum::<usize>();
        assert!(total < 100_000, "{total} bytes");
    }

    #[test]
    fn the_page_names_only_files_that_are_there() {
        let assets = Assets::new();
        let mut named = 0;
        for address in assets.page.split('"').filter_map(|part| part.strip_prefix("/console/")) {
            assert!(assets.find(address).is_some(), "{address}");
            named += 1;
        }
        assert!(named > FILES.len(), "{}", assets.page);
        assert!(!assets.page.contains('{'), "{}", assets.page);
    }

    #[test]
    fn another_version_is_not_served_as_this_one() {
        let assets = Assets::new();
        assert!(assets.find(&format!("assets/{}/main.js", assets.version)).is_some());
        for path in ["assets/0000000000000000/main.js", "assets/main.js", "main.js", "assets//main.js", ""] {
            assert!(assets.find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn another_text_is_another_version() {
        let file = |text: &str| [File { name: "a.js", text: text.to_owned() }];
        assert_eq!(version(&file("1")), version(&file("1")));
        assert_ne!(version(&file("1")), version(&file("2")));
    }

    #[test]
    fn only_comments_and_indentation_are_left_out() {
        let source =
            "// one\n\n/**\n * two\n */\nconst a = 'x // y';\n  /** three */\n  b(); // four\n/* five */\n";
        assert_eq!(lean("a.js", source), "const a = 'x // y';\nb(); // four\n");
    }
}
