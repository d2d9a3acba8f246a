//! Everything that becomes a container: the services as written, and those that syncs and jobs stand for.
//!
//! Checks of the whole file see one list of services, so that what holds for one holds for all.

use std::collections::BTreeSet;

use toml::Spanned;

use super::names::NamesWith;
use super::read::Entries;
use super::service::Service;
use super::stack_file::StackFile;
use crate::model::DependencyCondition;

/// A container that the file asks for.
#[derive(Debug, Clone)]
pub struct Declared {
    /// The table of the top level that asks for it.
    pub table: &'static str,
    /// Its name there.
    pub key: Spanned<String>,
    /// The service's name, at the place of the key.
    pub name: Spanned<String>,
    /// What its keys say of the container.
    pub service: Service,
}

/// The table of services.
pub const SERVICES: &str = "services";
/// The table of syncs.
pub const SYNC: &str = "sync";
/// The table of jobs.
pub const JOBS: &str = "jobs";

impl Declared {
    /// The table's path, such as `services.api`.
    pub fn place(&self) -> String {
        format!("{}.{}", self.table, self.key.get_ref())
    }
}

/// The name of a sync's service.
pub fn sync_service(name: &str) -> String {
    format!("sync-{name}")
}

/// All of them, in the order of the file within each kind.
pub fn all(file: &StackFile) -> Vec<Declared> {
    let declared = |table, key: &Spanned<String>, name: String, service| Declared {
        table,
        key: key.clone(),
        name: Spanned::new(key.span(), name),
        service,
    };
    let services = file.services.iter().flat_map(|entries| &entries.read);
    let services =
        services.map(|(key, service)| declared(SERVICES, key, key.get_ref().clone(), service.clone()));
    let syncs = file.sync.iter().flat_map(|entries| &entries.read);
    let syncs = syncs.map(|(key, sync)| declared(SYNC, key, sync_service(key.get_ref()), sync.service(key)));
    let jobs = file.jobs.iter().flat_map(|entries| &entries.read);
    let jobs = jobs.map(|(key, jobs)| {
        let mut service = jobs.service(key);
        if let Some(sync) = &jobs.sync
            && file
                .sync
                .iter()
                .flat_map(Entries::names)
                .any(|name| name == sync.get_ref())
        {
            // Only started: the agent waits for the first commit by itself, and says so.
            let name = Spanned::new(sync.span(), sync_service(sync.get_ref()));
            let depends_on = service.depends_on.get_or_insert_with(|| NamesWith(Vec::new()));
            depends_on.0.push((name, Some(DependencyCondition::Started)));
        }
        declared(JOBS, key, key.get_ref().clone(), service)
    });
    services.chain(syncs).chain(jobs).collect()
}

/// The name of every service that is written, also of what could not be read.
pub fn names(file: &StackFile) -> BTreeSet<String> {
    let services = file.services.iter().flat_map(Entries::names).map(str::to_owned);
    let syncs = file.sync.iter().flat_map(Entries::names).map(sync_service);
    let jobs = file.jobs.iter().flat_map(Entries::names).map(str::to_owned);
    services.chain(syncs).chain(jobs).collect()
}
