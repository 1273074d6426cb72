//! Duration histograms with fixed buckets, so that hours and versions add up (DECISIONS 19).

/// Buckets a histogram has; the last one holds everything longer.
pub const BUCKETS: usize = 96;

/// The bucket of a duration in microseconds: below 1 ms the first, then four to each doubling.
pub fn bucket(micros: i64) -> usize {
    let ms = (micros.max(0) as f64) / 1000.0;
    if ms <= 1.0 {
        return 0;
    }
    ((ms.log2() * 4.0).ceil() as usize).min(BUCKETS - 1)
}

/// The upper end of a bucket in microseconds.
pub fn upper_bound(bucket: usize) -> i64 {
    (2f64.powf(bucket as f64 / 4.0) * 1000.0).round() as i64
}

/// Counts per bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram([i64; BUCKETS]);

impl Default for Histogram {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Histogram {
    /// Adds `count` runs to a bucket; a bucket beyond the end counts as the last.
    pub fn add(&mut self, bucket: usize, count: i64) {
        self.0[bucket.min(BUCKETS - 1)] += count;
    }

    /// Adds another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// How many are counted.
    pub fn total(&self) -> i64 {
        self.0.iter().sum()
    }

    /// The duration in microseconds that `share` (0 to 1) of the runs did not exceed; `None` when empty.
    /// Right to within a bucket, which is 19 %.
    pub fn quantile(&self, share: f64) -> Option<i64> {
        let total = self.total();
        if total == 0 {
            return None;
        }
        let rank = ((total as f64) * share).ceil().max(1.0) as i64;
        let mut seen = 0;
        self.0.iter().enumerate().find_map(|(i, n)| {
            seen += n;
            (seen >= rank).then(|| upper_bound(i))
        })
    }

    /// `bucket:count` pairs of what is not empty, e.g. `12:3,40:1`.
    pub fn encode(&self) -> String {
        let parts: Vec<String> = self.0.iter().enumerate().filter(|(_, n)| **n != 0).map(|(i, n)| format!("{i}:{n}")).collect();
        parts.join(",")
    }

    /// Reads what [`Self::encode`] wrote; pairs that make no sense count as nothing.
    pub fn decode(text: &str) -> Self {
        let mut out = Self::default();
        for (bucket, count) in text.split(',').filter_map(|pair| pair.split_once(':')) {
            if let (Ok(bucket), Ok(count)) = (bucket.parse::<usize>(), count.parse::<i64>()) {
                out.add(bucket, count);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_to_within_a_bucket() {
        let mut h = Histogram::default();
        for ms in 1..=1000 {
            h.add(bucket(ms * 1000), 1);
        }
        for (share, exact) in [(0.5, 500_000.0), (0.95, 950_000.0), (0.99, 990_000.0)] {
            let got = h.quantile(share).unwrap() as f64;
            assert!(got >= exact && got <= exact * 1.2, "{share}: {got}");
        }
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn a_histogram_survives_the_database_and_adds_up() {
        let mut h = Histogram::default();
        h.add(bucket(0), 2);
        h.add(bucket(i64::MAX), 5);
        assert_eq!(Histogram::decode(&h.encode()), h);
        let mut twice = h.clone();
        twice.merge(&h);
        assert_eq!(twice.total(), 14);
    }
}
