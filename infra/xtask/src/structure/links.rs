//! Links of the documentation to files of this repository: what they name must be there.

use std::path::Path;

use super::Problems;
use super::layout::File;

/// The relative links of a Markdown file that lead nowhere.
pub(crate) fn check(root: &Path, file: &File) -> Problems {
    let folder = root.join(Path::new(&file.path).parent().unwrap_or(Path::new("")));
    let is_there = |target: &&str| folder.join(target.split('#').next().unwrap_or_default()).exists();
    let broken = targets(&file.text).filter(|target| !is_there(target));
    broken.map(|target| format!("{}: the link to {target} leads nowhere", file.path)).collect()
}

/// What inline links and pictures name inside the repository.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let after_texts = text.split("](").skip(1);
    let targets = after_texts.filter_map(|rest| rest.split([')', ' ']).next());
    targets.filter(|target| !target.contains("://") && !target.starts_with(['#', '/']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(text: &str) -> Problems {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("docs/images")).unwrap();
        std::fs::write(root.path().join("docs/images/list.webp"), "").unwrap();
        check(root.path(), &File { path: "docs/page.md".to_owned(), text: text.to_owned() })
    }

    #[test]
    fn files_folders_headings_and_other_sites_are_fine() {
        let text = "![The list](images/list.webp \"title\") [folder](images) [root](../docs/images/list.webp#top) \
                    [here](#heading) [there](https://example.com/page) no link (images/none)";
        assert!(problems_of(text).is_empty());
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let problems = problems_of("[one](images/list.webp) and ![two](list.webp)\n[three](../README.md)");
        assert_eq!(
            problems,
            [
                "docs/page.md: the link to list.webp leads nowhere",
                "docs/page.md: the link to ../README.md leads nowhere"
            ]
        );
    }
}
