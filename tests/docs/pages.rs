//! Markdown pages of the workspace and their fenced blocks.

use std::path::{Path, PathBuf};

/// Folders without pages of this project.
const IGNORED: [&str; 3] = ["target", "node_modules", ".git"];

/// A Markdown file.
pub(crate) struct Page {
    /// Relative to the workspace.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Block {
    /// Path and line, for failure messages.
    pub(crate) location: String,
    /// The info string of the fence.
    pub(crate) language: String,
    pub(crate) text: String,
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The page at this path.
pub(crate) fn page(path: &str) -> Page {
    Page { path: path.to_owned(), text: std::fs::read_to_string(root().join(path)).unwrap() }
}

/// All pages, sorted by path.
pub(crate) fn pages() -> Vec<Page> {
    let mut paths = Vec::new();
    collect(&root(), &mut paths);
    paths.sort();
    paths.iter().map(|path| page(path.strip_prefix(root()).unwrap().to_str().unwrap())).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !IGNORED.iter().any(|name| path.ends_with(name)) {
                collect(&path, paths);
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
}

impl Page {
    /// Its fenced blocks, including those inside list items.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<(Block, usize)> = None;
        for (index, line) in self.text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            match (line.trim_start().strip_prefix("```"), &mut open) {
                (Some(language), None) => {
                    let location = format!("{}:{}", self.path, index + 1);
                    let language = language.trim().to_owned();
                    open = Some((Block { location, language, text: String::new() }, indent));
                }
                (Some(_), Some(_)) => blocks.extend(open.take().map(|(block, _)| block)),
                (None, Some((block, indent))) => {
                    block.text.extend([line.get(*indent..).unwrap_or_default(), "\n"]);
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: unterminated block", self.path);
        blocks
    }

    /// The only block that starts with this text.
    pub(crate) fn block(&self, start: &str) -> String {
        let mut blocks = self.blocks();
        blocks.retain(|block| block.text.starts_with(start));
        assert_eq!(blocks.len(), 1, "{}: blocks that start with {start}", self.path);
        blocks.remove(0).text
    }

    /// The text without its fenced blocks.
    pub(crate) fn prose(&self) -> String {
        let mut inside = false;
        let mut prose = String::new();
        for line in self.text.lines() {
            let fence = line.trim_start().starts_with("```");
            inside ^= fence;
            prose.push_str(if inside || fence { "" } else { line });
            prose.push('\n');
        }
        prose
    }
}
