//! Every option of `stackctl sync`, under the headings of its help.

mod access;
mod deprecated;
mod hooks;
mod output;
mod pace;
mod source;

use super::flag::Flag;

/// The headings and what stands under each. The last holds what no help shows.
pub const HEADINGS: [(&str, &[Flag]); 6] = [
    ("What is synced, and where to", source::FLAGS),
    ("When", pace::FLAGS),
    ("Who one is to the server", access::FLAGS),
    ("Hooks", hooks::FLAGS),
    ("What is told", output::FLAGS),
    ("Of former versions", deprecated::FLAGS),
];

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Flag> {
    HEADINGS.iter().flat_map(|(_, flags)| flags.iter())
}

/// The option of this name.
pub fn named(name: &str) -> &'static Flag {
    all()
        .find(|flag| flag.name == name)
        .expect("the program asks only for options that it has")
}
