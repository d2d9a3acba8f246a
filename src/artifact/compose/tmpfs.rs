//! Folders in memory.

use super::text::Text;
use crate::model::{Limits, Size, User};

/// Every image has it, writable by all.
const TMP: &str = "/tmp";

/// The entries of `tmpfs`. Options that a path brings (`/cache:size=1g`) stay as they are.
pub fn of(paths: &[String], limits: &Limits, user: User) -> Vec<Text> {
    // Its pages count as the container's memory: bounded by half of it, a full folder is an error of the
    // program that fills it rather than the end of the container.
    let bound = Size::from_mebibytes((limits.memory.bytes() >> 21).max(1)).to_compose();
    let entry = |entry: &String| {
        let (path, options) = entry.split_once(':').unwrap_or((entry, ""));
        let options = match options {
            // Docker's own default is noexec, which breaks programs that unpack libraries there.
            "" => format!("exec,mode=1777,size={bound}"),
            given => given.to_owned(),
        };
        Text::plain(format!("{path}:{options}{}", owner(path, &options, user)))
    };
    paths.iter().map(entry).collect()
}

/// Options that make a folder the user's own. The mode alone does not do it: when the engine starts a container
/// again, runc gives the new file system the mode of the folder below, which it made itself the first time, for
/// root.
fn owner(path: &str, options: &str, user: User) -> String {
    match user {
        User::Numeric { uid, gid } if uid != 0 && path != TMP && !options.contains("uid=") => {
            format!(",uid={uid},gid={gid}")
        }
        User::Numeric { .. } | User::Image => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_users_own_also_when_the_container_starts_again() {
        let shown = |path: &str| {
            let entries = of(&[path.to_owned()], &Limits::DEFAULT, User::DEFAULT);
            serde_json::to_value(entries).unwrap()[0].clone()
        };
        assert_eq!(shown("/tmp"), "/tmp:exec,mode=1777,size=256m");
        assert_eq!(
            shown("/cache"),
            "/cache:exec,mode=1777,size=256m,uid=10001,gid=10001"
        );
        assert_eq!(shown("/cache:size=1g"), "/cache:size=1g,uid=10001,gid=10001");
        assert_eq!(shown("/cache:uid=5,size=1g"), "/cache:uid=5,size=1g");
    }
}
