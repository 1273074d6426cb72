//! Random choices that can be repeated, and how many of them are made.

/// Numbers from a seed that is printed, so that a failure can be repeated with SIGNALBOX_SEED.
pub struct Choice(u64);

impl Choice {
    pub fn seeded() -> Self {
        let given = std::env::var("SIGNALBOX_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            now.map_or(1, |now| now.subsec_nanos().into())
        });
        println!("SIGNALBOX_SEED={seed}");
        Self(seed | 1)
    }

    /// From `low` to `high`, by xorshift.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        low + self.0 % (high - low + 1)
    }

    /// One of several.
    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let index = self.between(0, all.len() as u64 - 1);
        &all[usize::try_from(index).expect("a small number")]
    }
}

/// How much of something is done: a sample, or all of it with SIGNALBOX_FULL=1.
pub fn sampled<T>(sample: T, full: T) -> T {
    if std::env::var_os("SIGNALBOX_FULL").is_some() { full } else { sample }
}
