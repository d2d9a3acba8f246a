//! Against files and servers that change between two rounds.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use openssl::pkey::PKey;
use openssl::rsa::Rsa;

use super::*;
use crate::runtime::http_endpoint::{HttpEndpoint, Request, Response};
use crate::runtime::process_facts::ProcessFacts;
use crate::sync::log::tests::Written;
use crate::sync::options::Credential;

const REPO: &str = "https://host/app.git";

fn refresh(access: &Access) -> (Refresh, Written, Arc<Metrics>) {
    let (written, metrics) = (Written::default(), Arc::new(Metrics::default()));
    let refresh = Refresh::new(REPO, access, written.log(9), Arc::clone(&metrics));
    (refresh, written, metrics)
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// Answers with these, one after the other, and the last again; gives back its URL and the requests.
fn server(answers: Vec<Response>) -> (String, Receiver<Request>) {
    let endpoint = HttpEndpoint::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/", endpoint.address().unwrap());
    let (sender, asked) = channel();
    let rest = Mutex::new((sender, answers.into_iter().rev().collect::<Vec<_>>()));
    endpoint
        .serve(move |request| {
            let mut rest = rest.lock().unwrap();
            rest.0.send(request.clone()).unwrap();
            let answer = rest.1.pop().unwrap();
            if rest.1.is_empty() {
                rest.1.push(answer.clone());
            }
            answer
        })
        .unwrap();
    (url, asked)
}

#[test]
fn a_password_file_is_read_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "first\n").unwrap();
    let access = Access {
        credentials: vec![Credential {
            url: REPO.to_owned(),
            username: "me".to_owned(),
            password: Password::File(path.clone()),
        }],
        ..Access::default()
    };
    let (mut refresh, written, _) = refresh(&access);
    assert_eq!(refresh.logins(soon()).unwrap()[0].password, "first");
    std::fs::write(&path, "second\r\n").unwrap();
    assert_eq!(refresh.logins(soon()).unwrap()[0].password, "second");
    std::fs::remove_file(&path).unwrap();
    let error = refresh.logins(soon()).err().unwrap();
    assert!(error.message.contains("token") && error.hint.is_some(), "{error}");
    refresh.log.info(0, "first and second", &[]);
    assert!(written.text().contains("*** and ***"), "{}", written.text());
}

#[test]
fn askpass_counts_more_than_what_was_given_for_the_same_url() {
    let (url, _asked) = server(vec![
        Response::text(200, "username=me\npassword=one\n"),
        Response::text(500, "password=leak"),
        Response::text(200, "username=me\npassword=two\n"),
    ]);
    let credential = |url: &str| Credential {
        url: url.to_owned(),
        username: "other".to_owned(),
        password: Password::Text("given".to_owned()),
    };
    let access = Access {
        askpass_url: Some(url),
        credentials: vec![credential(REPO), credential("https://else")],
        ..Access::default()
    };
    let (mut refresh, _, metrics) = refresh(&access);
    let logins = refresh.logins(soon()).unwrap();
    let seen: Vec<_> = logins
        .iter()
        .map(|login| (login.url.as_str(), login.password.as_str()))
        .collect();
    assert_eq!(seen, [(REPO, "one"), ("https://else", "given")]);
    let error = refresh.logins(soon()).err().unwrap();
    assert!(
        error.message.contains("500") && !error.message.contains("leak"),
        "{error}"
    );
    assert_eq!(refresh.logins(soon()).unwrap()[0].password, "two");
    let text = metrics.text(&ProcessFacts::default());
    assert!(
        text.contains("git_sync_askpass_calls{status=\"success\"} 2"),
        "{text}"
    );
    assert!(
        text.contains("git_sync_askpass_calls{status=\"error\"} 1"),
        "{text}"
    );
}

#[test]
fn an_apps_token_is_asked_for_when_it_is_about_to_end() {
    let token = |name: &str, seconds| {
        let end = (Utc::now() + chrono::TimeDelta::seconds(seconds)).to_rfc3339();
        Response::text(
            201,
            format!("{{\"token\":\"{name}\",\"expires_at\":\"{end}\",\"more\":1}}"),
        )
    };
    let (url, asked) = server(vec![
        token("short", 20),
        token("long", 3600),
        Response::text(500, "never asked"),
    ]);
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let access = Access {
        github_app: Some(GithubApp {
            base_url: url,
            issuer: "Iv1.x".to_owned(),
            installation_id: 42,
            private_key: Password::Text(String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap()),
        }),
        ..Access::default()
    };
    let (mut refresh, _, metrics) = refresh(&access);
    for expected in ["short", "long", "long"] {
        let logins = refresh.logins(soon()).unwrap();
        assert_eq!(
            (logins[0].username.as_str(), logins[0].password.as_str()),
            ("-", expected)
        );
    }
    let first = asked.recv().unwrap();
    assert_eq!(
        (first.method.as_str(), first.path.as_str()),
        ("POST", "/app/installations/42/access_tokens")
    );
    assert_eq!(asked.try_iter().count(), 1);
    let counted = "git_sync_refresh_github_app_token_count{status=\"success\"} 2";
    assert!(metrics.text(&ProcessFacts::default()).contains(counted));
}

#[test]
fn a_refused_app_is_told_without_its_key() {
    let (url, _asked) = server(vec![Response::text(401, "bad credentials")]);
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let key = String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    let app = |private_key: &str| GithubApp {
        base_url: url.clone(),
        issuer: "1".to_owned(),
        installation_id: 42,
        private_key: Password::Text(private_key.to_owned()),
    };
    for (private_key, expected) in [(key.as_str(), "401"), ("hunter2", "PEM")] {
        let (mut refresh, ..) = refresh(&Access {
            github_app: Some(app(private_key)),
            ..Access::default()
        });
        let error = refresh.logins(soon()).err().unwrap();
        assert!(
            error.message.contains(expected) && !error.message.contains("hunter2"),
            "{error}"
        );
    }
}
