//! The bin: what was deleted or pruned waits there (PRODUCT §3.7, §3.9).

use super::access::Permission;
use super::clock::Micros;
use super::environment::Kind as EnvironmentKind;

/// Days that a thing waits in the bin.
pub const DAYS: i64 = 30;

crate::text_enum! {
    /// What can lie in the bin.
    pub enum Kind ("kind of thing in the bin") {
        /// A flow with all its versions.
        Flow = "flow",
        /// A version of a flow.
        Version = "version",
        /// A connection, script, cache, lookup or variable.
        Component = "component",
        /// A secret with its value.
        Secret = "secret",
        /// A configuration version of an environment.
        Configuration = "configuration",
        /// A package that was never deployed.
        Package = "package",
        /// A plan of stages.
        Plan = "plan",
    }
}

impl Kind {
    /// What bringing one back takes; a configuration takes what its environment takes.
    pub const fn permission(self) -> Permission {
        match self {
            Self::Flow | Self::Version | Self::Component | Self::Package => Permission::Edit,
            Self::Secret => Permission::KeepSecrets,
            Self::Configuration | Self::Plan => Permission::Operate(EnvironmentKind::Production),
        }
    }
}

/// When something that was deleted then goes for good.
pub fn until(deleted_at: i64) -> Micros {
    Micros(deleted_at).plus(DAYS * Micros::DAY)
}

/// What was deleted before this instant goes for good now.
pub fn due_before(now: Micros) -> i64 {
    now.plus(-DAYS * Micros::DAY).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_goes_when_its_days_are_over_and_not_before() {
        let deleted = Micros(1_000);
        assert!(deleted.0 >= due_before(until(deleted.0)));
        assert!(deleted.0 < due_before(Micros(until(deleted.0).0 + 1)));
    }
}
