//! The history: one line per change, chained by hash (PRODUCT §9).

use sha2::{Digest, Sha256};

crate::text_enum! {
    /// What kind of thing an event is about.
    pub enum ObjectKind ("kind of object") {
        /// The whole instance.
        Instance = "instance",
        /// A workspace.
        Workspace = "workspace",
        /// An environment.
        Environment = "environment",
        /// A version of an environment's configuration.
        Configuration = "configuration",
        /// A flow.
        Flow = "flow",
        /// A version of a flow.
        Version = "version",
        /// What is routed for a flow in an environment.
        Deployment = "deployment",
        /// A rollout.
        Rollout = "rollout",
        /// A deployment that waits for approvals.
        Proposal = "proposal",
        /// A plan of stages.
        Plan = "plan",
        /// A change set for a time.
        Planned = "planned",
        /// A set of flow versions.
        Package = "package",
        /// A component.
        Component = "component",
        /// A backup of the whole instance.
        Backup = "backup",
        /// A run.
        Run = "run",
        /// A person.
        User = "user",
        /// An API token.
        Token = "token",
        /// A signed-in session.
        Session = "session",
    }
}

/// The fields of an event that its hash covers, in the order they are hashed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sealed {
    /// Place in the chain, from 1, without gaps.
    pub seq: i64,
    /// The event's id.
    pub id: String,
    /// Microseconds UTC.
    pub at: i64,
    /// The person's id, if a person.
    pub actor_id: Option<String>,
    /// The name as it was then.
    pub actor_name: String,
    /// How they came in: session, token id, command line or system.
    pub channel: String,
    /// The workspace, if it belongs to one.
    pub workspace_id: Option<String>,
    /// What was done, e.g. `version.published`.
    pub action: String,
    /// What it was done to.
    pub object_kind: String,
    /// Its id.
    pub object_id: String,
    /// What it was before, as JSON.
    pub before: Option<String>,
    /// What it is after, as JSON.
    pub after: Option<String>,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// Ticket or commit.
    pub reference: Option<String>,
    /// The request that did it.
    pub request_id: String,
}

/// The hash that begins a chain.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// SHA-256 over the previous hash and the event as JSON with fixed field order, in hex.
pub fn seal(previous: &str, event: &Sealed) -> String {
    let mut hasher = Sha256::new();
    hasher.update(previous.as_bytes());
    // A struct of strings and numbers always serialises; an empty text would still change the hash.
    hasher.update(serde_json::to_vec(event).unwrap_or_default());
    hex(&hasher.finalize())
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        out.push(char::from(b"0123456789abcdef"[usize::from(b >> 4)]));
        out.push(char::from(b"0123456789abcdef"[usize::from(b & 15)]));
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_of_any_field_changes_the_hash() {
        let event = Sealed {
            seq: 1,
            id: "evt_a".into(),
            at: 5,
            actor_id: None,
            actor_name: "Ada".into(),
            channel: "system".into(),
            workspace_id: None,
            action: "flow.created".into(),
            object_kind: "flow".into(),
            object_id: "wfl_a".into(),
            before: None,
            after: Some("{}".into()),
            reason: None,
            reference: None,
            request_id: "r".into(),
        };
        let sealed = seal(GENESIS, &event);
        assert_eq!(sealed.len(), 64);
        assert_ne!(seal(&sealed, &event), sealed);
        assert_ne!(seal(GENESIS, &Sealed { reason: Some(String::new()), ..event.clone() }), sealed);
        assert_ne!(seal(GENESIS, &Sealed { at: 6, ..event }), sealed);
    }
}
