//! Programs of the workspace that need nothing else.

use super::{checkout, printed, shell, with_built_programs};
use crate::pages::pages;
use crate::table::{By, of};

/// What would take minutes, and what takes seconds instead.
const SHORTER: [(&str, &str); 1] = [("--seeds 1000", "--seeds 2")];

/// Rows of a table with two columns of numbers: the first cell, then the numbers without commas and stars.
fn rows(text: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| -> Vec<String> {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.replace([',', '*'], "").trim().to_owned()).collect()
    };
    let is_row =
        |row: &Vec<String>| row.len() == 3 && row[1..].iter().all(|cell| cell.parse::<u32>().is_ok());
    text.lines().filter(|line| line.starts_with('|')).map(cells).filter(is_row).collect()
}

#[test]
fn programs_do_what_the_pages_say() {
    let folder = checkout();
    let mut shortened = 0;
    for (command, says) in of(By::Programs) {
        let mut script = with_built_programs(&command);
        assert_ne!(script, command, "no program of the workspace");
        for (long, short) in SHORTER {
            shortened += script.matches(long).count();
            script = script.replace(long, short);
        }
        let said = printed(&mut shell(folder.path(), &script), says);
        if command.ends_with("headline") {
            let (said, shown) = (rows(&said), rows(&pages()[0].text));
            assert!(
                said.len() == 5 && said.iter().all(|row| shown.contains(row)),
                "{said:?} are not in {shown:?}"
            );
        }
    }
    assert_eq!(shortened, SHORTER.len(), "what is shorter here stands on no page");
}

#[test]
fn rows_are_compared_by_their_numbers() {
    let expected = vec![vec!["lost".to_owned(), "0".to_owned(), "1000".to_owned()]];
    assert_eq!(rows("| | a | b |\n| --- | ---: | ---: |\n| lost | **0** | 1,000 |\n| one | 2 |"), expected);
}
