//! JSON of a run that carries a secret, as it is stored: what a resume needs encrypted, what people may see in plain
//! (DECISIONS 20).
//!
//! The text is `sealed:KEY:NONCE:CIPHERTEXT:` and then the redacted JSON. No JSON begins like that, so nothing a run
//! makes can be taken for it.

const MARK: &str = "sealed:";

/// A sealed text, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed<'t> {
    /// Which key it was sealed with.
    pub key: &'t str,
    /// Base64.
    pub nonce: &'t str,
    /// Base64.
    pub ciphertext: &'t str,
    /// The redacted JSON.
    pub shown: &'t str,
}

/// Puts a sealed text together.
pub fn compose(key: &str, nonce: &str, ciphertext: &str, shown: &str) -> String {
    format!("{MARK}{key}:{nonce}:{ciphertext}:{shown}")
}

/// The parts of a sealed text; `None` for plain JSON.
pub fn parts(text: &str) -> Option<Sealed<'_>> {
    let mut parts = text.strip_prefix(MARK)?.splitn(4, ':');
    Some(Sealed { key: parts.next()?, nonce: parts.next()?, ciphertext: parts.next()?, shown: parts.next()? })
}

/// The JSON that people and programs may see.
pub fn shown(text: &str) -> &str {
    parts(text).map_or(text, |sealed| sealed.shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_json_stands_for_itself() {
        assert_eq!(shown("{\"a\":1}"), "{\"a\":1}");
        let text = compose("1", "bm9u", "Y2lwaGVy", "{\"a\":\"b:c\"}");
        assert_eq!(shown(&text), "{\"a\":\"b:c\"}");
        assert_eq!(parts(&text).map(|s| (s.key, s.nonce, s.ciphertext)), Some(("1", "bm9u", "Y2lwaGVy")));
    }
}
