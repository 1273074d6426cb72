//! The file as a whole: what it says of itself, what it holds, and the hash over both.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::parts::{Component, Environment, Flow, Package, Plan};
use super::{FORMAT, GREATEST};
use crate::domain::event::hex;

crate::text_enum! {
    /// What a file holds.
    pub enum FileKind ("kind of file") {
        /// One version of a flow.
        Version = "version",
        /// A flow with all its versions.
        Flow = "flow",
        /// A workspace.
        Workspace = "workspace",
    }
}

/// A file of this format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// [`FORMAT`].
    pub format: String,
    /// What it holds.
    pub kind: String,
    /// SHA-256 over kind and content as this program writes them.
    pub hash: String,
    /// What it holds.
    pub content: Body,
}

/// What a file holds. A file of a workspace holds everything of it that can travel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// In their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<Environment>,
    /// By kind and name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
    /// By slug.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<Flow>,
    /// By name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<Plan>,
    /// By name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<Package>,
}

impl File {
    /// A file of this content.
    pub fn new(kind: FileKind, content: Body) -> Self {
        let hash = hash(kind.as_str(), &content);
        Self { format: FORMAT.to_owned(), kind: kind.as_str().to_owned(), hash, content }
    }

    /// Whether the hash is that of the content.
    pub fn is_whole(&self) -> bool {
        self.hash == hash(&self.kind, &self.content)
    }

    /// As it is written: indented, one newline at the end, always the same bytes.
    pub fn to_text(&self) -> String {
        // Texts, numbers and maps with text keys always become JSON.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The number after the greatest one, for a file of one version.
    pub fn after(number: i64) -> i64 {
        number.clamp(0, GREATEST).saturating_add(1)
    }
}

/// Takes what is written in, piece by piece: a large file is not copied for it.
struct Sink(Sha256);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn hash(kind: &str, content: &Body) -> String {
    let mut sink = Sink(Sha256::new());
    sink.0.update(kind.as_bytes());
    sink.0.update(b"\n");
    // Writing to a hasher never fails.
    let _ = serde_json::to_writer(&mut sink, content);
    hex(&sink.0.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_over_kind_and_content() {
        let file = File::new(FileKind::Workspace, Body::default());
        assert!(file.is_whole());
        assert!(!File { kind: "flow".into(), ..file.clone() }.is_whole());
        let other = Body { plans: vec![], ..Body::default() };
        assert!(File { content: other, ..file.clone() }.is_whole());
        assert_eq!(file.to_text(), file.clone().to_text());
    }
}
