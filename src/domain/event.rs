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
        /// A numbered snapshot of a workspace.
        Release = "release",
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

/// How events are hashed today: the whole row. Events of no form were written by the first releases, see [`First`].
pub const FORM: i64 = 2;

/// What the hash of an event covers, in the order it is hashed: everything the row holds but the hash and the seal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Whole<'a> {
    /// See [`FORM`].
    pub form: i64,
    /// Place in the chain, from 1, without gaps.
    pub seq: i64,
    /// The event's id.
    pub id: &'a str,
    /// Microseconds UTC.
    pub at: i64,
    /// The person's id, if a person.
    pub actor_id: Option<&'a str>,
    /// The name as it was then.
    pub actor_name: &'a str,
    /// How they came in: session, token id, command line or system.
    pub channel: &'a str,
    /// The workspace, if it belongs to one.
    pub workspace_id: Option<&'a str>,
    /// The flow it is about.
    pub flow_id: Option<&'a str>,
    /// The environment it is about.
    pub environment_id: Option<&'a str>,
    /// What was done, e.g. `version.published`.
    pub action: &'a str,
    /// What it was done to.
    pub object_kind: &'a str,
    /// Its id.
    pub object_id: &'a str,
    /// Its name then.
    pub object_name: &'a str,
    /// What it was before, as JSON.
    pub before: Option<&'a str>,
    /// What it is after, as JSON.
    pub after: Option<&'a str>,
    /// Why, in the person's words.
    pub reason: Option<&'a str>,
    /// Ticket or commit.
    pub reference: Option<&'a str>,
    /// The request that did it.
    pub request_id: &'a str,
}

/// What the hash of an event covered in the first releases, in the order it was hashed. Kept for what they wrote.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct First {
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

/// An event as the bytes that are hashed and sealed: JSON with fixed field order.
pub fn bytes(event: &impl serde::Serialize) -> Vec<u8> {
    // A struct of strings and numbers always serialises; an empty text would still change the hash.
    serde_json::to_vec(event).unwrap_or_default()
}

/// SHA-256 over the previous hash and an event's [`bytes`], in hex: what anybody can recompute.
pub fn chain(previous: &str, event: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(previous.as_bytes());
    hasher.update(event);
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
        let event = Whole {
            form: FORM,
            seq: 1,
            id: "evt_a",
            at: 5,
            actor_id: None,
            actor_name: "Ada",
            channel: "system",
            workspace_id: None,
            flow_id: Some("wfl_a"),
            environment_id: None,
            action: "flow.created",
            object_kind: "flow",
            object_id: "wfl_a",
            object_name: "A",
            before: None,
            after: Some("{}"),
            reason: None,
            reference: None,
            request_id: "r",
        };
        let sealed = chain(GENESIS, &bytes(&event));
        assert_eq!(sealed.len(), 64);
        let others = [
            Whole { reason: Some(""), ..event.clone() },
            Whole { at: 6, ..event.clone() },
            Whole { object_name: "B", ..event.clone() },
            Whole { flow_id: None, environment_id: Some("wfl_a"), ..event.clone() },
        ];
        for other in &others {
            assert_ne!(chain(GENESIS, &bytes(other)), sealed);
        }
        assert_ne!(chain(&sealed, &bytes(&event)), sealed);
    }
}
