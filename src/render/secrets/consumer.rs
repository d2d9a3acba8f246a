//! Who mounts which secret, and as whom they read it.

use super::secret_text::SecretText;
use super::value::Values;
use crate::model::{Postgres, SecretName, Stack, User};

/// A file for one consumer.
#[derive(Debug, Clone)]
pub struct Copy {
    /// The consumer: a service, or the image build.
    pub consumer: String,
    /// The file's name.
    pub name: String,
    /// What it holds; none while the secret is still to be made up.
    pub content: Option<SecretText>,
    /// Its permission bits.
    pub mode: u32,
    /// Whom it belongs to; none for whoever runs stackctl.
    pub owner: Option<(u32, u32)>,
}

impl Copy {
    /// `CONSUMER/NAME`, its path below `mounts/`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.consumer, self.name)
    }
}

/// Every copy that containers mount. The database gets its superuser's password and that of each role, from which
/// its first start makes the roles.
pub fn copies(stack: &Stack, values: &Values) -> Vec<Copy> {
    let mut copies = Vec::new();
    if stack.postgres.is_some() {
        let roles = stack
            .services
            .iter()
            .filter(|service| !service.databases.is_empty());
        let passwords = roles.map(|service| Postgres::role_secret(&service.name));
        let user = User::Numeric {
            uid: Postgres::USER,
            gid: Postgres::USER,
        };
        for name in std::iter::once(Postgres::superuser_secret()).chain(passwords) {
            copies.push(copy(Postgres::SERVICE, &name, user, values));
        }
    }
    for service in &stack.services {
        let names = service.secrets.iter();
        copies.extend(names.map(|name| copy(service.name.as_str(), name, service.user, values)));
    }
    copies
}

/// The permission bits and the owner of a file that a container's user can read.
pub fn readable_by(user: User) -> (u32, Option<(u32, u32)>) {
    match user {
        User::Numeric { uid, gid } => (0o600, Some((uid, gid))),
        User::Image => (0o444, None),
    }
}

fn copy(consumer: &str, name: &SecretName, user: User, values: &Values) -> Copy {
    let (mode, owner) = readable_by(user);
    Copy {
        consumer: consumer.to_owned(),
        name: name.to_string(),
        content: values.get(name).cloned(),
        mode,
        owner,
    }
}
