//! What is installed beside the binary, checked by what can check it on this machine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use keyturn_agent::config::Config;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap()
}

/// Runs a tool; `None` if this machine hasn't got it.
fn run(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let printed = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&printed).into_owned()))
}

#[test]
fn the_configuration_in_the_readme_is_valid() {
    let readme = text("README.md");
    let example = readme.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0;
    let config = Config::parse(example).unwrap();
    assert_eq!(config.tokens["partner"].targets.len(), 2);
    // What is commented out is valid as well.
    let all: Vec<_> = example.lines().map(|line| line.strip_prefix('#').unwrap_or(line)).collect();
    Config::parse(&all.join("\n")).unwrap();
}

#[test]
fn the_configuration_in_the_manifest_is_valid() {
    let manifest = text("packaging/kubernetes.yaml");
    let block = manifest.split_once("keyturn.toml: |\n").unwrap().1.split_once("\n---").unwrap().0;
    let config: Vec<_> = block.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    assert_eq!(Config::parse(&config.join("\n")).unwrap().tokens["partner"].actions.len(), 1);
}

#[test]
fn systemd_accepts_the_units() {
    // Verified with a program that exists, so that only the units are judged.
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for name in ["keyturn.service", "keyturn-once.service", "keyturn-once.timer"] {
        let unit = text(&format!("packaging/{name}")).replace("/usr/local/bin/keyturn", "/bin/true");
        let path = folder.path().join(name);
        std::fs::write(&path, unit.replace("#LoadCredential", "LoadCredential")).unwrap();
        paths.push(path.display().to_string());
    }
    let arguments: Vec<_> =
        ["verify", "--man=no"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    if let Some((success, printed)) = run("systemd-analyze", &arguments) {
        assert!(success && !printed.contains("keyturn"), "{printed}");
    }
}

#[test]
fn kubectl_knows_every_field_of_the_manifest() {
    let path = file("packaging/kubernetes.yaml").display().to_string();
    let arguments = ["label", "--local", "--dry-run=client", "-o", "yaml", "-f", &path, "a=b"];
    if let Some((success, printed)) = run("kubectl", &arguments) {
        assert!(success, "{printed}");
        // What the types of Kubernetes don't know is dropped.
        for field in text("packaging/kubernetes.yaml").lines().filter_map(|line| line.split_once(':')) {
            let name = field.0.trim().trim_start_matches("- ");
            let is_field = name.chars().all(|it| it.is_ascii_alphanumeric()) && !name.starts_with('#');
            assert!(!is_field || printed.contains(&format!("{name}:")), "{name} is unknown:\n{printed}");
        }
    }
}

#[test]
fn the_image_is_an_oci_layout() {
    let folder = tempfile::tempdir().unwrap();
    let (binary, output) = (folder.path().join("keyturn"), folder.path().join("image.tar"));
    std::fs::write(&binary, "binary").unwrap();
    std::fs::write(folder.path().join("authorities"), "pem").unwrap();
    let status = Command::new(file("packaging/image.sh"))
        .args([&binary, Path::new("arm64"), &output])
        .env("AUTHORITIES", folder.path().join("authorities"))
        .status()
        .unwrap();
    assert!(status.success());
    let listed = run("tar", &["-tf", output.to_str().unwrap()]).unwrap().1;
    assert!(listed.contains("./index.json") && listed.contains("./oci-layout"), "{listed}");
    assert_eq!(listed.lines().filter(|line| line.contains("sha256/") && !line.ends_with('/')).count(), 3);
    let read = |name: &str| {
        let arguments = ["-xOf", output.to_str().unwrap(), name];
        serde_json::from_str::<serde_json::Value>(&run("tar", &arguments).unwrap().1).unwrap()
    };
    let digest = read("./index.json")["manifests"][0]["digest"].as_str().unwrap().replace(':', "/");
    assert_eq!(read(&format!("./blobs/{digest}"))["layers"].as_array().unwrap().len(), 1);
}
