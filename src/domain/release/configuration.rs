//! What a sync makes of the configuration where it goes (PRODUCT §4.6): values travel, those *managed here* are kept.

use super::super::environment::configuration::address;
use super::super::environment::{Configuration, Entry};

/// The configuration after a sync, and what of it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// What will stand there.
    pub next: Configuration,
    /// Values that are managed here, so the source's did not replace them.
    pub kept: Vec<Entry>,
    /// Values that only the target has: the source says nothing of them.
    pub only_here: Vec<Entry>,
}

/// Carries the source's values into the target's.
pub fn carry(source: &Configuration, target: &Configuration) -> Carried {
    let mut next = target.clone();
    let free = |part, name: &String| !target.managed_here.contains(&address(part, name));
    use super::super::environment::Part;
    macro_rules! travel {
        ($($field:ident => $part:ident),+) => {$(
            for (name, value) in &source.$field {
                if free(Part::$part, name) {
                    next.$field.insert(name.clone(), value.clone());
                }
            }
        )+};
    }
    travel!(connections => Connections, scripts => Scripts, caches => Caches, lookups => Lookups, variables => Variables,
        secrets => Secrets, priority => Priority);
    let (kept, others): (Vec<Entry>, Vec<Entry>) = target.entries().into_iter().partition(|e| e.managed);
    let only_here = others.into_iter().filter(|e| source.replacement(e.part, &e.name).is_none()).collect();
    Carried { next, kept, only_here }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::environment::read::read;
    use super::*;

    #[test]
    fn values_travel_but_those_managed_here_stay() {
        let of = |value| read(&value, &Configuration::default()).unwrap();
        let source = of(json!({"connections": {"mail": "ses"}, "variables": {"region": "eu", "limit": "5"}, "priority": {"orders": 3}}));
        let target = of(json!({"variables": {"region": "us", "depot": "hamburg"}, "managed_here": ["variables.region"]}));
        let done = carry(&source, &target);
        let expected = of(json!({
            "connections": {"mail": "ses"}, "variables": {"region": "us", "limit": "5", "depot": "hamburg"},
            "priority": {"orders": 3}, "managed_here": ["variables.region"]
        }));
        assert_eq!(done.next, expected);
        assert_eq!(done.kept.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["region"]);
        assert_eq!(done.only_here.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["depot"]);
        assert_eq!(carry(&target, &target).next, target);
    }
}
