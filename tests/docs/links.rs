//! Links, anchors and paths on the pages refer to existing targets.

use std::path::{Path, PathBuf};

use regex::Regex;

use crate::pages::{Page, page, pages, root};

/// The anchor that GitHub generates for a heading.
fn anchor(heading: &str) -> String {
    let lower = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = lower.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn anchors(path: &Path) -> Vec<String> {
    let page = Page { path: String::new(), text: std::fs::read_to_string(path).unwrap() };
    page.prose().lines().filter(|line| line.starts_with('#')).map(anchor).collect()
}

/// Relative links of a page without an existing target.
fn broken(page: &Page) -> Vec<String> {
    let link = Regex::new(r#"\]\(([^)\s]+)(?: "[^"]*")?\)"#).unwrap();
    let folder: PathBuf = root().join(&page.path).parent().unwrap().to_owned();
    let prose = page.prose();
    let targets = link.captures_iter(&prose).map(|found| found[1].to_owned());
    let local = targets.filter(|target| !target.starts_with("https://") && !target.starts_with("http://"));
    local
        .filter(|target| {
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if path.is_empty() { root().join(&page.path) } else { folder.join(path) };
            !file.exists() || (!heading.is_empty() && !anchors(&file).contains(&heading.to_owned()))
        })
        .map(|target| format!("{}: {target}", page.path))
        .collect()
}

#[test]
fn relative_links_and_anchors_exist() {
    let broken: Vec<_> = pages().iter().flat_map(broken).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn paths_in_code_spans_exist() {
    let code = Regex::new(r"`((?:infra|functions|shared|tests)/[\w./-]+|template\.yaml)`").unwrap();
    let mut missing = Vec::new();
    for page in pages() {
        let paths = code.captures_iter(&page.text).map(|found| found[1].to_owned());
        missing
            .extend(paths.filter(|path| !root().join(path).exists()).map(|path| (page.path.clone(), path)));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_readme_links_to_every_page() {
    let readme = page("README.md").text;
    let linked = |path: &str| readme.contains(&format!("({path})"));
    let mut unlinked: Vec<_> = pages().into_iter().map(|page| page.path).collect();
    unlinked.retain(|path| {
        let folder = ["infra/docs/decisions", "infra/receivers"].into_iter().find(|it| path.starts_with(it));
        // GitHub itself offers the template.
        let offered = ["README.md", ".github/PULL_REQUEST_TEMPLATE.md"].contains(&path.as_str());
        !offered && !linked(folder.unwrap_or(path))
    });
    assert!(unlinked.is_empty(), "{unlinked:?}");
}

#[test]
fn detects_broken_links() {
    let text = "[a](README.md) [b](gone.md) [c](README.md#gone) [d](#here)\n# Here\n[e](https://example.com/gone)\n\
                ![f](infra/docs/images/gone.webp \"gone\") [g](infra/docs/images) ![h](template.yaml \"there\")";
    let page = Page { path: "README.md".to_owned(), text: text.to_owned() };
    let expected = ["gone.md", "README.md#gone", "#here", "infra/docs/images/gone.webp"];
    assert_eq!(broken(&page), expected.map(|target| format!("README.md: {target}")));
    assert_eq!(anchor("## What's *here*, `a` to b?"), "whats-here-a-to-b");
}
