//! The fuzzer's package, which a stable toolchain doesn't build, holds a program for every target and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use keyturn_inputs::TARGETS;

fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

fn program(target: &str) -> String {
    format!(
        "//! Fuzzes `keyturn_inputs::{target}`.\n\n#![no_main]\n\n\
         libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::{target}(data));\n"
    )
}

#[test]
fn every_target_has_a_program_that_calls_it() {
    let folder = package().join("fuzz_targets");
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let expected: BTreeSet<_> = TARGETS.iter().map(|(name, _)| format!("{name}.rs")).collect();
    assert_eq!(files.collect::<BTreeSet<_>>(), expected);
    for (name, _) in TARGETS {
        assert_eq!(fs::read_to_string(folder.join(format!("{name}.rs"))).unwrap(), program(name));
    }
}

#[test]
fn every_program_stands_in_the_manifest() {
    let manifest: toml::Table = fs::read_to_string(package().join("Cargo.toml")).unwrap().parse().unwrap();
    let programs = manifest["bin"].as_array().unwrap().iter();
    let programs: Vec<_> = programs
        .map(|bin| (bin["name"].as_str().unwrap(), bin["path"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(programs, TARGETS.map(|(name, _)| (name, format!("fuzz_targets/{name}.rs"))));
    assert_eq!(manifest["package"]["metadata"]["cargo-fuzz"].as_bool(), Some(true));
    assert!(manifest["dependencies"].get("keyturn-inputs").is_some());
}
