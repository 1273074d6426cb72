//! What differs between two configurations, in sentences (PRODUCT §3.10).

use super::configuration::{Configuration, Entry, Part};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What kind of replacement.
    pub part: Part,
    /// The component (or the flow, of a priority).
    pub name: String,
    /// How it differs.
    pub what: What,
}

/// How a replacement differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Stands only in the newer one.
    Added {
        /// What it is replaced with.
        to: String,
    },
    /// Stands only in the older one.
    Removed {
        /// What it was replaced with.
        from: String,
    },
    /// Stands in both, with another value.
    Changed {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// A sync keeps it from now on.
    Kept,
    /// A sync may change it from now on.
    NotKept,
}

impl Difference {
    /// The difference in one sentence.
    pub fn sentence(&self) -> String {
        let (title, name) = (self.part.title(), &self.name);
        match &self.what {
            What::Added { to } if self.part == Part::Variables => format!("{title} {name} is “{to}” here."),
            What::Added { to } if self.part == Part::Priority => format!("{title} of {name} is {to}."),
            What::Added { to } => format!("{title} {name} is replaced with {to}."),
            What::Removed { from } if self.part == Part::Variables => format!("{title} {name} is no longer “{from}” here."),
            What::Removed { from } if self.part == Part::Priority => format!("{title} of {name} is no longer {from}."),
            What::Removed { from } => format!("{title} {name} is no longer replaced with {from}."),
            What::Changed { from, to } if self.part == Part::Variables => format!("{title} {name} is “{to}” instead of “{from}”."),
            What::Changed { from, to } if self.part == Part::Priority => format!("{title} of {name} is {to} instead of {from}."),
            What::Changed { from, to } => format!("{title} {name} is replaced with {to} instead of {from}."),
            What::Kept => format!("{title} {name} is managed here: a sync keeps it."),
            What::NotKept => format!("{title} {name} is no longer managed here: a sync may change it."),
        }
    }

    /// added, removed or changed.
    pub const fn kind(&self) -> &'static str {
        match self.what {
            What::Added { .. } => "added",
            What::Removed { .. } => "removed",
            What::Changed { .. } | What::Kept | What::NotKept => "changed",
        }
    }

    /// The older value.
    pub fn from(&self) -> Option<&str> {
        match &self.what {
            What::Removed { from } | What::Changed { from, .. } => Some(from),
            _ => None,
        }
    }

    /// The newer value.
    pub fn to(&self) -> Option<&str> {
        match &self.what {
            What::Added { to } | What::Changed { to, .. } => Some(to),
            _ => None,
        }
    }
}

/// What differs, by kind and name.
pub fn differences(from: &Configuration, to: &Configuration) -> Vec<Difference> {
    Part::ALL.iter().flat_map(|part| of_part(*part, &from.of(*part), &to.of(*part))).collect()
}

fn of_part(part: Part, before: &[Entry], after: &[Entry]) -> Vec<Difference> {
    let mut names: Vec<&String> = before.iter().chain(after).map(|e| &e.name).collect();
    names.sort_unstable();
    names.dedup();
    let find = |all: &[Entry], name: &str| all.iter().find(|e| e.name == name).cloned();
    let mut found = Vec::new();
    for name in names {
        let mut add = |what| found.push(Difference { part, name: name.clone(), what });
        let (old, new) = (find(before, name), find(after, name));
        match (&old, &new) {
            (None, Some(new)) => add(What::Added { to: new.value.clone() }),
            (Some(old), None) => add(What::Removed { from: old.value.clone() }),
            (Some(old), Some(new)) if old.value != new.value => {
                add(What::Changed { from: old.value.clone(), to: new.value.clone() });
            }
            _ => {}
        }
        match (old.is_some_and(|e| e.managed), new.as_ref().is_some_and(|e| e.managed)) {
            (false, true) => add(What::Kept),
            (true, false) if new.is_some() => add(What::NotKept),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::read::read;
    use super::*;

    #[test]
    fn added_removed_changed_and_kept_are_sentences() {
        let of = |value| read(&value, &Configuration::default()).unwrap();
        let a = of(json!({"connections": {"payments": "adyen", "mail": "ses"}, "variables": {"region": "eu"}, "priority": {"orders": 1}}));
        let b = of(json!({
            "connections": {"payments": "adyen-test", "erp": "erp-test"}, "variables": {"region": "us"}, "priority": {"orders": 1},
            "managed_here": ["variables.region"]
        }));
        let said: Vec<String> = differences(&a, &b).iter().map(Difference::sentence).collect();
        assert_eq!(
            said,
            [
                "Connection erp is replaced with erp-test.",
                "Connection mail is no longer replaced with ses.",
                "Connection payments is replaced with adyen-test instead of adyen.",
                "Variable region is “us” instead of “eu”.",
                "Variable region is managed here: a sync keeps it.",
            ]
        );
        let kinds: Vec<&str> = differences(&a, &b).iter().map(Difference::kind).collect();
        assert_eq!(kinds, ["added", "removed", "changed", "changed", "changed"]);
        assert!(differences(&a, &a).is_empty());
    }
}
