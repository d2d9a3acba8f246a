//! A real OpenSSH server on loopback, as the current user, with keys of its own.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::unistd::{Uid, User};

/// A running server. It ends with this value.
pub struct SshServer {
    folder: PathBuf,
    port: u16,
    user: String,
    process: Child,
}

impl SshServer {
    /// Starts one that keeps its files in this folder. Nobody may log in yet.
    pub fn start(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        make_key(&folder.join("host_ed25519"), "ed25519", &[]);
        make_key(&folder.join("host_rsa"), "rsa", &["-b", "2048"]);
        fs::write(folder.join("authorized_keys"), "").unwrap();
        // sshd wants the whole of its path, for it starts itself again.
        let sshd = ["/usr/sbin/sshd", "/usr/bin/sshd", "/sbin/sshd"];
        let sshd = sshd.iter().find(|path| Path::new(path).exists());
        let sshd = sshd.expect("OpenSSH's server is missing: `scripts/setup.sh git-servers` installs it");
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let shown = folder.display();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n\
             HostKey {shown}/host_ed25519\nHostKey {shown}/host_rsa\nAuthorizedKeysFile {shown}/authorized_keys\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nLogLevel ERROR\n"
        );
        fs::write(folder.join("config"), config).unwrap();
        let process = Command::new(sshd)
            .args(["-D", "-e", "-f"])
            .arg(folder.join("config"))
            .stdin(Stdio::null())
            .stderr(fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        let server = Self {
            folder: folder.to_owned(),
            port,
            user: User::from_uid(Uid::current()).unwrap().unwrap().name,
            process,
        };
        let deadline = Instant::now() + Duration::from_secs(180);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "sshd does not listen: {log}");
            thread::sleep(Duration::from_millis(10));
        }
        server
    }

    /// The `ssh://` URL of a path.
    pub fn url(&self, path: &Path) -> String {
        format!("ssh://{}@127.0.0.1:{}{}", self.user, self.port, path.display())
    }

    /// Lets the owner of a new key in, and gives back the private key's file.
    pub fn let_in(&self, name: &str, kind: &str, arguments: &[&str]) -> PathBuf {
        let path = self.folder.join(name);
        make_key(&path, kind, arguments);
        let authorized = self.folder.join("authorized_keys");
        let keys = fs::read_to_string(&authorized).unwrap() + &public(&path);
        fs::write(authorized, keys).unwrap();
        path
    }

    /// A new key that nobody lets in.
    pub fn stranger(&self, name: &str) -> PathBuf {
        let path = self.folder.join(name);
        make_key(&path, "ed25519", &[]);
        path
    }

    /// A line of known hosts for one of the server's own keys: `ed25519` or `rsa`.
    pub fn known_host(&self, kind: &str) -> String {
        let key = public(&self.folder.join(format!("host_{kind}")));
        let mut words = key.split(' ');
        let (kind, key) = (words.next().unwrap(), words.next().unwrap());
        format!("[127.0.0.1]:{} {kind} {}\n", self.port, key.trim())
    }

    /// The fingerprint of the server's own key, as ssh-keygen shows it.
    pub fn fingerprint(&self, kind: &str) -> String {
        let output = Command::new("ssh-keygen")
            .arg("-lf")
            .arg(self.folder.join(format!("host_{kind}.pub")))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.split(' ').nth(1).unwrap().to_owned()
    }
}

impl Drop for SshServer {
    fn drop(&mut self) {
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}

fn make_key(path: &Path, kind: &str, arguments: &[&str]) {
    let output = Command::new("ssh-keygen")
        .args(["-q", "-N", "", "-C", "test", "-t", kind, "-f"])
        .arg(path)
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn public(path: &Path) -> String {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    fs::read_to_string(name).unwrap()
}
