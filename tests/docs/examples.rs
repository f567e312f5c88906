//! No example is passed over: each block is run, checked, or stands here with the reason why it can't be.

use saphyr::{LoadableYamlNode as _, Yaml};

use crate::bodies;
use crate::pages::{Block, pages};
use crate::tour;

/// Blocks that nothing here can run, by page and first line.
const UNCHECKED: [(&str, &str, &str); 4] = [
    (".github/CONTRIBUTING.md", "sweep: stop", "an example of a commit message"),
    (
        "shared/verification/README.md",
        "use keyturn_verification",
        "a documentation test of the crate compiles it",
    ),
    ("infra/docs/architecture.md", "domain  <-", "a picture; what it shows is a check of `cargo xtask test`"),
    (
        "infra/docs/operate.md",
        "fields @timestamp",
        "a query of CloudWatch Logs Insights, which has no stand-in",
    ),
];

fn blocks() -> Vec<Block> {
    pages().iter().flat_map(|page| page.blocks()).collect()
}

/// What is wrong with a block that isn't shell.
fn fault(block: &Block) -> Option<String> {
    let Block { place, language, text, .. } = block;
    match language.as_str() {
        // Commands are looked at in `commands.rs`, and the README's tour runs.
        "sh" => None,
        "json" if bodies::EXAMPLES.iter().any(|start| text.starts_with(start)) => None,
        "json" => Some(format!("{place}: `bodies.rs` compares it with nothing")),
        "yaml" => Yaml::load_from_str(text).err().map(|error| format!("{place}: {error}")),
        "mermaid" => {
            let known = ["sequenceDiagram", "stateDiagram-v2", "flowchart "];
            let is_diagram = known.iter().any(|kind| text.starts_with(kind));
            (!is_diagram).then(|| format!("{place}: no diagram that mermaid knows"))
        }
        _ if UNCHECKED.iter().any(|(page, start, _)| *page == block.page && text.starts_with(start)) => None,
        _ => Some(format!("{place}: `{language}` is neither run nor checked nor listed with a reason")),
    }
}

#[test]
fn every_block_is_run_checked_or_listed() {
    let faults: Vec<_> = blocks().iter().filter_map(fault).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_shell_block_of_the_readme_runs() {
    let readme = blocks().into_iter().filter(|block| block.page == "README.md" && block.language == "sh");
    let (run, others): (Vec<_>, Vec<_>) =
        readme.partition(|block| tour::BLOCKS.iter().any(|it| block.text.starts_with(it)));
    assert_eq!(run.len(), tour::BLOCKS.len(), "the tour and its test differ: {run:#?}");
    // What deploys can't run without an account; `commands.rs` looks at it.
    assert!(others.iter().all(|block| block.text.contains("cargo xtask sam")), "{others:#?}");
}

#[test]
fn every_listed_block_is_there() {
    for (page, start, reason) in UNCHECKED {
        let there = blocks().iter().any(|block| block.page == page && block.text.starts_with(start));
        assert!(there && !reason.is_empty(), "{page} has no such block any more: {start}");
    }
}

#[test]
fn a_block_that_is_wrong_or_unknown_is_found() {
    let block = |language: &str, text: &str| Block {
        place: "page.md:1".to_owned(),
        page: "page.md".to_owned(),
        language: language.to_owned(),
        text: text.to_owned(),
    };
    for (language, text) in [("json", "{}"), ("yaml", "a: ["), ("mermaid", "art"), ("", "x"), ("perl", "x")] {
        assert!(fault(&block(language, text)).is_some(), "{language}");
    }
    assert_eq!(fault(&block("json", bodies::EXAMPLES[0])), None);
}
