//! The keys that events are sealed with, for as long as a transaction runs.
//!
//! Every event is sealed where it is appended, so that no use case needs the key and none can forget it. A transaction
//! runs on one thread from beginning to end; whoever opens it says with which keys, and only [`super::events`] asks.

use std::cell::RefCell;

use crate::domain::audit::Keys;

thread_local! {
    static KEYS: RefCell<Option<Keys>> = const { RefCell::new(None) };
}

/// Puts back what was there, whatever ended the work.
struct Back(Option<Keys>);

impl Drop for Back {
    fn drop(&mut self) {
        let before = self.0.take();
        KEYS.with(|keys| *keys.borrow_mut() = before);
    }
}

/// Does `work` on this thread with these keys; without any, as nobody who holds them.
pub fn with<T>(keys: Option<&Keys>, work: impl FnOnce() -> T) -> T {
    let _back = Back(KEYS.with(|current| current.replace(keys.cloned())));
    work()
}

/// Uses these keys on this thread from now on: commands, whose one thread is theirs.
pub fn install(keys: Keys) {
    KEYS.with(|current| *current.borrow_mut() = Some(keys));
}

/// The keys of the transaction that runs on this thread.
pub fn current() -> Option<Keys> {
    KEYS.with(|keys| keys.borrow().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_last_as_long_as_the_work() {
        let (one, two) = (Keys::new(&[1; 32]).unwrap(), Keys::new(&[2; 32]).unwrap());
        let public = || current().map(|keys| keys.public().to_owned());
        with(Some(&one), || {
            with(None, || assert_eq!(public(), None));
            let fault = std::panic::catch_unwind(|| with(Some(&two), || panic!("a fault in a command")));
            assert!(fault.is_err());
            assert_eq!(public().as_deref(), Some(one.public()));
        });
        assert_eq!(public(), None);
    }
}
