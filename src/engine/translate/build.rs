//! Builds of images, and pip inside them.

use super::{Rule, Translation, behind, between, told};

pub(super) const RULES: &[Rule] = &[
    ("buildx component is missing", |_| no_buildx()),
    ("compose build requires buildx", |_| no_buildx()),
    ("fork/exec /usr/libexec/docker/cli-plugins/docker-buildx", |_| {
        no_buildx()
    }),
    ("No matching distribution found for", |line| {
        let requirement = behind(line, "found for ")?;
        told(
            format!("pip finds no `{requirement}`"),
            "check its name and version, and that it exists for this Python; with a private index set `index_url` in `[build]`",
        )
    }),
    ("conflicting dependencies", |line| {
        let requirements = between(line, "Cannot install ", " because").unwrap_or("the requirements");
        told(
            format!("the requirements contradict each other: {requirements}"),
            "`stackctl up -v` shows pip's whole explanation; loosen one of the versions",
        )
    }),
    ("Failed building wheel for", |line| {
        wheel(behind(line, "wheel for ")?)
    }),
    ("Failed to build installable wheels", |line| {
        wheel(between(line, "(", ")").unwrap_or("a package"))
    }),
    ("Could not build wheels for", |line| {
        wheel(between(line, "wheels for ", ",")?)
    }),
    ("DO NOT MATCH THE HASHES", |_| {
        told(
            "a package differs from the hash in the requirements file",
            "if you changed the version, write the new hash; if not, do not trust the index",
        )
    }),
    ("Could not open requirements file", |line| {
        let file = between(line, "directory: '", "'").unwrap_or("a requirements file");
        told(
            format!("pip finds no `{file}` in the image"),
            "a requirements file that another one names with `-r` must stand below stack.toml",
        )
    }),
    ("Failed to establish a new connection", |_| index_unreachable()),
    ("Max retries exceeded with url", |_| index_unreachable()),
    ("SSL: CERTIFICATE_VERIFY_FAILED", |_| {
        told(
            "the build does not trust the certificate of the package index",
            "on a network that inspects TLS set `ca_file` in `[build]` to its authority",
        )
    }),
    ("failed to calculate checksum of ref", copied),
    ("failed to compute cache key", copied),
    ("dockerfile parse error", |line| {
        let what = behind(line, "dockerfile parse error ")?;
        told(
            format!("the Dockerfile can't be read: {what}"),
            "mend that line; for a built-in Dockerfile it stands in your version of its template below `templates/`",
        )
    }),
    ("failed to read dockerfile", |line| {
        let file = between(line, "open ", ": no such").unwrap_or("the Dockerfile");
        told(
            format!("`{file}` does not exist"),
            "check `dockerfile` in stack.toml, and that .dockerignore does not leave it out",
        )
    }),
    ("unable to prepare context", |line| {
        told(
            format!("the folder to build from can't be used: {}", line.trim()),
            "check `context` in stack.toml",
        )
    }),
    ("exit code: 137", |_| {
        told(
            "a step of the build was killed, most likely because memory was short",
            "`dmesg | tail` shows it; give the host more memory or swap, or build with less at once",
        )
    }),
    ("executor failed running [", |line| {
        // The words of BuildKit in engines before 23.
        let command = between(line, "[/bin/sh -c ", "]: exit code").unwrap_or("a command");
        step(command, behind(line, "exit code: "))
    }),
    ("did not complete successfully", |line| {
        let command = between(line, "process \"", "\" did not").unwrap_or("a command");
        step(command, behind(line, "exit code: "))
    }),
];

fn no_buildx() -> Option<Translation> {
    told(
        "the buildx plugin of Docker is not installed, and images can't be built without it",
        "`sudo apt-get install docker-buildx-plugin` (Docker's packages) or `docker-buildx` (Ubuntu's)",
    )
}

fn step(command: &str, code: Option<&str>) -> Option<Translation> {
    let code = code.map_or_else(String::new, |code| format!(" with code {code}"));
    told(
        format!("a step of the build failed{code}: `{command}`"),
        "`stackctl up -v` shows everything it printed",
    )
}

fn wheel(package: &str) -> Option<Translation> {
    told(
        format!("pip could not compile `{package}`"),
        "choose a version that has a wheel for this Python, or add what it needs to `build_packages` of the service's `python`",
    )
}

fn index_unreachable() -> Option<Translation> {
    told(
        "the build can't reach the package index",
        "set `index_url` or `proxy` in `[build]`, or PIP_INDEX_URL and HTTPS_PROXY in the shell",
    )
}

fn copied(line: &str) -> Option<Translation> {
    let path = between(line, "\"/", "\": not found").or_else(|| between(line, "\"/", "\" not found"))?;
    told(
        format!("`{path}` is to be copied into the image and does not exist"),
        "check the path in stack.toml or the Dockerfile, and that .dockerignore does not leave it out",
    )
}
