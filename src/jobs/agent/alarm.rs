//! Waking at a time of the wall clock.
//!
//! A timer of the kernel on the real-time clock, because a timeout counted in seconds is wrong as soon as somebody
//! sets the clock or the machine sleeps. With `TFD_TIMER_CANCEL_ON_SET` the kernel also wakes it when the clock is
//! set, so nothing needs to look at the time every minute.

use std::os::fd::{AsFd, BorrowedFd};

use chrono::{DateTime, Utc};
use nix::errno::Errno;
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use nix::unistd::read;

/// A timer on the wall clock.
#[derive(Debug)]
pub struct Alarm {
    timer: TimerFd,
    set_for: Option<DateTime<Utc>>,
}

/// Where no run is ever due, it still wakes when the clock is set.
const NEVER: i64 = 4_102_444_800;

impl Alarm {
    /// A timer that is not set.
    pub fn new() -> Result<Self, Errno> {
        Ok(Self {
            timer: TimerFd::new(
                ClockId::CLOCK_REALTIME,
                TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK,
            )?,
            set_for: None,
        })
    }

    /// Sets it. Tells whether the clock was set in the meantime, and times must be worked out again.
    pub fn set(&mut self, due: Option<DateTime<Utc>>) -> Result<bool, Errno> {
        let seconds = due.map_or(NEVER, |due| due.timestamp());
        let due = DateTime::from_timestamp(seconds, 0);
        if self.set_for == due {
            return Ok(false);
        }
        let flags = TimerSetTimeFlags::TFD_TIMER_ABSTIME | TimerSetTimeFlags::TFD_TIMER_CANCEL_ON_SET;
        // Zero would switch it off.
        match self
            .timer
            .set(Expiration::OneShot(TimeSpec::new(seconds.max(1), 0)), flags)
        {
            Ok(()) => self.set_for = due,
            Err(Errno::ECANCELED) => return Ok(true),
            Err(error) => return Err(error),
        }
        Ok(false)
    }

    /// Readable when it is due or the clock was set.
    #[must_use]
    pub fn readiness(&self) -> BorrowedFd<'_> {
        self.timer.as_fd()
    }

    /// Takes what has happened. Tells whether the clock was set.
    pub fn take(&mut self) -> bool {
        match read(&self.timer, &mut [0; 8]) {
            Ok(_) => {
                self.set_for = None;
                false
            }
            Err(Errno::ECANCELED) => {
                self.set_for = None;
                true
            }
            // It was not due.
            Err(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::*;

    fn is_ready(alarm: &Alarm, timeout: u16) -> bool {
        let mut fds = [PollFd::new(alarm.readiness(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::from(timeout)).unwrap() == 1
    }

    #[test]
    fn it_wakes_at_the_time_and_once() {
        let mut alarm = Alarm::new().unwrap();
        assert!(!alarm.set(None).unwrap());
        assert!(!is_ready(&alarm, 0));
        alarm.set(Some(Utc::now() + TimeDelta::seconds(1))).unwrap();
        assert!(is_ready(&alarm, 10_000));
        assert!(!alarm.take());
        assert!(!is_ready(&alarm, 0));
        // What is past is due at once.
        alarm.set(Some(Utc::now() - TimeDelta::days(1))).unwrap();
        assert!(is_ready(&alarm, 10_000));
    }
}
