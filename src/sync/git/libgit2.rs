//! What libgit2 does for the backend, inside the child process. One request in, one answer out.

mod attributes;
mod callbacks;
mod check_out;
mod conversion;
mod create;
mod failure;
mod fetch;
mod fetched;
mod file;
mod known_hosts;
mod look;
mod pack_list;
mod prepare;
mod reference;
mod registration;
mod repack;
mod session;
mod stale;
mod submodule;
mod tidy;
mod transfer;
mod tree;
mod verify;
mod write;

use super::child::{Answer, Call, Failure, Request};

/// Does what is asked. What is found corrupted is remembered for the next `prepare`.
pub fn answer(request: &Request) -> Result<Answer, Failure> {
    session::set_up(request)?;
    let site = &request.site;
    let outcome = match &request.call {
        Call::Prepare => prepare::prepare(request).map(|()| Answer::Done),
        Call::Fetch => fetch::fetch(request).map(Answer::Commit),
        Call::CheckOut {
            commit,
            folder,
            worktree,
        } => check_out::check_out(request, commit, folder, worktree).map(|()| Answer::Done),
        Call::Verify { commit, worktree } => verify::verify(site, commit, worktree).map(Answer::Verdict),
        Call::Look { pinned, worktrees } => {
            look::look(request, pinned.as_deref(), worktrees).map(Answer::Found)
        }
        Call::Tidy => tidy::tidy(site).map(|()| Answer::Done),
    };
    if let Err(Failure::Corrupted(_)) = &outcome {
        prepare::distrust(site);
    }
    outcome
}
