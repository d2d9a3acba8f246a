//! A panic is a flaw in stackctl: it is told with what a report needs, and the terminal is put right.

use std::io::{IsTerminal, Write};
use std::panic::PanicHookInfo;

/// Makes the cursor visible again, which a progress bar may have hidden.
const SHOW_CURSOR: &str = "\x1b[?25h";

/// Tells panics of this process in stackctl's own words.
pub fn install() {
    std::panic::set_hook(Box::new(|panic| {
        let mut stderr = std::io::stderr();
        let cursor = if stderr.is_terminal() { SHOW_CURSOR } else { "" };
        // Nobody is left to be told that stderr is closed.
        let _gone = write!(stderr, "{cursor}{}", told(panic));
    }));
}

fn told(panic: &PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let place = panic
        .location()
        .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    format!(
        "error: stackctl has a flaw and had to stop\n  stackctl {}, {place}: {message}\n\
         hint: please report this with the two lines above and the command you typed; what runs in containers goes on running\n",
        env!("CARGO_PKG_VERSION"),
    )
}
