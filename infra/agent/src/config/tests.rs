//! The configuration: what is accepted, and every fault with its line.

use super::*;

const GOOD: &str = r#"
url = "https://keyturn.example.com/"
state = "/var/lib/keyturn/state.json"
log = "json"
monitor = "127.0.0.1:9464"
listen = "0.0.0.0:8443"

[tokens.partner]
initial-file = "/etc/keyturn/partner"
[[tokens.partner.targets]]
kind = "file"
path = "/run/partner/token"
mode = "0640"
group = "0"
[[tokens.partner.targets]]
kind = "file"
path = "/run/partner/env"
template = "PARTNER_TOKEN={{token}}\n"
[[tokens.partner.targets]]
kind = "secrets-manager"
secret = "partner"
region = "eu-central-1"
[[tokens.partner.targets]]
kind = "ssm"
parameter = "/partner/token"
[[tokens.partner.targets]]
kind = "kubernetes"
secret = "partner"
[[tokens.partner.targets]]
kind = "command"
command = ["/usr/local/bin/put"]
[[tokens.partner.after]]
signal = "SIGHUP"
pid-file = "/run/partner.pid"
[[tokens.partner.after]]
command = ["systemctl", "reload", "partner"]
timeout = "10s"
[[tokens.partner.after]]
restart = "deployment/orders"

[tokens.called]
source = "listen"
path = "/callbacks/called"
signing-secret-credential = "called-secret"
initial-env = "CALLED_TOKEN"
[[tokens.called.targets]]
kind = "file"
path = "/run/called"
"#;

/// The faults of a text, each as `line: what`.
fn faults(text: &str) -> Vec<String> {
    let faults = Config::parse(text).unwrap_err();
    faults.iter().map(|fault| format!("{}: {}", fault.line, fault.what)).collect()
}

#[test]
fn reads_everything_that_the_readme_shows() {
    let config = Config::parse(GOOD).unwrap();
    assert_eq!(config.url, "https://keyturn.example.com");
    assert_eq!((config.json_log, config.timeout), (true, Duration::from_secs(30)));
    let partner = &config.tokens["partner"];
    assert_eq!((partner.targets.len(), partner.actions.len()), (6, 3));
    assert_eq!(partner.plan().targets[0], "file:/run/partner/token");
    assert_eq!(partner.plan().actions[2], "restart deployments/orders in .");
    assert!(matches!(
        &partner.targets[0],
        Target::File { access: Access { mode: 0o640, group: Some(0), .. }, .. }
    ));
    assert!(!config.tokens["called"].plan().pull);
    let Target::File { template, .. } = &partner.targets[1] else { panic!("no file") };
    assert_eq!(template.render(&Secret::new("kat_x".to_owned())).expose(), "PARTNER_TOKEN=kat_x\n");
}

#[test]
fn reports_all_faults_with_their_lines() {
    let text = "urll = \"https://a\"\nlog = 3\n\n[tokens.a]\nsource = \"push\"\n[[tokens.a.targets]]\nkind = \"file\"\nmode = \"0666\"\n\
                [[tokens.a.targets]]\nkind = \"ftp\"\n[[tokens.a.after]]\nsignal = \"KILL\"\npid-file = \"run.pid\"\n";
    assert_eq!(
        faults(text),
        [
            "1: `url` is missing",
            "1: `urll` is unknown: did you mean `url`?",
            "2: `log` must be a text",
            "5: `tokens.a.source` must be \"pull\" or \"listen\"",
            "6: `tokens.a.targets.path` is missing",
            "8: `tokens.a.targets.mode` must not let everybody read the token",
            "10: `tokens.a.targets.kind` must be \"file\", \"command\", \"secrets-manager\", \"ssm\" or \"kubernetes\"",
            "12: `tokens.a.after.signal` must be HUP, INT, QUIT, TERM, USR1 or USR2",
            "13: `tokens.a.after.pid-file` must be an absolute path",
        ]
    );
}

#[test]
fn reports_each_kind_of_fault() {
    let with = |replaced: &str, by: &str| {
        assert!(GOOD.contains(replaced), "{replaced}");
        faults(&GOOD.replace(replaced, by))
    };
    for (replaced, by, expected) in [
        (
            "url = \"https://keyturn.example.com/\"",
            "url = \"http://keyturn.example.com\"",
            "must begin with https://",
        ),
        ("https://keyturn.example.com/", "https://a:b@keyturn.example.com", "no user"),
        ("https://keyturn.example.com/", "keyturn", "must be a URL"),
        ("127.0.0.1:9464", "0.0.0.0:9464", "loopback"),
        ("127.0.0.1:9464", "9464", "address with a port"),
        ("[tokens.called]", "[tokens.\"a b\"]\n[tokens.called]", "a token's name"),
        ("state = \"/var", "state = \"var", "absolute path"),
        ("kind = \"ssm\"", "type = \"ssm\"", "`tokens.partner.targets.kind` is missing"),
        ("group = \"0\"", "group = \"no-such-group\"", "give its number"),
        ("mode = \"0640\"", "mode = \"rw\"", "must be permissions"),
        ("mode = \"0640\"", "mode = \"0040\"", "let the owner read"),
        ("PARTNER_TOKEN={{token}}", "PARTNER_TOKEN={{tokn}}", "must hold {{token}}"),
        ("PARTNER_TOKEN={{token}}", "{{token}} {{expires}}", "no other placeholder"),
        ("timeout = \"10s\"", "timeout = \"10\"", "must be a number with s, m or h"),
        ("deployment/orders", "job/orders", "must be deployment/NAME"),
        ("signal = \"SIGHUP\"", "signal = \"SIGHUP\"\ncommand = [\"x\"]", "needs one of"),
        ("command = [\"/usr/local/bin/put\"]", "command = \"put\"", "must be a list of texts"),
        ("path = \"/callbacks/called\"", "path = \"callbacks\"", "must be a path"),
        ("signing-secret-credential = \"called-secret\"", "", "signing-secret-file` is missing"),
        ("initial-env = \"CALLED_TOKEN\"", "initial-env = \"A\"\ninitial-file = \"/a\"", "give only one of"),
        ("path = \"/run/called\"", "path = \"/run/partner/env\"", "is used twice"),
        ("listen = \"0.0.0.0:8443\"\n", "", "needs `listen` at the top"),
        ("[tokens.called]", "[tokens.called", "unclosed"),
        ("log = \"json\"", "log = \"json\"\nlog = \"text\"", "duplicate key"),
        ("initial-file", "initial_file", "did you mean `initial-file`?"),
    ] {
        let found = with(replaced, by);
        assert!(found.iter().any(|fault| fault.contains(expected)), "{by}: {found:?}");
    }
    assert!(faults("").iter().any(|fault| fault.contains("there is no token")));
    assert!(faults("url = \"https://a\"\n[tokens.a]\n").iter().any(|fault| fault.contains("has no target")));
}
