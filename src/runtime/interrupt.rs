//! Ctrl-C and SIGTERM: noticed once, told to whoever waits for something.

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

type Listener = Box<dyn Fn(i32) + Send>;

/// Knows whether the user wants to stop, and wakes those who wait.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Inner>);

#[derive(Default)]
struct Inner {
    count: AtomicUsize,
    next: AtomicU64,
    listeners: Mutex<Vec<(u64, Listener)>>,
}

/// Listens until it is dropped.
#[must_use]
pub struct Listening {
    id: u64,
    inner: Arc<Inner>,
}

impl Interrupt {
    /// Takes SIGINT and SIGTERM over for the rest of the process; call it once.
    pub fn install() -> io::Result<Self> {
        let interrupt = Self::default();
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let inner = Arc::clone(&interrupt.0);
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || signals.forever().for_each(|signal| inner.arrived(signal)))?;
        Ok(interrupt)
    }

    /// Whether a signal has arrived.
    #[must_use]
    pub fn arrived(&self) -> bool {
        self.0.count.load(Ordering::SeqCst) > 0
    }

    /// As if SIGINT had arrived.
    #[cfg(test)]
    pub fn raise(&self) {
        self.0.arrived(SIGINT);
    }

    /// Calls `wake` with each signal from now on.
    pub fn listen(&self, wake: impl Fn(i32) + Send + 'static) -> Listening {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.0.lock().push((id, Box::new(wake)));
        Listening {
            id,
            inner: Arc::clone(&self.0),
        }
    }
}

impl Inner {
    fn arrived(&self, signal: i32) {
        self.count.fetch_add(1, Ordering::SeqCst);
        for (_, wake) in self.lock().iter() {
            wake(signal);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Listener)>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.inner.lock().retain(|(id, _)| *id != self.id);
    }
}

impl std::fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interrupt")
            .field("arrived", &self.arrived())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_are_woken_until_they_are_dropped() {
        let interrupt = Interrupt::default();
        let (sender, receiver) = std::sync::mpsc::channel();
        let listening = interrupt.listen(move |signal| sender.send(signal).unwrap());
        assert!(!interrupt.arrived());
        interrupt.0.arrived(SIGINT);
        drop(listening);
        interrupt.0.arrived(SIGTERM);
        assert!(interrupt.arrived());
        assert_eq!(receiver.iter().collect::<Vec<_>>(), [SIGINT]);
    }
}
