//! Markdown pages of the workspace and their fenced blocks.

use std::process::Command;

pub(crate) use keyturn_harness::tools::root;

pub(crate) struct Page {
    /// Relative to the workspace.
    pub(crate) path: String,
    pub(crate) text: String,
}

#[derive(Debug)]
pub(crate) struct Block {
    /// Path and line, for failure messages.
    pub(crate) location: String,
    /// The info string of the fence.
    pub(crate) language: String,
    pub(crate) text: String,
}

pub(crate) fn page(path: &str) -> Page {
    Page { path: path.to_owned(), text: std::fs::read_to_string(root().join(path)).unwrap() }
}

/// All pages that git doesn't ignore, sorted by path.
pub(crate) fn pages() -> Vec<Page> {
    let mut git = Command::new("git");
    git.current_dir(root()).args(["ls-files", "--cached", "--others", "--exclude-standard", "*.md"]);
    let listed = String::from_utf8(git.output().unwrap().stdout).unwrap();
    assert!(!listed.is_empty(), "git lists no page");
    listed.lines().map(page).collect()
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

    pub(crate) fn block(&self, start: &str) -> String {
        let mut blocks = self.blocks();
        blocks.retain(|block| block.text.starts_with(start));
        assert_eq!(blocks.len(), 1, "{}: blocks that start with {start}", self.path);
        blocks.remove(0).text
    }

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
