//! What libgit2 asks back while it speaks to a server: who one is, and whether the server is who it should be.

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;

use git2::{
    CertificateCheckStatus, Cred, CredentialType, Error, ErrorClass, ErrorCode, ProxyOptions, RemoteCallbacks,
};
use openssl::base64::encode_block;

use super::super::address::{Address, is_same_server, login_for};
use super::super::child::{Failure, PLAIN_PROXY, Request, Site, has_plain_proxy};
use super::file;
use super::known_hosts::{HostKey, keys_of, name_of};

/// What is known of one conversation with a server.
#[derive(Debug, Default)]
pub struct Heard {
    /// The key that an SSH server showed.
    shown: Option<Shown>,
    /// Keys of one's own that were tried.
    tried: usize,
    /// Whether user and password were sent.
    has_logged_in: bool,
}

#[derive(Debug)]
struct Shown {
    kind: String,
    key: String,
    fingerprint: String,
}

/// Who one is to the server of one URL.
pub struct Access<'a> {
    request: &'a Request,
    url: &'a str,
    address: Address,
    /// The contents of one's keys, in the order in which they are tried.
    keys: Vec<String>,
    known: Vec<HostKey>,
    heard: Rc<RefCell<Heard>>,
}

impl<'a> Access<'a> {
    /// Reads keys and known hosts, where the URL is one of SSH.
    pub fn new(request: &'a Request, url: &'a str) -> Result<Self, Failure> {
        let address = Address::of(url);
        let (mut keys, mut known) = (Vec::new(), Vec::new());
        match &address {
            Address::Ssh { host, port } => {
                keys = read_keys(&request.site)?;
                known = known_keys(&request.site, host, *port)?;
                tell_libssh2(&request.site, &name_of(host, *port), &known)?;
            }
            Address::Http { is_secure: true } if !request.has_authorities => {
                return Err(Failure::Untrusted(
                    "there are no certificate authorities to know an https server by".to_owned(),
                ));
            }
            _ if has_plain_proxy(request.site.proxy.as_deref(), url) => {
                return Err(Failure::Unsupported(PLAIN_PROXY.to_owned()));
            }
            _ => {}
        }
        Ok(Self {
            request,
            url,
            address,
            keys,
            known,
            heard: Rc::default(),
        })
    }

    /// The callbacks of one connection. Of several keys, the first `skipped` are left out.
    pub fn callbacks(&self, skipped: usize) -> RemoteCallbacks<'_> {
        let mut callbacks = RemoteCallbacks::new();
        *self.heard.borrow_mut() = Heard {
            tried: skipped,
            ..Heard::default()
        };
        callbacks.credentials(|url, user, kinds| self.credential(url, user, kinds));
        callbacks.certificate_check(|certificate, _host| {
            let Some(key) = certificate.as_hostkey() else {
                return Ok(CertificateCheckStatus::CertificatePassthrough);
            };
            self.heard.borrow_mut().shown = Some(Shown {
                kind: key
                    .hostkey_type()
                    .map_or("unknown", |kind| kind.name())
                    .to_owned(),
                key: key.hostkey().map(encode_block).unwrap_or_default(),
                fingerprint: key
                    .hash_sha256()
                    .map(|hash| fingerprint(hash))
                    .unwrap_or_default(),
            });
            Ok(if self.request.site.ssh_known_hosts.is_none() {
                CertificateCheckStatus::CertificateOk
            } else {
                CertificateCheckStatus::CertificatePassthrough
            })
        });
        callbacks
    }

    fn credential(&self, url: &str, user: Option<&str>, kinds: CredentialType) -> Result<Cred, Error> {
        let login =
            login_for(&self.request.logins, url).or_else(|| login_for(&self.request.logins, self.url));
        let mut heard = self.heard.borrow_mut();
        if kinds.contains(CredentialType::USERNAME) {
            return Cred::username(user.unwrap_or("git"));
        }
        if kinds.contains(CredentialType::SSH_MEMORY)
            && let Some(key) = self.keys.get(heard.tried)
        {
            heard.tried += 1;
            return Cred::ssh_key_from_memory(user.unwrap_or("git"), None, key, None);
        }
        let refused = |message: &str| Err(Error::new(ErrorCode::Auth, ErrorClass::Callback, message));
        if !kinds.contains(CredentialType::USER_PASS_PLAINTEXT) {
            return refused(match self.keys.len() {
                0 => "the SSH server asks for a key, and there is none",
                _ => "the SSH server takes none of the keys",
            });
        }
        match login {
            // A redirect to another server is followed, but that server is told nothing.
            Some(login) if is_same_server(url, self.url) && !heard.has_logged_in => {
                heard.has_logged_in = true;
                let user = user
                    .filter(|_| login.username.is_empty())
                    .unwrap_or(&login.username);
                Cred::userpass_plaintext(user, &login.password)
            }
            Some(_) if heard.has_logged_in => refused("the server refused the user and the password"),
            _ => refused("the server asks for a user and a password, and there are none for it"),
        }
    }

    /// Whether another key can be tried after this error, and how many to leave out then.
    ///
    /// libssh2 gives up on a key that it can't read; the server's refusal it handles itself.
    pub fn next_key(&self, error: &Error) -> Option<usize> {
        let tried = self.heard.borrow().tried;
        let is_own = error.class() == ErrorClass::Ssh && error.code() != ErrorCode::Certificate;
        (is_own && tried > 0 && tried < self.keys.len()).then_some(tried)
    }

    /// An error in the terms of the backend, with what was heard of the server.
    pub fn failure(&self, error: Error) -> Failure {
        let heard = self.heard.borrow();
        match (&self.address, &heard.shown) {
            (Address::Ssh { host, port }, Some(shown)) if error.code() == ErrorCode::Certificate => {
                let host = name_of(host, *port);
                Failure::UnknownHost {
                    line: format!("{host} {} {}", shown.kind, shown.key),
                    fingerprint: format!("{} SHA256:{}", shown.kind, shown.fingerprint),
                    changed: !self.known.is_empty(),
                    host,
                }
            }
            _ if error.code() == ErrorCode::Certificate => Failure::Untrusted(error.message().to_owned()),
            _ => Failure::from(error),
        }
    }

    /// The proxy for the URL.
    pub fn proxy(&self) -> ProxyOptions<'_> {
        let mut proxy = ProxyOptions::new();
        match &self.request.site.proxy {
            Some(url) => proxy.url(url),
            None => proxy.auto(),
        };
        proxy
    }
}

/// As OpenSSH shows it: base64 without padding.
fn fingerprint(hash: &[u8]) -> String {
    encode_block(hash).trim_end_matches('=').to_owned()
}

fn read_keys(site: &Site) -> Result<Vec<String>, Failure> {
    let mut keys = Vec::new();
    for path in &site.ssh_key_files {
        match fs::read_to_string(path) {
            Ok(key) => keys.push(key),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Failure::Denied(format!(
                    "the SSH key `{}` can't be read: {error}",
                    path.display()
                )));
            }
        }
    }
    Ok(keys)
}

fn known_keys(site: &Site, host: &str, port: u16) -> Result<Vec<HostKey>, Failure> {
    let Some(path) = &site.ssh_known_hosts else {
        return Ok(Vec::new());
    };
    let text = fs::read(path).map_err(|error| {
        Failure::Denied(format!(
            "the file of known hosts `{}` can't be read: {error}",
            path.display()
        ))
    })?;
    Ok(keys_of(&String::from_utf8_lossy(&text), host, port))
}

/// Gives libssh2 the host's known keys where it looks for them: it then asks the server for a key of a known kind, and
/// takes no other.
fn tell_libssh2(site: &Site, name: &str, keys: &[HostKey]) -> Result<(), Failure> {
    let folder = site.home().join(".ssh");
    file::folder(&folder)?;
    let lines: Vec<String> = keys
        .iter()
        .map(|key| format!("{name} {} {}\n", key.kind, key.key))
        .collect();
    file::ensure(&folder.join("known_hosts"), lines.concat().as_bytes())
}
