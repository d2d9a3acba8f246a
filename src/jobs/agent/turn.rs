//! The loop: wait for what is next, and do it.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::alarm::Alarm;
use super::error::AgentError;
use super::signals::Signals;
use super::{Agent, Ended};
use crate::jobs::control::server::Server;

/// What the loop waits for, besides the output.
#[derive(Debug)]
pub struct Loop {
    pub signals: Signals,
    pub alarm: Alarm,
    pub server: Server,
}

/// Both clocks at one moment, to tell how far the wall clock was set.
#[derive(Debug, Clone, Copy)]
struct Moment {
    wall: DateTime<Utc>,
    steady: Instant,
}

impl Moment {
    fn now() -> Self {
        Self {
            wall: Utc::now(),
            steady: Instant::now(),
        }
    }

    /// How far the wall clock was set between the two; a sleep of the machine counts as well.
    fn step_since(self, earlier: Self) -> TimeDelta {
        let passed = TimeDelta::from_std(self.steady - earlier.steady).unwrap_or(TimeDelta::MAX);
        (self.wall - earlier.wall) - passed
    }
}

/// What made the loop wake.
#[derive(Default)]
// Each stands for one thing that is waited for; they come in any mixture.
#[allow(clippy::struct_excessive_bools)]
struct Woken {
    signal: bool,
    alarm: bool,
    output: bool,
    request: bool,
}

impl Loop {
    /// Works until the agent is told to end and all runs have.
    pub fn run(mut self, agent: &mut Agent) -> Result<Ended, AgentError> {
        let mut before = Moment::now();
        loop {
            agent.tick(Utc::now());
            if let Some(ended) = agent.has_ended() {
                return Ok(ended);
            }
            let was_set = self
                .alarm
                .set(agent.next_due())
                .map_err(AgentError::system("set a timer"))?;
            let woken = if was_set {
                Woken::default()
            } else {
                self.wait(agent, agent.next_deadline())?
            };
            let clock_was_set = was_set || (woken.alarm && self.alarm.take());
            let now = Moment::now();
            if clock_was_set {
                agent.roster.clock_was_set(now.wall, now.step_since(before));
            }
            before = now;
            if woken.signal {
                let arrived = self.signals.take();
                if arrived.child {
                    agent.reap();
                }
                if arrived.look {
                    agent.follow.look_now();
                }
                if arrived.end {
                    agent.drain();
                }
            }
            if woken.output {
                agent.take_tails();
            }
            // A request may come with anything else, and connections have deadlines.
            if woken.request
                || self
                    .server
                    .deadline()
                    .is_some_and(|deadline| deadline <= now.steady)
            {
                self.server.serve(|request| agent.answer(request));
            }
        }
    }

    fn wait(&self, agent: &Agent, deadline: Option<Instant>) -> Result<Woken, AgentError> {
        let mut fds = vec![
            PollFd::new(self.signals.readiness(), PollFlags::POLLIN),
            PollFd::new(self.alarm.readiness(), PollFlags::POLLIN),
            PollFd::new(agent.output.readiness(), PollFlags::POLLIN),
        ];
        let requests = self.server.interests();
        fds.extend(requests.map(|(fd, flags)| PollFd::new(fd, flags)));
        let deadline = deadline.into_iter().chain(self.server.deadline()).min();
        match poll(&mut fds, timeout(deadline)) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(AgentError::system("wait")(error)),
        }
        let is_ready = |index: usize| fds[index].any().unwrap_or(false);
        Ok(Woken {
            signal: is_ready(0),
            alarm: is_ready(1),
            output: is_ready(2),
            request: (3..fds.len()).any(is_ready),
        })
    }
}

/// Rounded up, so that the deadline has come when it ends.
fn timeout(deadline: Option<Instant>) -> PollTimeout {
    let Some(deadline) = deadline else {
        return PollTimeout::NONE;
    };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return PollTimeout::ZERO;
    }
    PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX)
}
