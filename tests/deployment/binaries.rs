//! `sam build` makes programs that Lambda can run, for both of its processors, with zig as the linker.
//!
//! Unoptimised, since the subject is the way from the template to the program; `infra/docs/deploy.md` has the figures of an
//! optimised build of all functions.

use std::env::consts::{ARCH, OS};
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::bytes::Regex;

use crate::support::{printed, read, root, tool};

/// The function with the fewest dependencies.
const FUNCTION: &str = "Authorizer";

/// Sources that the function must not link: the package's other functions use them.
const FOREIGN: &str = "aws-sdk-eventbridge- aws-sdk-kms- aws-sdk-sesv2- shared/adapters/callback/ shared/adapters/seal/ \
                       standardwebhooks-";

/// The newest glibc that a program may require: that of Amazon Linux 2023.
const GLIBC: (u32, u32) = (2, 34);

/// Builds the function for a processor, from a template that says so.
fn build(architecture: &str) -> PathBuf {
    let folder = root().join("target/deployment").join(architecture);
    std::fs::create_dir_all(&folder).unwrap();
    let template = read("template.yaml");
    assert!(template.contains("    Architectures: [arm64]\n") && template.contains("    CodeUri: .\n"));
    let template = template
        .replace("    Architectures: [arm64]\n", &format!("    Architectures: [{architecture}]\n"))
        .replace("    CodeUri: .\n", &format!("    CodeUri: {}\n", root().display()));
    let path = folder.join("template.yaml");
    std::fs::write(&path, template).unwrap();

    let output = folder.join("build");
    let mut command = tool("sam");
    command.args(["build", FUNCTION, "--template"]).arg(&path).arg("--build-dir").arg(&output);
    command.envs([
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
        ("CARGO_PROFILE_RELEASE_LTO", "off"),
        ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "8"),
    ]);
    // Kept, so that only a first run takes minutes; one for each, so that neither waits for the other.
    command.env("CARGO_TARGET_DIR", folder.join("cargo"));
    command.env("XDG_CACHE_HOME", root().join("target/deployment/cache"));
    let built = command.output().unwrap();
    assert!(built.status.success(), "{}", printed(&built));
    let deployed = std::fs::read_to_string(output.join("template.yaml")).unwrap();
    assert!(deployed.contains(&format!("CodeUri: {FUNCTION}")), "the built template names the program");
    output.join(FUNCTION).join("bootstrap")
}

fn contains(binary: &[u8], text: &str) -> bool {
    binary.windows(text.len()).any(|bytes| bytes == text.as_bytes())
}

/// The machine that an ELF file is for, by the number in its header.
fn machine(binary: &[u8]) -> u16 {
    assert_eq!(&binary[..4], b"\x7fELF");
    u16::from_le_bytes([binary[18], binary[19]])
}

fn newest_glibc(binary: &[u8]) -> (u32, u32) {
    let version = Regex::new(r"GLIBC_(\d+)\.(\d+)").unwrap();
    let number = |bytes: &[u8]| std::str::from_utf8(bytes).unwrap().parse().unwrap();
    version.captures_iter(binary).map(|found| (number(&found[1]), number(&found[2]))).max().unwrap()
}

/// The log of a function without credentials, which can reach neither DynamoDB nor the Lambda runtime, at the most detailed
/// level.
fn log(binary: &Path) -> String {
    let mut command = Command::new(binary);
    command.env_clear().envs(keyturn_local::lambda::variables(FUNCTION, 256, "127.0.0.1:1"));
    command.envs([("AWS_LAMBDA_LOG_LEVEL", "TRACE"), ("KEYTURN_TABLE", "table")]);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// Builds for a processor, by its names in the template, in an ELF file and here.
fn builds_for(architecture: &str, expected: u16, here: &str) {
    let path = build(architecture);
    let binary = std::fs::read(&path).unwrap();
    assert_eq!(machine(&binary), expected, "{architecture}");
    let glibc = newest_glibc(&binary);
    assert!(glibc <= GLIBC, "{architecture} requires glibc {glibc:?}");
    // A binary names the sources of lines that can panic.
    assert!(contains(&binary, "aws-sdk-dynamodb-"), "{architecture}");
    let foreign: Vec<_> = FOREIGN.split_whitespace().filter(|source| contains(&binary, source)).collect();
    assert!(foreign.is_empty(), "{FUNCTION} links code that it does not use: {foreign:?}");
    if (OS, ARCH) == ("linux", here) {
        // The SDK's lines below INFO would hold whole answers, so they aren't even built in.
        let log = log(&path);
        assert!(log.contains("the store failed during start-up"), "{log}");
        assert!(!log.contains("DEBUG") && !log.contains("TRACE"), "{log}");
    }
}

/// `cargo xtask test --all` only: each takes minutes when nothing has been built yet.
mod slow {
    #[test]
    fn sam_builds_for_arm64() {
        super::builds_for("arm64", 183, "aarch64");
    }

    #[test]
    fn sam_builds_for_x86_64() {
        super::builds_for("x86_64", 62, "x86_64");
    }
}
