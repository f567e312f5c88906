//! Forms of single values. Each error completes "`key` …".

use std::net::SocketAddr;
use std::time::Duration;

use url::{Host, Url};

use super::{PLACEHOLDER, Template};

/// An address without user, query and fragment. Plain http is only for this machine: the token string is in every request.
pub(super) fn url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|_| "must be a URL such as https://keyturn.example.com".to_owned())?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err("must be a URL with a host".to_owned()),
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        return Err("must begin with https:// (http only for this machine)".to_owned());
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err("must have no user, query or fragment".to_owned());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// `30s`, `5m`, `2h`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let problem = || "must be a number with s, m or h, from 1s to 24h".to_owned();
    let unit = text.chars().last().ok_or_else(problem)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return Err(problem()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| problem())?;
    let all = number.checked_mul(seconds).filter(|all| (1..=86_400).contains(all)).ok_or_else(problem)?;
    Ok(Duration::from_secs(all))
}

/// Permissions in octal, at least readable by the owner and not by everybody.
pub(super) fn mode(text: &str) -> Result<u32, String> {
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777 && text.len() >= 3);
    let mode = mode.ok_or("must be permissions such as \"0640\"")?;
    match mode {
        _ if mode & 0o400 == 0 => Err("must let the owner read the file".to_owned()),
        _ if mode & 0o007 != 0 => Err("must not let everybody read the token".to_owned()),
        _ => Ok(mode),
    }
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "must be an address with a port, such as 127.0.0.1:9464".to_owned())
}

pub(super) fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address = address(text)?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("must be a loopback address: health and metrics are for this machine".to_owned())
    }
}

/// A template: every `{{…}}` in it must be known.
pub(super) fn template(text: &str) -> Result<Template, String> {
    if !text.contains(PLACEHOLDER) {
        return Err(format!("must hold {PLACEHOLDER}"));
    }
    if text.replace(PLACEHOLDER, "").contains("{{") {
        return Err(format!("may hold {PLACEHOLDER} and no other placeholder"));
    }
    Ok(Template(text.to_owned()))
}

/// The path of a callback URL.
pub(super) fn path(text: &str) -> Result<String, String> {
    let good = text.starts_with('/') && text.len() > 1 && !text.contains(['?', '#', ' ', '{', '}']);
    good.then(|| text.to_owned()).ok_or_else(|| "must be a path such as /callbacks/partner".to_owned())
}

/// A name of Kubernetes: a DNS subdomain.
pub(super) fn dns_name(text: &str) -> Result<String, String> {
    let is_good = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || "-.".contains(it);
    let good = text.len() <= 253
        && text.chars().all(is_good)
        && !text.starts_with(['-', '.'])
        && !text.ends_with(['-', '.']);
    good.then(|| text.to_owned()).ok_or_else(|| "must be a name as Kubernetes allows it".to_owned())
}

/// A key of a Kubernetes Secret.
pub(super) fn secret_key(text: &str) -> Result<String, String> {
    let good = text.len() <= 253 && text.chars().all(|it| it.is_ascii_alphanumeric() || "-._".contains(it));
    good.then(|| text.to_owned()).ok_or_else(|| "must be a key as a Secret allows it".to_owned())
}

/// `deployment/orders`: the kind in the plural, and the name.
pub(super) fn workload(text: &str) -> Result<(String, String), String> {
    let problem = || "must be deployment/NAME, statefulset/NAME or daemonset/NAME".to_owned();
    let (kind, name) = text.split_once('/').ok_or_else(problem)?;
    if !["deployment", "statefulset", "daemonset"].contains(&kind) {
        return Err(problem());
    }
    Ok((format!("{kind}s"), dns_name(name).map_err(|_| problem())?))
}

/// A signal that a program can handle, by its name with or without `SIG`.
pub(super) fn signal(text: &str) -> Result<(i32, String), String> {
    let name = text.to_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let number = match name {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "USR1" => 10,
        "USR2" => 12,
        "TERM" => 15,
        _ => return Err("must be HUP, INT, QUIT, TERM, USR1 or USR2".to_owned()),
    };
    Ok((number, name.to_owned()))
}
