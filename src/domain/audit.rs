//! What makes the history tamper-evident: seals under the instance's key, and signed checkpoints (TRUST §4.10).
//!
//! A chain of plain hashes shows outsiders that nothing is out of order, but whoever can write to the database can hash
//! anew. A seal cannot be made without the instance's key, and a checkpoint, of which a copy lies outside the database,
//! says how far the history had come.

use std::sync::Arc;

use hkdf::Hkdf;
use ring::hmac;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::event::hex;

/// Events after which a checkpoint is due.
pub const EVERY: i64 = 1000;
/// How long after the last checkpoint one is due when anything happened since, in microseconds.
pub const AT_LEAST: i64 = super::clock::Micros::HOUR;

/// The keys of the history, derived from the instance's own. Cloning shares them.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    seals: hmac::Key,
    signing: Ed25519KeyPair,
    public: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.0.public)
    }
}

impl Keys {
    /// A key for seals and one for signatures, by HKDF-SHA-256.
    ///
    /// # Errors
    /// The cryptography refused; it does not for 32 bytes.
    pub fn new(instance_key: &[u8; 32]) -> Result<Self, String> {
        let derive = |info: &[u8]| {
            let mut key = [0u8; 32];
            let done = Hkdf::<Sha256>::new(None, instance_key).expand(info, &mut key);
            done.map(|()| key).map_err(|e| e.to_string())
        };
        let seals = hmac::Key::new(hmac::HMAC_SHA256, &derive(b"signalbox history seals 1")?);
        let signing = Ed25519KeyPair::from_seed_unchecked(&derive(b"signalbox history checkpoints 1")?).map_err(|e| e.to_string())?;
        let public = hex(signing.public_key().as_ref());
        Ok(Self(Arc::new(Inner { seals, signing, public })))
    }

    /// The public half, in hex: what outsiders check checkpoints with.
    pub fn public(&self) -> &str {
        &self.0.public
    }

    /// The seal of an event: over its hash and its own bytes, so that it can be judged without its neighbours.
    pub fn seal(&self, hash: &str, event: &[u8]) -> String {
        hex(self.tag(b"event 2\n", &[hash.as_bytes(), b"\n", event]).as_ref())
    }

    /// Whether a seal is that of this event.
    pub fn sealed(&self, hash: &str, event: &[u8], seal: &str) -> bool {
        // Compared here against a copy in the database, by somebody who holds the key: there is nobody to time it.
        self.seal(hash, event) == seal
    }

    /// The seal of the head: that the history has come exactly so far.
    pub fn seal_head(&self, seq: i64, hash: &str) -> String {
        hex(self.tag(b"head 2\n", &[seq.to_string().as_bytes(), b"\n", hash.as_bytes()]).as_ref())
    }

    fn tag(&self, purpose: &[u8], parts: &[&[u8]]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0.seals);
        context.update(purpose);
        for part in parts {
            context.update(part);
        }
        context.sign()
    }

    /// Signs a checkpoint, which then names this key.
    pub fn sign(&self, checkpoint: Checkpoint) -> Signed {
        let checkpoint = Checkpoint { public_key: self.public().to_owned(), ..checkpoint };
        let signature = hex(self.0.signing.sign(&checkpoint.message()).as_ref());
        Signed { checkpoint, signature }
    }
}

crate::text_enum! {
    /// Why a checkpoint was made.
    pub enum Why ("reason of a checkpoint") {
        /// The first of an instance: what came before is pinned by its hash alone.
        First = "first",
        /// The first after a backup was restored.
        Restored = "restored",
        /// The server started.
        Start = "start",
        /// Enough events, or enough time.
        Regular = "regular",
        /// The server stopped in good order.
        Stop = "stop",
    }
}

/// That the history had come so far. An epoch begins with the first one, and with each restored backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// From 1 without gaps in one database.
    pub number: i64,
    /// The epoch's id: another one after each restored backup.
    pub epoch: String,
    /// Why it was made.
    pub why: Why,
    /// Why a backup was restored, in the person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Microseconds UTC.
    pub at: i64,
    /// The last event's place in the chain.
    pub seq: i64,
    /// How many events there are.
    pub count: i64,
    /// The last event's hash.
    pub head: String,
    /// The signature of the checkpoint before; empty for the first.
    pub previous: String,
    /// The epoch that this one goes on from, for the first of a further epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// Hex; whose signature it bears.
    pub public_key: String,
}

impl Checkpoint {
    /// As JSON with fixed field order: what is stored.
    pub fn text(&self) -> String {
        // A struct of strings and numbers always serialises.
        serde_json::to_string(self).unwrap_or_default()
    }

    fn message(&self) -> Vec<u8> {
        format!("signalbox checkpoint 1\n{}", self.text()).into_bytes()
    }

    /// Whether an epoch begins with it.
    pub const fn begins(&self) -> bool {
        matches!(self.why, Why::First | Why::Restored)
    }
}

/// A checkpoint with its signature; one line of the file beside the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// Ed25519 over `signalbox checkpoint 1`, a line end, and the checkpoint as JSON; in hex.
    pub signature: String,
}

impl Signed {
    /// Whether the signature is that of the key it names.
    pub fn is_genuine(&self) -> bool {
        let (Some(key), Some(signature)) = (unhex(&self.checkpoint.public_key), unhex(&self.signature)) else { return false };
        UnparsedPublicKey::new(&ED25519, key).verify(&self.checkpoint.message(), &signature).is_ok()
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|d| d.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            number: 1,
            epoch: "epo_a".into(),
            why: Why::First,
            note: None,
            at: 1,
            seq: 2,
            count: 2,
            head: "00".into(),
            previous: String::new(),
            left: None,
            public_key: String::new(),
        }
    }

    #[test]
    fn only_the_key_makes_its_seals_and_signatures() {
        let (mine, other) = (Keys::new(&[7; 32]).unwrap(), Keys::new(&[8; 32]).unwrap());
        let seal = mine.seal("aa", b"event");
        assert!(mine.sealed("aa", b"event", &seal));
        assert!(!mine.sealed("ab", b"event", &seal) && !mine.sealed("aa", b"Event", &seal) && !other.sealed("aa", b"event", &seal));
        assert_ne!(mine.seal_head(1, "aa"), mine.seal_head(2, "aa"));
        let signed = mine.sign(checkpoint());
        assert!(signed.is_genuine());
        assert_eq!(signed.checkpoint.public_key, mine.public());
        let longer = Signed { checkpoint: Checkpoint { seq: 3, ..signed.checkpoint.clone() }, ..signed.clone() };
        assert!(!longer.is_genuine());
        let under_another = Checkpoint { public_key: other.public().to_owned(), ..signed.checkpoint.clone() };
        assert!(!Signed { checkpoint: under_another, ..signed.clone() }.is_genuine());
        assert!(!Signed { signature: "xy".into(), ..signed.clone() }.is_genuine());
        assert!(!format!("{mine:?}").contains("07070707"));
    }

    #[test]
    fn a_line_is_read_back_as_it_was_signed() {
        let signed = Keys::new(&[7; 32]).unwrap().sign(checkpoint());
        let line = serde_json::to_string(&signed).unwrap();
        let read: Signed = serde_json::from_str(&line).unwrap();
        assert_eq!(read, signed);
        assert!(read.is_genuine());
        assert!(serde_json::from_str::<Signed>(&line.replace("\"seq\"", "\"sequel\"")).is_err());
    }
}
