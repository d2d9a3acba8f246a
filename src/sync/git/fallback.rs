//! A backend that hands over to another one at the first thing that it can't do, such as a tree that Git LFS is in.

use std::path::Path;
use std::time::Instant;

use super::{Found, Git, GitError, Login, Verdict};
use crate::sync::layout::Layout;

/// Makes the second backend, if it can be had.
pub type Second = Box<dyn Fn() -> Option<Box<dyn Git>> + Send>;

/// Works with the first backend until that says that something is not its to do.
pub struct Fallback {
    current: Box<dyn Git>,
    /// What is left to hand over to.
    second: Option<Second>,
}

impl Fallback {
    /// Begins with the first.
    pub fn new(first: Box<dyn Git>, second: Second) -> Self {
        Self {
            current: first,
            second: Some(second),
        }
    }

    /// Does it, if need be with the other backend, which stays from then on.
    fn attempt<T>(
        &mut self,
        logins: &[Login],
        deadline: Instant,
        act: impl Fn(&mut dyn Git) -> Result<T, GitError>,
    ) -> Result<T, GitError> {
        let outcome = act(self.current.as_mut());
        let Err(GitError::Unsupported(reason)) = outcome else {
            return outcome;
        };
        match self.second.as_ref().and_then(|second| second()) {
            Some(second) => self.current = second,
            None => return Err(GitError::Unsupported(reason)),
        }
        self.second = None;
        self.current.prepare(logins, deadline)?;
        act(self.current.as_mut())
    }
}

impl Git for Fallback {
    fn prepare(&mut self, logins: &[Login], deadline: Instant) -> Result<(), GitError> {
        self.attempt(logins, deadline, |git| git.prepare(logins, deadline))
    }

    fn fetch(&mut self, logins: &[Login], deadline: Instant) -> Result<String, GitError> {
        self.attempt(logins, deadline, |git| git.fetch(logins, deadline))
    }

    fn look(
        &mut self,
        pinned: Option<&str>,
        layout: &Layout,
        logins: &[Login],
        deadline: Instant,
    ) -> Result<Found, GitError> {
        self.attempt(logins, deadline, |git| git.look(pinned, layout, logins, deadline))
    }

    fn check_out(
        &mut self,
        commit: &str,
        folder: &Path,
        worktree: &Path,
        logins: &[Login],
        deadline: Instant,
    ) -> Result<(), GitError> {
        self.attempt(logins, deadline, |git| {
            git.check_out(commit, folder, worktree, logins, deadline)
        })
    }

    fn verify(&mut self, commit: &str, worktree: &Path, deadline: Instant) -> Result<Verdict, GitError> {
        self.attempt(&[], deadline, |git| git.verify(commit, worktree, deadline))
    }

    fn tidy(&mut self, changed: bool, deadline: Instant) -> Result<(), GitError> {
        self.attempt(&[], deadline, |git| git.tidy(changed, deadline))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names the backend as the commit that it fetches.
    struct Fake {
        name: &'static str,
        can: bool,
    }

    impl Git for Fake {
        fn prepare(&mut self, _: &[Login], _: Instant) -> Result<(), GitError> {
            Ok(())
        }

        fn fetch(&mut self, _: &[Login], _: Instant) -> Result<String, GitError> {
            if self.can {
                Ok(self.name.to_owned())
            } else {
                Err(GitError::Unsupported(self.name.to_owned()))
            }
        }

        fn check_out(
            &mut self,
            _: &str,
            _: &Path,
            _: &Path,
            _: &[Login],
            _: Instant,
        ) -> Result<(), GitError> {
            Ok(())
        }

        fn verify(&mut self, _: &str, _: &Path, _: Instant) -> Result<Verdict, GitError> {
            Ok(Verdict::Whole)
        }

        fn tidy(&mut self, _: bool, _: Instant) -> Result<(), GitError> {
            Ok(())
        }
    }

    fn fake(name: &'static str, can: bool) -> Box<dyn Git> {
        Box::new(Fake { name, can })
    }

    #[test]
    fn the_other_takes_over_where_the_first_ends() {
        let fetch = |mut git: Fallback| git.fetch(&[], Instant::now());
        let takes_over = Fallback::new(fake("first", false), Box::new(|| Some(fake("second", true))));
        assert_eq!(fetch(takes_over).unwrap(), "second");
        let stays = Fallback::new(fake("first", true), Box::new(|| Some(fake("second", true))));
        assert_eq!(fetch(stays).unwrap(), "first");
        let alone = Fallback::new(fake("first", false), Box::new(|| None));
        assert!(matches!(fetch(alone), Err(GitError::Unsupported(name)) if name == "first"));
        let neither = Fallback::new(fake("first", false), Box::new(|| Some(fake("second", false))));
        assert!(matches!(fetch(neither), Err(GitError::Unsupported(name)) if name == "second"));
    }
}
