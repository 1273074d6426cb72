//! Numbers as people read them: `1,240`, `99.4%`, `0.8 s`, `1 min 35 s`.

/// A count with thousands separated: `18,412`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

/// Bytes: `812 B`, `31 kB`, `4.8 MB`, `1.2 GB`.
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{} kB", n / 1_000),
        1_000_000..1_000_000_000 => format!("{}.{} MB", n / 1_000_000, n / 100_000 % 10),
        _ => format!("{}.{} GB", n / 1_000_000_000, n / 100_000_000 % 10),
    }
}

/// A count that was only taken up to `limit`: `10,000+` when there are more.
pub fn count_up_to(n: u64, limit: u64) -> String {
    if n > limit { format!("{}+", count(limit)) } else { count(n) }
}

/// A share of a whole, one decimal, rounded so that something short of all never reads as 100%: `99.4%`, `100%`.
/// None when there is nothing to take a share of.
pub fn share(part: u64, whole: u64) -> Option<String> {
    if whole == 0 {
        return None;
    }
    let part = part.min(whole);
    if part == whole {
        return Some("100%".to_owned());
    }
    let tenths = (u128::from(part) * 1000 + u128::from(whole) / 2) / u128::from(whole);
    let tenths = tenths.min(999).max(u128::from(part > 0));
    Some(if tenths == 0 { "0%".to_owned() } else { format!("{}.{}%", tenths / 10, tenths % 10) })
}

/// A duration given in milliseconds: `12 ms`, `0.8 s`, `35 s`, `1 min 35 s`, `2 h 5 min`, `3 d 4 h`.
pub fn duration(ms: u64) -> String {
    let whole_s = (ms + 500) / 1000;
    match ms {
        0..100 => format!("{ms} ms"),
        100..9_950 => {
            let tenths = (ms + 50) / 100;
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        _ if whole_s < 60 => format!("{whole_s} s"),
        _ if whole_s < 3_600 => two(whole_s / 60, "min", whole_s % 60, "s"),
        _ if whole_s < 86_400 => two(whole_s / 3_600, "h", whole_s % 3_600 / 60, "min"),
        _ => two(whole_s / 86_400, "d", whole_s % 86_400 / 3_600, "h"),
    }
}

fn two(big: u64, unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 { format!("{big} {unit}") } else { format!("{big} {unit} {small} {small_unit}") }
}

/// `1 run`, `2 runs`.
pub fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(
            ["0", "999", "1,000", "18,412", "1,234,567"],
            [0, 999, 1000, 18412, 1_234_567].map(count).each_ref().map(String::as_str)
        );
        assert_eq!(count_up_to(10_001, 10_000), "10,000+");
        assert_eq!(plural(1, "run", "runs"), "1 run");
        assert_eq!(plural(1200, "run", "runs"), "1,200 runs");
    }

    #[test]
    fn shares_never_round_to_all_or_nothing() {
        assert_eq!(share(0, 0), None);
        assert_eq!(share(0, 5).as_deref(), Some("0%"));
        assert_eq!(share(5, 5).as_deref(), Some("100%"));
        assert_eq!(share(99_999, 100_000).as_deref(), Some("99.9%"));
        assert_eq!(share(1, 100_000).as_deref(), Some("0.1%"));
        assert_eq!(share(4, 6).as_deref(), Some("66.7%"));
    }

    #[test]
    fn durations() {
        for (ms, words) in [
            (12, "12 ms"),
            (800, "0.8 s"),
            (9_999, "10 s"),
            (95_000, "1 min 35 s"),
            (59_600, "1 min"),
            (7_500_000, "2 h 5 min"),
            (90_000_000, "1 d 1 h"),
        ] {
            assert_eq!(duration(ms), words);
        }
    }
}
