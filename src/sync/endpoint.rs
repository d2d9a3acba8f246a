//! The HTTP endpoint: whether something is published, metrics, and what there is to know of the process.

use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::metrics::Metrics;
use super::options::Http;
use crate::runtime::http_endpoint::{HttpEndpoint, Request, Response};
use crate::runtime::process_facts::ProcessFacts;

/// Listens, and answers from now on. `ready` says whether something is published.
pub fn serve(options: &Http, ready: Arc<AtomicBool>, metrics: Arc<Metrics>) -> io::Result<SocketAddr> {
    let endpoint = HttpEndpoint::bind(options.bind)?;
    let address = endpoint.address()?;
    let (has_metrics, has_pprof) = (options.metrics, options.pprof);
    endpoint.serve(move |request| answer(request, has_metrics, has_pprof, &ready, &metrics))?;
    Ok(address)
}

fn answer(
    request: &Request,
    has_metrics: bool,
    has_pprof: bool,
    ready: &AtomicBool,
    metrics: &Metrics,
) -> Response {
    let path = request.path.as_str();
    if has_metrics && path == "/metrics" {
        return Response::metrics(metrics.text(&ProcessFacts::read()));
    }
    if has_pprof && (path == "/debug/pprof" || path.starts_with("/debug/pprof/")) {
        return Response::text(200, process());
    }
    // Any other path is a probe's, whatever it is called.
    if ready.load(Ordering::SeqCst) {
        Response::text(200, "ok\n")
    } else {
        Response::text(503, "nothing is published yet\n")
    }
}

fn process() -> String {
    let mut text =
        "This process is not written in Go: it has no profiles. What the kernel tells of it:\n\n".to_owned();
    for (name, _, _, value) in ProcessFacts::read().metrics() {
        writeln!(text, "{name} {value}").expect("memory takes all that is written");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(path: &str, (has_metrics, has_pprof): (bool, bool), ready: bool) -> u16 {
        let request = Request {
            method: "GET".to_owned(),
            path: path.to_owned(),
        };
        let metrics = Metrics::default();
        answer(
            &request,
            has_metrics,
            has_pprof,
            &AtomicBool::new(ready),
            &metrics,
        )
        .status
    }

    #[test]
    fn it_is_ready_once_something_is_published() {
        for path in ["/", "/healthz"] {
            assert_eq!(status(path, (true, true), false), 503);
            assert_eq!(status(path, (true, true), true), 200);
        }
    }

    #[test]
    fn the_rest_answers_where_it_was_asked_for() {
        for path in ["/metrics", "/debug/pprof/", "/debug/pprof/heap"] {
            assert_eq!(status(path, (true, true), false), 200, "{path}");
            assert_eq!(status(path, (false, false), false), 503, "{path}");
        }
    }
}
