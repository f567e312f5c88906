//! The pages, and the examples on them.

use std::path::{Path, PathBuf};

/// Folders, wherever they are, in which nothing was written here.
const FOREIGN: [&str; 3] = ["target", "node_modules", ".git"];

/// A page of the documentation.
pub(crate) struct Page {
    /// Relative to the workspace.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A fenced block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Page and line, for messages.
    pub(crate) place: String,
    pub(crate) page: String,
    /// What stands behind the fence.
    pub(crate) language: String,
    pub(crate) text: String,
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All pages of the project, the README first.
pub(crate) fn pages() -> Vec<Page> {
    let mut paths = Vec::new();
    collect(&root(), &mut paths);
    let readme = root().join("README.md");
    paths.sort_by_key(|path| (path != &readme, path.clone()));
    let read = |path: PathBuf| Page {
        path: path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned(),
        text: std::fs::read_to_string(&path).unwrap(),
    };
    paths.into_iter().map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !FOREIGN.iter().any(|name| path.ends_with(name)) {
                collect(&path, paths);
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
}

impl Page {
    /// Its fenced blocks, also those inside lists.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<(Block, usize)> = None;
        for (index, line) in self.text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            match (line.trim_start().strip_prefix("```"), &mut open) {
                (Some(language), None) => {
                    let place = format!("{}:{}", self.path, index + 1);
                    let language = language.trim().to_owned();
                    let block = Block { place, page: self.path.clone(), language, text: String::new() };
                    open = Some((block, indent));
                }
                (Some(_), Some(_)) => blocks.extend(open.take().map(|(block, _)| block)),
                (None, Some((block, indent))) => {
                    block.text.extend([line.get(*indent..).unwrap_or_default(), "\n"]);
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a block that doesn't end", self.path);
        blocks
    }

    /// The text without its blocks: what is prose.
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

#[test]
fn blocks_are_found_wherever_they_stand() {
    let text = "a\n```sh\nls\n```\n1. b\n   ```json\n   {\n     \"c\": 1\n   }\n   ```\n";
    let page = Page { path: "page.md".to_owned(), text: text.to_owned() };
    let found: Vec<_> =
        page.blocks().into_iter().map(|block| (block.place, block.language, block.text)).collect();
    let expected = [("page.md:2", "sh", "ls\n"), ("page.md:6", "json", "{\n  \"c\": 1\n}\n")];
    assert_eq!(found, expected.map(|(place, language, text)| (place.into(), language.into(), text.into())));
    assert_eq!(page.prose(), "a\n\n\n\n1. b\n\n\n\n\n\n");
}

#[test]
fn there_are_pages() {
    let paths: Vec<_> = pages().into_iter().map(|page| page.path).collect();
    for page in ["README.md", "infra/docs/architecture.md", "infra/receivers/python/README.md"] {
        assert!(paths.iter().any(|path| path == page), "{page} is not among {paths:?}");
    }
}
