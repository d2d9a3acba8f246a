//! A panic in one of the threads of a run -> an error, so that the others stop and what is finished is kept.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::migrate::MigrateError;

/// Does a piece of work; a panic in it becomes an error that says what was done, such as "reading `main.t`".
///
/// What the work has changed in part is nobody's afterwards: connections are closed, and transactions undone with them.
pub fn caught<T>(doing: &str, work: impl FnOnce() -> Result<T, MigrateError>) -> Result<T, MigrateError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(of(doing, panic.as_ref())))
}

/// The error of a panic.
pub fn of(doing: &str, panic: &(dyn Any + Send)) -> MigrateError {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    MigrateError::Flaw {
        doing: doing.to_owned(),
        said: said.unwrap_or("no message").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Advice;

    #[test]
    fn a_panic_is_told_as_a_flaw_of_stackctl_with_its_words() {
        let words = |error: MigrateError| format!("{error}\n{}", error.hint().unwrap());
        let plain = caught::<()>("reading `main.t`", || panic!("no row"));
        let formatted = caught::<()>("reading `main.t`", || panic!("no {}", "row"));
        let told = words(plain.unwrap_err());
        assert_eq!(told, words(formatted.unwrap_err()));
        for word in ["flaw", "reading `main.t`", "no row", "report", "goes on"] {
            assert!(told.contains(word), "{told}");
        }
        assert!(matches!(
            caught::<()>("nothing", || Err(MigrateError::Stopped)),
            Err(MigrateError::Stopped)
        ));
    }
}
