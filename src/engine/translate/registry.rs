//! Registries that images are pulled from.

use super::{Rule, Translation, between, told};

pub(super) const RULES: &[Rule] = &[
    ("pull access denied", |line| {
        let image = between(line, "denied for ", ",").unwrap_or("an image");
        told(
            format!("the image `{image}` does not exist, or it is private"),
            "check its name; `docker login REGISTRY` for a private one",
        )
    }),
    ("manifest unknown", |line| no_tag(line)),
    ("manifest for ", |line| no_tag(line)),
    (": not found", |line| {
        line.contains("failed to resolve reference")
            .then(|| no_tag(line))?
    }),
    ("no matching manifest for", |line| {
        let platform = between(line, "manifest for ", " in").unwrap_or("this host");
        told(
            format!("the image does not exist for {platform}"),
            "choose an image or tag that is built for it",
        )
    }),
    ("toomanyrequests", |_| {
        told(
            "the registry refuses further pulls for now",
            "`docker login` raises the limit; or set `registry` in `[build]` to a mirror",
        )
    }),
    ("unauthorized", |_| {
        told(
            "the registry wants a login",
            "`docker login REGISTRY`, then `stackctl up`",
        )
    }),
    ("x509:", |line| {
        let registry = between(line, "https://", "/").unwrap_or("the registry");
        told(
            format!("the certificate of `{registry}` is not trusted"),
            format!("put its authority into /etc/docker/certs.d/{registry}/ca.crt"),
        )
    }),
    ("server gave HTTP response to HTTPS client", |line| {
        let registry = between(line, "https://", "/").unwrap_or("the registry");
        told(
            format!("`{registry}` speaks no TLS"),
            "list it under `insecure-registries` in /etc/docker/daemon.json, or give it a certificate",
        )
    }),
    ("i/o timeout", |line| unreachable(line)),
    ("TLS handshake timeout", |line| unreachable(line)),
    ("Client.Timeout exceeded", |line| unreachable(line)),
    ("no such host", |line| unreachable(line)),
    ("connection refused", |line| unreachable(line)),
    ("network is unreachable", |line| unreachable(line)),
];

fn no_tag(line: &str) -> Option<Translation> {
    let image = between(line, "manifest for ", " not found")
        .or_else(|| between(line, "failed to resolve reference \"", "\""))
        .unwrap_or("the image");
    told(
        format!("the registry has no `{image}`"),
        "check name and tag in stack.toml",
    )
}

fn unreachable(line: &str) -> Option<Translation> {
    let registry = between(line, "https://", "/").or_else(|| between(line, "lookup ", " "))?;
    told(
        format!("the registry `{registry}` can't be reached"),
        "check the network; behind a proxy the engine needs its own settings (`systemctl edit docker`), and \
         `registry` in `[build]` names a mirror",
    )
}
