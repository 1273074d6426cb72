//! Named places at which a process can be made to die, as if by kill -9 (TRUST P3). Only debug builds have them.

/// Every place, in the order in which a restore passes them.
pub const RESTORE: &[&str] = &[
    "restore-begun",
    "restore-saved",
    "restore-unpacked",
    "restore-compared",
    "restore-prepared",
    "restore-staged",
    "restore-old-closed",
    "restore-old-kept",
    "restore-renamed",
    "restore-in-place",
];

/// Every place that making a backup passes, in order.
pub const MAKE: &[&str] = &["backup-begun", "backup-dumped", "backup-packed", "backup-compared", "backup-renamed"];

/// Dies here when `SIGNALBOX_DIE_AT` names this place.
pub fn pass(name: &'static str) {
    #[cfg(debug_assertions)]
    if std::env::var_os("SIGNALBOX_DIE_AT").is_some_and(|place| place == name) {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
    #[cfg(not(debug_assertions))]
    let _ = name;
}
