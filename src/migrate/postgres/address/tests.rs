//! Addresses as people write them.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

/// Reads an address with these variables and nothing else.
fn read(address: &str, variables: &[(&str, &str)]) -> Result<Target, PostgresError> {
    let variables: HashMap<&str, &str> = variables.iter().copied().collect();
    let surroundings = Surroundings {
        variable: &|name| variables.get(name).map(|value| (*value).to_owned()),
        user: Some("me".to_owned()),
        home: None,
        sockets: Vec::new(),
    };
    target(Some(address).filter(|text| !text.is_empty()), None, &surroundings)
}

/// What is told of it: user, servers, database, how it is encrypted.
fn told(address: &str, variables: &[(&str, &str)]) -> String {
    match read(address, variables) {
        Ok(target) => format!(
            "{}@{} {:?}",
            target.config.get_user().unwrap(),
            target.shown(),
            target.tls.mode
        ),
        Err(error) => error.to_string(),
    }
}

fn password(address: &str, variables: &[(&str, &str)]) -> Option<String> {
    read(address, variables).unwrap().servers[0]
        .password
        .as_ref()
        .map(|secret| secret.0.clone())
}

#[test]
fn urls_are_read_as_libpq_reads_them() {
    for (address, expected) in [
        ("postgresql://u@h:6000/db", "u@h:6000/db Prefer"),
        ("postgres://h/", "me@h:5432/me Prefer"),
        ("postgresql+psycopg://u@h/db", "u@h:5432/db Prefer"),
        ("postgresql://", "me@localhost:5432/me Prefer"),
        ("postgresql:///db?host=/run/pg&port=7", "me@/run/pg:7/db Prefer"),
        (
            "postgresql://u%40x@%2Frun%2Fpg:7/d%20b",
            "u@x@/run/pg:7/d b Prefer",
        ),
        ("postgresql://a:1,b:2,[::1]/db", "me@a:1,b:2,[::1]:5432/db Prefer"),
        ("postgresql://a,b/db?port=9", "me@a:9,b:9/db Prefer"),
        ("postgresql://h/db?sslmode=verify-full", "me@h:5432/db VerifyFull"),
        ("postgresql://h/db?ssl=true", "me@h:5432/db Require"),
        (
            "postgresql://h/db?sslmode=require&sslrootcert=r.pem",
            "me@h:5432/db VerifyCa",
        ),
        (
            "postgresql://h/db?gssencmode=disable&client_encoding=utf8",
            "me@h:5432/db Prefer",
        ),
        (
            "postgresql://h/db?user=other&dbname=else",
            "other@h:5432/else Prefer",
        ),
    ] {
        assert_eq!(told(address, &[]), expected, "{address}");
    }
}

#[test]
fn words_and_names_are_addresses_too() {
    for (address, expected) in [
        ("host=h port=1 dbname=db user=u", "u@h:1/db Prefer"),
        (
            r"host = h  dbname='it\'s a db' user=u\ v",
            "u v@h:5432/it's a db Prefer",
        ),
        ("shop", "me@localhost:5432/shop Prefer"),
        ("", "me@localhost:5432/me Prefer"),
    ] {
        assert_eq!(told(address, &[]), expected, "{address}");
    }
}

#[test]
fn what_is_wrong_is_named_and_no_password_is() {
    for (address, expected) in [
        ("mysql://h/db", "`mysql://` is no address of PostgreSQL"),
        (
            "db.example.com:5432/app",
            "the address does not begin with `postgresql://`",
        ),
        (
            "postgres//bot@h/app",
            "the address does not begin with `postgresql://`",
        ),
        ("postgresql://h:x/db", "`port` can't be `x`"),
        ("postgresql://h:70000/db", "`port` can't be `70000`"),
        ("postgresql://::1/db", "`::1` has more than one `:`"),
        (
            "postgresql://[::1/db",
            "an IPv6 address in the address has no `]`",
        ),
        ("postgresql://h/db?sslmode=on", "`sslmode` can't be `on`"),
        (
            "postgresql://h/db?colour=red",
            "the address says `colour`, which is not known",
        ),
        ("postgresql://h/db?x", "`x` in the address has no `=`"),
        (
            "postgresql://u:se%zcret@h/db",
            "a `%` in the address is not followed by two hexadecimal digits of UTF-8",
        ),
        (
            "host=h password='secret",
            "the value of `password` has no closing quote",
        ),
        (
            "host=a,b port=1,2,3",
            "hosts, addresses and ports are not equally many",
        ),
        ("host=h connect_timeout=soon", "`connect_timeout` can't be `soon`"),
    ] {
        let error = read(address, &[]).unwrap_err();
        assert_eq!(error.to_string(), expected, "{address}");
        let shown = format!("{error:?} {:?}", crate::error::Advice::hint(&error));
        assert!(!shown.contains("cret"), "{shown}");
    }
}

#[test]
fn the_environment_completes_what_is_not_said() {
    let variables = [
        ("PGHOST", "envhost"),
        ("PGPORT", "7777"),
        ("PGUSER", "envuser"),
        ("PGDATABASE", "envdb"),
        ("PGSSLMODE", "require"),
        ("PGCONNECT_TIMEOUT", "3"),
        ("PGAPPNAME", "mine"),
        ("PGOPTIONS", "-c work_mem=1MB"),
    ];
    assert_eq!(told("", &variables), "envuser@envhost:7777/envdb Require");
    assert_eq!(
        told("postgresql://u@h:1/db?sslmode=disable", &variables),
        "u@h:1/db Disable"
    );
    let target = read("", &variables).unwrap();
    assert_eq!(target.config.get_connect_timeout(), Some(&Duration::from_secs(3)));
    assert_eq!(target.config.get_application_name(), Some("mine"));
    assert_eq!(target.config.get_options(), Some("-c work_mem=1MB"));
    // An address from the environment does not belong to a host that was typed.
    let target = read("host=h", &[("PGHOSTADDR", "10.0.0.1")]).unwrap();
    assert_eq!(target.servers[0].address, None);
    assert_eq!(
        read("", &[]).unwrap().config.get_application_name(),
        Some("stackctl migrate")
    );
}

#[test]
fn passwords_work_and_are_never_shown() {
    assert_eq!(password("postgresql://u:p%40ss@h/db", &[]).unwrap(), "p@ss");
    assert_eq!(
        password("postgresql://u@h/db", &[("PGPASSWORD", "env")]).unwrap(),
        "env"
    );
    assert_eq!(
        password("postgresql://u:url@h/db", &[("PGPASSWORD", "env")]).unwrap(),
        "url"
    );
    let target = read("postgresql://u:sesame@h/db", &[]).unwrap();
    let shown = format!("{} {target:?}", target.shown());
    assert!(!shown.contains("sesame"), "{shown}");
}

#[test]
fn a_password_file_holds_one_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    fs::write(&path, "two words \r\n").unwrap();
    let surroundings = Surroundings {
        variable: &|_| None,
        user: Some("me".to_owned()),
        home: None,
        sockets: Vec::new(),
    };
    let address = Some("postgresql://u:other@h/db");
    let read = target(address, Some(&path), &surroundings).unwrap();
    assert_eq!(read.servers[0].password, Some(Secret::new("two words ")));
    let missing = target(address, Some(&folder.path().join("x")), &surroundings).unwrap_err();
    assert!(
        missing
            .to_string()
            .starts_with("can't read the file with the password, `")
    );
}

#[test]
fn pgpass_is_searched_for_each_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pass");
    let lines = "# h:1:db:u:comment\nh:1:db:u:first\nh:*:*:u:second\n\\:\\:1:5432:d\\\\b:*:a\\:b\\\\c\n*:5432:*:v:any\nlocalhost:5:*:*:socket\nshort:line\n";
    fs::write(&path, lines).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let pass = path.to_str().unwrap();
    let found = |address: &str| password(address, &[("PGPASSFILE", pass)]);
    assert_eq!(found("postgresql://u@h:1/db").as_deref(), Some("first"));
    assert_eq!(found("postgresql://u@h:2/db").as_deref(), Some("second"));
    assert_eq!(found("postgresql://x@[::1]/d%5Cb").as_deref(), Some("a:b\\c"));
    assert_eq!(found("postgresql://v@elsewhere/db").as_deref(), Some("any"));
    assert_eq!(found("postgresql://w@elsewhere/db"), None);
    assert_eq!(
        found("postgresql:///db?host=/tmp&port=5").as_deref(),
        Some("socket")
    );
    let both = read("postgresql://u@h:1,elsewhere:3/db", &[("PGPASSFILE", pass)]).unwrap();
    let passwords: Vec<bool> = both
        .servers
        .iter()
        .map(|server| server.password.is_some())
        .collect();
    assert_eq!(passwords, [true, false]);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let target = read("postgresql://u@h:1/db", &[("PGPASSFILE", pass)]).unwrap();
    assert_eq!(target.servers[0].password, None);
    assert_eq!(
        target.password_note.unwrap(),
        format!("`{pass}` was not used, because others may read it: `chmod 600 {pass}`")
    );
}

#[test]
fn without_a_host_the_socket_of_this_machine_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".s.PGSQL.5432"), "").unwrap();
    let surroundings = Surroundings {
        variable: &|_| None,
        user: Some("me".to_owned()),
        home: None,
        sockets: vec![folder.path().to_owned()],
    };
    let here = |address| {
        target(Some(address), None, &surroundings).unwrap().servers[0]
            .host
            .clone()
    };
    assert_eq!(here("db"), folder.path().to_str().unwrap());
    assert_eq!(here("port=5433"), "localhost");
}

proptest::proptest! {
    #[test]
    fn any_text_is_an_address_or_an_error(text in "\\PC{0,40}", scheme in proptest::bool::ANY) {
        let text = if scheme { format!("postgresql://{text}") } else { text };
        let _ = read(&text, &[]);
    }

    #[test]
    fn what_is_encoded_comes_back(user in "[^\\x00]{1,12}", secret in "[^\\x00]{1,12}", name in "[^\\x00]{1,12}") {
        let encoded = |text: &str| text.bytes().fold(String::new(), |all, byte| format!("{all}%{byte:02X}"));
        let address = format!("postgresql://{}:{}@h/{}", encoded(&user), encoded(&secret), encoded(&name));
        let target = read(&address, &[]).unwrap();
        proptest::prop_assert_eq!(target.config.get_user(), Some(user.as_str()));
        proptest::prop_assert_eq!(target.database(), name);
        proptest::prop_assert_eq!(&target.servers[0].password, &Some(Secret::new(secret)));
    }
}
