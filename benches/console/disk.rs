//! How often the disk says that something is safe: it bounds every durable write, so it stands beside them.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use crate::say;

pub fn measure() {
    let rate = synchronised_writes(Duration::from_secs(2));
    say("4 KiB written and synchronised", &format!("{rate:.0}/s"), "one after the other, as one writer does");
}

/// Appends of 4 KiB with fdatasync a second, in the folder where the databases of this run are.
pub fn synchronised_writes(time: Duration) -> f64 {
    let mut file = tempfile::tempfile().expect("make a temporary file");
    let block = [7_u8; 4096];
    let start = Instant::now();
    let mut count = 0_u32;
    while start.elapsed() < time {
        file.write_all(&block).and_then(|()| File::sync_data(&file)).expect("write");
        count += 1;
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}
