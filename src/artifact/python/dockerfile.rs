//! services/NAME/Dockerfile: dependencies and tools in stages of their own, then an image without what made
//! them.

use serde::Serialize;

use super::super::File;
use super::super::compose::built_image_name;
use super::super::download;
use super::super::error::ArtifactError;
use super::super::stackctl_image;
use super::super::template::Templates;
use super::context_path::normal;
use super::{ENTRYPOINT, ENTRYPOINT_FILE, Image};
use crate::model::{Download, ImageRef, Installer, Jobs, MountSource, Scheduler, User};

/// What a Dockerfile is made from. Paths on the left of a copy are relative to stack.toml.
#[derive(Serialize)]
struct Dockerfile<'a> {
    /// The image that holds stackctl, for those that need it.
    stackctl_image: Option<String>,
    base: String,
    title: String,
    build_packages: &'a [String],
    packages: &'a [String],
    /// Requirements files to install, in this order.
    requirements: Vec<String>,
    /// The same and what they include, each with its place in the builder.
    requirement_copies: Vec<[String; 2]>,
    /// Whether packages go beside those of the interpreter itself, where environments made later see them.
    into_interpreter: bool,
    /// Programs from the package index, each in a folder of its own.
    programs: Vec<Program>,
    tools: Vec<Tool<'a>>,
    download_script: String,
    source_copies: Vec<[String; 2]>,
    entrypoint_source: String,
    entrypoint_target: &'static str,
    /// Numeric ids of the user made for the service; none where it runs as the image's, which is root.
    user: Option<NumericUser>,
    /// Where volumes are mounted.
    volumes: Vec<&'a str>,
    working_dir: &'a str,
    entrypoint: Vec<&'a str>,
    command: &'a [String],
}

#[derive(Serialize)]
struct NumericUser {
    uid: u32,
    gid: u32,
}

/// A program from the package index.
#[derive(Serialize)]
struct Program {
    name: &'static str,
    requirement: &'static str,
}

/// The last release of yacron.
const YACRON: Program = Program {
    name: "yacron",
    requirement: "yacron==0.19.0",
};
/// A release of uv.
const UV: Program = Program {
    name: "uv",
    requirement: "uv==0.9.30",
};

/// A pinned tool.
#[derive(Serialize)]
struct Tool<'a> {
    name: &'a str,
    /// For a tool that is a file of the project: it, and its place in the builder.
    copy: Option<[String; 2]>,
    /// An address, or the place in the builder.
    source: String,
    /// `ARCH=SHA256`.
    sums: Vec<String>,
}

/// Renders the Dockerfile.
pub fn file(image: &Image<'_>, templates: &Templates) -> Result<File, ArtifactError> {
    let Image {
        stack,
        service,
        python,
        ..
    } = image;
    let entrypoint = service.entrypoint.iter().flatten().map(String::as_str);
    let requirements: Vec<String> = python.requirements.iter().map(|path| normal(path)).collect();
    let jobs = service.role.jobs();
    let view = Dockerfile {
        stackctl_image: jobs.map(|_| stackctl_image::of(stack)),
        base: base(image),
        title: built_image_name(stack, &service.name),
        build_packages: &python.build_packages,
        packages: &python.packages,
        requirement_copies: requirement_copies(image, &requirements),
        requirements,
        into_interpreter: jobs.is_some(),
        programs: jobs.map(programs).unwrap_or_default(),
        tools: tools(image),
        download_script: image.in_context(download::SCRIPT),
        source_copies: source_copies(&python.source),
        entrypoint_source: image.in_context(ENTRYPOINT_FILE),
        entrypoint_target: ENTRYPOINT,
        user: match service.user {
            User::Numeric { uid, gid } if uid != 0 => Some(NumericUser { uid, gid }),
            User::Numeric { .. } | User::Image => None,
        },
        volumes: volumes(image),
        working_dir: service.working_dir.as_deref().unwrap_or("/app"),
        entrypoint: std::iter::once(ENTRYPOINT).chain(entrypoint).collect(),
        command: service.command.as_deref().unwrap_or_default(),
    };
    let text = templates.render("services/Dockerfile.j2", &view)?;
    Ok(File::plain(image.rendered("Dockerfile"), text))
}

/// What the agent of these jobs runs besides Python.
fn programs(jobs: &Jobs) -> Vec<Program> {
    let yacron = (jobs.scheduler == Scheduler::Yacron).then_some(YACRON);
    let uv = (jobs.installer == Installer::Uv).then_some(UV);
    yacron.into_iter().chain(uv).collect()
}

fn base(image: &Image<'_>) -> String {
    let reference: ImageRef = format!("python:{}-slim-bookworm", image.python.version)
        .parse()
        .expect("a version is a valid tag");
    reference.at_registry(image.stack.build.registry.as_deref())
}

/// The folders of the project are kept, because `-r` in a file is relative to that file.
fn requirement_copies(image: &Image<'_>, requirements: &[String]) -> Vec<[String; 2]> {
    let included = image.included_requirements.iter().map(|path| normal(path));
    let mut paths: Vec<String> = requirements.iter().cloned().chain(included).collect();
    paths.sort();
    paths.dedup();
    let copy = |path: String| {
        let target = format!("/requirements/{path}");
        [path, target]
    };
    paths.into_iter().map(copy).collect()
}

/// A folder keeps its place below /app: `src` is imported from there as it is in the project.
fn source_copies(sources: &[String]) -> Vec<[String; 2]> {
    let copy = |path: &String| match normal(path) {
        whole if whole.is_empty() => [".".to_owned(), "/app/".to_owned()],
        path => {
            let target = format!("/app/{path}");
            [path, target]
        }
    };
    sources.iter().map(copy).collect()
}

fn tools<'a>(image: &Image<'a>) -> Vec<Tool<'a>> {
    let downloads = &image.stack.build.downloads;
    let wanted = image.python.tools.iter();
    wanted
        .filter_map(|name| downloads.iter().find(|download| download.name == *name))
        .map(tool)
        .collect()
}

fn tool(download: &Download) -> Tool<'_> {
    let source = download.source.replace("{version}", &download.version);
    // The name stays, because its ending says how it is unpacked.
    let name = source.rsplit('/').next().unwrap_or(&source);
    let place = format!("/downloads/{}", name.replace("{arch}", "arch"));
    let is_address = is_address(&source);
    Tool {
        name: &download.name,
        copy: (!is_address).then(|| [normal(&source), place.clone()]),
        source: if is_address { source } else { place },
        sums: download
            .sha256
            .iter()
            .map(|(arch, sum)| format!("{arch}={sum}"))
            .collect(),
    }
}

/// Whether a download comes from the network rather than from the project.
pub fn is_address(source: &str) -> bool {
    source.starts_with("https://") || source.starts_with("http://")
}

fn volumes<'a>(image: &Image<'a>) -> Vec<&'a str> {
    let mounts = image.service.volumes.iter();
    // One that is only read belongs to whoever writes it: an empty one would take over the owner given here.
    let named = mounts.filter(|mount| matches!(mount.source, MountSource::Volume(_)) && !mount.read_only);
    named.map(|mount| mount.target.as_str()).collect()
}
