//! Links lead to files and headings that exist, and so does every path that a page names.

use std::path::{Path, PathBuf};

use regex::Regex;

use crate::pages::{Page, pages, root};

/// A heading's anchor, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let lower = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = lower.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn anchors(path: &Path) -> Vec<String> {
    let page = Page { path: String::new(), text: std::fs::read_to_string(path).unwrap() };
    page.prose().lines().filter(|line| line.starts_with('#')).map(anchor).collect()
}

/// Links of a page that lead nowhere.
fn broken(page: &Page, folder: &Path) -> Vec<String> {
    let link = Regex::new(r#"\]\(([^)\s]+)(?: "[^"]*")?\)"#).unwrap();
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

fn folder(page: &Page) -> PathBuf {
    root().join(&page.path).parent().unwrap().to_owned()
}

#[test]
fn every_relative_link_and_anchor_leads_somewhere() {
    let broken: Vec<_> = pages().iter().flat_map(|page| broken(page, &folder(page))).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_path_that_is_named_exists() {
    let named = Regex::new(r"`((?:infra|functions|shared|tests)/[\w./-]+|template\.yaml)`").unwrap();
    let mut gone = Vec::new();
    for page in pages() {
        let paths = named.captures_iter(&page.text).map(|found| found[1].to_owned());
        gone.extend(
            paths.filter(|path| !root().join(path).exists()).map(|path| format!("{}: {path}", page.path)),
        );
    }
    assert!(gone.is_empty(), "{gone:#?}");
}

#[test]
fn every_page_can_be_reached_from_the_readme() {
    let all = pages();
    let readme = &all[0].text;
    let folders = ["infra/docs/decisions", "infra/receivers"];
    let unlinked: Vec<_> = all[1..]
        .iter()
        .filter(|page| page.path != ".github/PULL_REQUEST_TEMPLATE.md")
        .filter(|page| !readme.contains(&format!("({})", page.path)))
        .filter(|page| {
            let under = folders.iter().find(|folder| page.path.starts_with(**folder));
            !under.is_some_and(|folder| readme.contains(&format!("({folder})")))
        })
        .map(|page| &page.path)
        .collect();
    assert!(unlinked.is_empty(), "{unlinked:?}");
}

#[test]
fn a_link_to_nowhere_is_found() {
    let text = "[a](README.md) [b](gone.md) [c](README.md#gone) [d](#here)\n# Here\n[e](https://example.com/gone)\n\
                ![f](infra/docs/images/gone.webp \"gone\") [g](infra/docs/images) ![h](template.yaml \"there\")";
    let page = Page { path: "README.md".to_owned(), text: text.to_owned() };
    let broken = broken(&page, &root());
    let expected = ["gone.md", "README.md#gone", "#here", "infra/docs/images/gone.webp"];
    assert_eq!(broken, expected.map(|target| format!("README.md: {target}")));
    assert_eq!(anchor("## What's *here*, `a` to b?"), "whats-here-a-to-b");
}
