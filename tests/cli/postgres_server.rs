//! A throw-away PostgreSQL server: its own folder, socket and port, gone with its value or with the process of the tests.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use nix::unistd::{Gid, Uid, User};
use postgres::{Client, NoTls, SimpleQueryMessage};

/// How long a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(180);

/// Ends the server when it is told to, or when nobody is left who could tell it: then its files go as well.
const KEEPER: &str = r#"
"$@" >>"$FOLDER/log" 2>&1 </dev/null & server=$!
if read -r signal; then
  kill -"$signal" $server; wait $server
else
  kill -QUIT $server; wait $server; rm -rf "$FOLDER"
fi"#;

/// For tests: nothing has to outlast a power cut.
const SETTINGS: &[&str] = &[
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=60",
    "shared_buffers=32MB",
    "log_line_prefix=%m [%p] %a ",
];

/// A running server; trusts whoever connects, and its superuser is `postgres`.
pub struct PostgresServer {
    folder: PathBuf,
    bin: PathBuf,
    port: u16,
    settings: Vec<String>,
    disk: Option<u32>,
    keeper: Mutex<Option<Child>>,
}

impl PostgresServer {
    /// Starts one with an empty database `postgres`.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with more settings, such as `max_wal_size=64MB`.
    pub fn start_with(settings: &[&str]) -> Self {
        Self::new(settings, None)
    }

    /// The same with its tables on a disk of this many MiB, of which about 30 are taken from the beginning; its WAL is
    /// elsewhere, for without room for that it ends as in a crash. The disk is in a mount namespace of its own, which
    /// wants root or a kernel that gives namespaces to everybody, and is gone when the server ends.
    pub fn start_on_small_disk(mebibytes: u32) -> Self {
        Self::new(&[], Some(mebibytes))
    }

    fn new(settings: &[&str], disk: Option<u32>) -> Self {
        let bin = programs();
        let folder = tempfile::Builder::new()
            .prefix("stackctl-pg-")
            .tempdir()
            .unwrap()
            .keep();
        give(&folder);
        let server = Self {
            port: free_port(),
            settings: SETTINGS
                .iter()
                .chain(settings)
                .map(|text| (*text).to_owned())
                .collect(),
            keeper: Mutex::new(None),
            disk,
            bin,
            folder,
        };
        if disk.is_none() {
            copy(&template(&server.bin), &server.data());
        } else {
            fs::create_dir(server.data()).unwrap();
            give(&server.data());
        }
        server.resume();
        server
    }

    /// Its address over the socket.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.to_str().unwrap().replace('/', "%2F");
        format!("postgresql://postgres@{folder}:{}/{database}", self.port)
    }

    /// Its address over TCP.
    pub fn tcp_url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The folder of its socket.
    pub fn socket(&self) -> &Path {
        &self.folder
    }

    /// The port, also of the socket.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where `psql` and the others are.
    #[allow(dead_code, reason = "only a benchmark asks")]
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    /// Makes an empty database and gives its address.
    pub fn database(&self, name: &str) -> String {
        self.sql("postgres", &format!("create database \"{name}\""));
        self.url(name)
    }

    /// A connection as the superuser.
    pub fn connect(&self, database: &str) -> Client {
        Client::connect(&self.url(database), NoTls).unwrap()
    }

    /// Runs statements: the rows of all as lines, with `|` between the columns and nothing for NULL.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        self.try_sql(database, sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The same, or the server's message.
    pub fn try_sql(&self, database: &str, sql: &str) -> Result<String, String> {
        let answers = self.connect(database).simple_query(sql).map_err(|error| {
            error
                .as_db_error()
                .map_or_else(|| error.to_string(), |error| error.message().to_owned())
        })?;
        let lines = answers.iter().filter_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => {
                let cells = (0..row.len()).map(|place| row.get(place).unwrap_or_default());
                Some(cells.collect::<Vec<_>>().join("|"))
            }
            _ => None,
        });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    /// Ends all sessions, stops, and starts again.
    pub fn restart(&self) {
        self.stop();
        self.resume();
    }

    /// Stops it in order: sessions are ended.
    pub fn stop(&self) {
        self.end("INT");
    }

    /// Ends it as a crash does: it recovers when it starts again.
    pub fn kill(&self) {
        self.end("QUIT");
    }

    /// Makes it a standby that can be read; its primary is never there.
    #[allow(dead_code, reason = "a benchmark needs none")]
    pub fn become_standby(&self) {
        self.stop();
        let signal = self.data().join("standby.signal");
        File::create(&signal).unwrap();
        give(&signal);
        self.resume();
    }

    /// Starts it after `stop` or `kill`, and waits until it takes connections.
    pub fn resume(&self) {
        *self.keeper.lock().unwrap() = Some(self.spawn());
        let deadline = Instant::now() + PATIENCE;
        let mut config = postgres::Config::new();
        config.host_path(&self.folder).port(self.port).user("postgres");
        while let Err(error) = config.connect(NoTls) {
            let ended = self.keeper.lock().unwrap().as_mut().unwrap().try_wait().unwrap();
            assert!(
                Instant::now() < deadline && ended.is_none(),
                "the server does not start: {error}\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What it wrote to its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn spawn(&self) -> Child {
        let mut server = vec![self.bin.join("postgres").to_str().unwrap().to_owned()];
        let places = [
            format!("port={}", self.port),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", self.folder.display()),
        ];
        server.extend(["-D".to_owned(), self.data().to_str().unwrap().to_owned()]);
        for setting in places.iter().chain(&self.settings) {
            server.extend(["-c".to_owned(), setting.clone()]);
        }
        let mut command = match self.disk {
            None => as_server(Command::new("sh")),
            Some(mebibytes) => self.on_disk(mebibytes),
        };
        command
            .args(["-c", KEEPER, "sh"])
            .args(server)
            .env("FOLDER", &self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(
                File::options()
                    .create(true)
                    .append(true)
                    .open(self.log_path())
                    .unwrap(),
            )
            // Ctrl-C in the terminal is for the tests; the keeper sees them end.
            .process_group(0)
            .spawn()
            .unwrap()
    }

    fn log_path(&self) -> PathBuf {
        let path = self.folder.join("log");
        if !path.exists() {
            File::create(&path).unwrap();
            give(&path);
        }
        path
    }

    /// `sh` in a namespace whose data folder is a small disk with a new cluster.
    fn on_disk(&self, mebibytes: u32) -> Command {
        let (user, group) = owner();
        let mut command = Command::new("unshare");
        let become_owner = if Uid::effective().is_root() {
            command.args(["--mount", "sh", "-c"]);
            format!("setpriv --reuid={user} --regid={group} --clear-groups")
        } else {
            command.args([
                "--user",
                "--map-current-user",
                "--keep-caps",
                "--mount",
                "sh",
                "-c",
            ]);
            "setpriv --inh-caps=-all --ambient-caps=-all".to_owned()
        };
        let script = format!(
            "set -e; data=$1; initdb=$2; shift 2
             mount -t tmpfs -o size={mebibytes}m,mode=700,uid={user},gid={group} tmpfs \"$data\"
             {become_owner} \"$initdb\" {} -D \"$data\" -X \"$FOLDER/wal\" >/dev/null
             exec {become_owner} sh \"$@\"",
            INITDB.join(" ")
        );
        command
            .args([&script, "sh"])
            .arg(self.data())
            .arg(self.bin.join("initdb"));
        command
    }

    fn end(&self, signal: &str) {
        let mut keeper = self.keeper.lock().unwrap().take().expect("it runs");
        writeln!(keeper.stdin.take().unwrap(), "{signal}").unwrap();
        keeper.wait().unwrap();
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if let Some(mut keeper) = self.keeper.lock().unwrap().take() {
            drop(keeper.stdin.take());
            keeper.wait().unwrap();
        }
        // The keeper may not remove what root has put there.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const INITDB: &[&str] = &[
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--no-sync",
];

/// Names a folder with server programs of another version.
const PROGRAMS: &str = "STACKCTL_TEST_POSTGRES";

/// The server programs that the variable names, else the newest of this machine.
fn programs() -> PathBuf {
    if let Some(named) = std::env::var_os(PROGRAMS).map(PathBuf::from) {
        assert!(
            named.join("postgres").exists(),
            "`{PROGRAMS}` names `{}`, where no server is",
            named.display()
        );
        return named;
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = versions
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<u32>().ok())
        .max();
    let debian = newest.map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")));
    let on_path = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path)
            .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
    });
    debian
        .filter(|folder| folder.join("postgres").exists())
        .or(on_path)
        .expect("PostgreSQL's server programs are missing: `scripts/setup.sh postgres` installs them")
}

/// A cluster that others are copied from, made once for all runs of the tests.
fn template(bin: &Path) -> PathBuf {
    let (user, _) = owner();
    let name = bin.to_str().unwrap().replace('/', "-");
    let path = std::env::temp_dir().join(format!("stackctl-pg-template{name}-{user}"));
    if path.join("PG_VERSION").exists() {
        return path;
    }
    let making = tempfile::Builder::new()
        .prefix("stackctl-pg-template-")
        .tempdir()
        .unwrap();
    give(making.path());
    let cluster = making.path().join("data");
    let output = as_server(Command::new(bin.join("initdb")))
        .args(INITDB)
        .arg("-D")
        .arg(&cluster)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Another process may have been faster; its template is as good.
    let _ = fs::rename(&cluster, &path);
    path
}

fn copy(from: &Path, to: &Path) {
    let status = as_server(Command::new("cp"))
        .args(["-a", "--reflink=auto"])
        .args([from, to])
        .status();
    assert!(status.unwrap().success());
}

/// Who the server runs as: it refuses root.
fn owner() -> (Uid, Gid) {
    if !Uid::effective().is_root() {
        return (Uid::effective(), Gid::effective());
    }
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| User::from_name(name).unwrap())
        .map(|user| (user.uid, user.gid))
        .expect("a user called nobody")
}

fn as_server(mut command: Command) -> Command {
    if Uid::effective().is_root() {
        let (user, group) = owner();
        command.uid(user.as_raw()).gid(group.as_raw());
    }
    command.current_dir("/");
    command
}

/// Makes a file the server's.
pub fn give(path: &Path) {
    let (user, group) = owner();
    chown(path, Some(user.as_raw()), Some(group.as_raw())).unwrap();
}

fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}
