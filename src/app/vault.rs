//! Encryption at rest: secrets, and what runs carry of them, under keys derived from the instance's own (TRUST §4.9).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;

use super::error::{Error, Result};
use crate::domain::sealed;
use crate::store::error::Error as StoreError;

/// The key that new values are encrypted under; a value says which one it is.
const KEY_ID: &str = "1";

/// What a key is for: no other use of the instance's key can be turned against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Values of secrets.
    Secrets,
    /// What runs carry.
    Payloads,
}

impl Purpose {
    const fn info(self) -> &'static [u8] {
        match self {
            Self::Secrets => b"signalbox secrets 1",
            Self::Payloads => b"signalbox payloads 1",
        }
    }
}

/// An encrypted value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encrypted {
    /// Base64.
    pub ciphertext: String,
    /// Base64.
    pub nonce: String,
    /// Which key.
    pub key_id: String,
}

/// The keys, or their absence. Cloning shares them.
#[derive(Clone)]
pub struct Vault(Option<Arc<Keys>>);

struct Keys {
    secrets: XChaCha20Poly1305,
    payloads: XChaCha20Poly1305,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(***)")
    }
}

impl Vault {
    /// With keys of their own for each purpose, by HKDF-SHA-256.
    pub fn new(instance_key: &[u8; 32]) -> Vault {
        let derive = |purpose: Purpose| {
            let mut key = [0u8; 32];
            // 32 bytes are never too many for SHA-256.
            let done = Hkdf::<Sha256>::new(None, instance_key).expand(purpose.info(), &mut key);
            done.is_ok().then(|| XChaCha20Poly1305::new(&key.into()))
        };
        let keys = derive(Purpose::Secrets).zip(derive(Purpose::Payloads));
        Vault(keys.map(|(secrets, payloads)| Arc::new(Keys { secrets, payloads })))
    }

    /// Without a key: nothing can be encrypted, and nothing encrypted can be read.
    pub const fn closed() -> Vault {
        Vault(None)
    }

    /// Whether there is no key.
    pub const fn is_closed(&self) -> bool {
        self.0.is_none()
    }

    fn cipher(&self, purpose: Purpose) -> Result<&XChaCha20Poly1305> {
        let keys = self.0.as_ref().ok_or_else(|| {
            Error::refused("needs_key", "This process was started without the instance's key, so it can neither read nor write secrets.")
        })?;
        Ok(match purpose {
            Purpose::Secrets => &keys.secrets,
            Purpose::Payloads => &keys.payloads,
        })
    }

    /// Encrypts, bound to the row `about` names: moved to another row it cannot be read.
    ///
    /// # Errors
    /// No key, or no randomness.
    pub fn encrypt(&self, purpose: Purpose, about: &str, plain: &[u8]) -> Result<Encrypted> {
        let mut nonce = [0u8; 24];
        getrandom::fill(&mut nonce).map_err(|e| StoreError::Unavailable(e.to_string()))?;
        let aad = format!("{about}|{KEY_ID}");
        let sealed = self.cipher(purpose)?.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: aad.as_bytes() });
        let sealed = sealed.map_err(|_| StoreError::Unavailable("a value could not be encrypted".into()))?;
        Ok(Encrypted { ciphertext: STANDARD.encode(sealed), nonce: STANDARD.encode(nonce), key_id: KEY_ID.to_owned() })
    }

    /// Decrypts what was encrypted about the same row.
    ///
    /// # Errors
    /// No key, another key, another row, or a changed byte.
    pub fn decrypt(&self, purpose: Purpose, about: &str, value: &Encrypted) -> Result<Vec<u8>> {
        let unreadable =
            || Error::refused("needs_key", "A stored secret cannot be decrypted with this instance's key. Set its value again.");
        let bytes = |text: &str| STANDARD.decode(text).map_err(|_| unreadable());
        let nonce: [u8; 24] = bytes(&value.nonce)?.try_into().map_err(|_| unreadable())?;
        let ciphertext = bytes(&value.ciphertext)?;
        let aad = format!("{about}|{}", value.key_id);
        self.cipher(purpose)?.decrypt(&XNonce::from(nonce), Payload { msg: &ciphertext, aad: aad.as_bytes() }).map_err(|_| unreadable())
    }

    /// JSON that carries a secret as it is stored with a run: encrypted, and beside it what may be shown.
    ///
    /// # Errors
    /// No key.
    pub fn seal(&self, workspace: &str, text: &str, shown: &str) -> Result<String> {
        let sealed = self.encrypt(Purpose::Payloads, &about_payload(workspace), text.as_bytes())?;
        Ok(sealed::compose(&sealed.key_id, &sealed.nonce, &sealed.ciphertext, shown))
    }

    /// The JSON behind a stored text, sealed or not.
    ///
    /// # Errors
    /// It is sealed and cannot be decrypted.
    pub fn open(&self, workspace: &str, text: &str) -> Result<String> {
        let Some(parts) = sealed::parts(text) else { return Ok(text.to_owned()) };
        let value = Encrypted { ciphertext: parts.ciphertext.to_owned(), nonce: parts.nonce.to_owned(), key_id: parts.key.to_owned() };
        let plain = self.decrypt(Purpose::Payloads, &about_payload(workspace), &value)?;
        String::from_utf8(plain).map_err(|e| StoreError::corrupt(e).into())
    }
}

fn about_payload(workspace: &str) -> String {
    format!("runs|{workspace}|payload")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_row_and_purpose_can_read_it() {
        let vault = Vault::new(&[7; 32]);
        let value = vault.encrypt(Purpose::Secrets, "secret_values|cmp_a|pin", b"hunter2hunter2").expect("encrypted");
        assert!(!value.ciphertext.contains("hunter2"));
        assert_eq!(vault.decrypt(Purpose::Secrets, "secret_values|cmp_a|pin", &value).expect("read"), b"hunter2hunter2");
        assert!(vault.decrypt(Purpose::Secrets, "secret_values|cmp_b|pin", &value).is_err());
        assert!(vault.decrypt(Purpose::Payloads, "secret_values|cmp_a|pin", &value).is_err());
        assert!(Vault::new(&[8; 32]).decrypt(Purpose::Secrets, "secret_values|cmp_a|pin", &value).is_err());
        let other_key = Encrypted { key_id: "2".into(), ..value.clone() };
        assert!(vault.decrypt(Purpose::Secrets, "secret_values|cmp_a|pin", &other_key).is_err());
        assert!(Vault::closed().encrypt(Purpose::Secrets, "x", b"y").is_err());
        assert_eq!(format!("{vault:?}"), "Vault(***)");
        let again = vault.encrypt(Purpose::Secrets, "secret_values|cmp_a|pin", b"hunter2hunter2").expect("encrypted");
        assert_ne!(again.nonce, value.nonce);
    }

    #[test]
    fn sealed_texts_open_in_their_workspace_only() {
        let vault = Vault::new(&[7; 32]);
        let text = vault.seal("ws_a", "{\"t\":\"hunter2\"}", "{\"t\":\"***\"}").expect("sealed");
        assert_eq!(sealed::shown(&text), "{\"t\":\"***\"}");
        assert_eq!(vault.open("ws_a", &text).expect("opened"), "{\"t\":\"hunter2\"}");
        assert!(vault.open("ws_b", &text).is_err());
        assert_eq!(vault.open("ws_b", "[1]").expect("plain"), "[1]");
    }
}
