//! What each declared container is for: syncs and jobs, converted before the services they become.

use std::collections::{BTreeMap, BTreeSet};

use super::declared::{Declared, JOBS, SYNC};
use super::load::Mention;
use super::problems::Problems;
use super::read::Entries;
use super::stack_file::StackFile;
use super::{scalar, sync};
use crate::model::{Role, Service, ServiceName, ServiceSource, Sync};

/// The role of every sync and all jobs by its place, none where it is not valid.
pub fn all(
    file: &StackFile,
    mentions: &mut Vec<Mention>,
    problems: &mut Problems,
) -> BTreeMap<String, Option<Role>> {
    let secrets: BTreeSet<&str> = file.secrets.iter().flat_map(Entries::names).collect();
    let mut syncs: BTreeMap<String, Option<Sync>> = BTreeMap::new();
    for (key, table) in file.sync.iter().flat_map(|entries| &entries.read) {
        let before = mentions.len();
        let sync = problems.within(SYNC, |problems| {
            let name: Option<ServiceName> = scalar::name(key, problems);
            let name = name.filter(|name| Sync::volume(name).is_some());
            problems.within(key.get_ref(), |problems| {
                table.convert(key, name.as_ref()?, &secrets, mentions, problems)
            })
        });
        for mention in &mut mentions[before..] {
            mention.key = format!("{SYNC}.{}.{}", key.get_ref(), mention.key);
        }
        syncs.insert(key.get_ref().clone(), sync);
    }
    let mut roles = BTreeMap::new();
    for (key, table) in file.jobs.iter().flat_map(|entries| &entries.read) {
        let jobs = problems.within(JOBS, |problems| {
            problems.within(key.get_ref(), |problems| table.convert(key, &syncs, problems))
        });
        roles.insert(
            format!("{JOBS}.{}", key.get_ref()),
            jobs.map(|jobs| Role::Jobs(Box::new(jobs))),
        );
    }
    let syncs = syncs.into_iter().map(|(key, sync)| {
        let role = sync.map(|sync| Role::Sync(Box::new(sync)));
        (format!("{SYNC}.{key}"), role)
    });
    roles.extend(syncs);
    roles
}

/// What runs in a declared container. `role` is none for a service, and holds none for what is not valid.
pub fn source(
    declared: &Declared,
    role: Option<&Option<Role>>,
    mentions: &mut Vec<Mention>,
    problems: &mut Problems,
) -> Option<ServiceSource> {
    let service = &declared.service;
    match declared.table {
        SYNC => {
            let sync = role?.as_ref()?.sync()?;
            Some(ServiceSource::Sync(sync.backend))
        }
        // Jobs without a Python were told in their own words.
        JOBS if service.python.is_none() => None,
        _ => service.source(declared.key.span(), mentions, problems),
    }
}

/// Gives a service what only its role knows of: files and secrets that a sync logs in with.
pub fn complete(mut service: Service) -> Service {
    if let Some(sync) = service.role.sync() {
        let (secrets, mounts) = (
            sync.secrets().cloned().collect::<BTreeSet<_>>(),
            sync::file_mounts(sync),
        );
        service.secrets.extend(secrets);
        service.secrets.sort();
        service.secrets.dedup();
        service.volumes.extend(mounts);
    }
    service
}
