//! Passwords: Argon2id, judged by zxcvbn (TRUST §4.1, DECISIONS 23).

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};

use super::error::{Error, Result};

/// Fewest characters.
pub const SHORTEST: usize = 12;
/// Most characters.
pub const LONGEST: usize = 128;

/// A hash no password has: judging an unknown account takes as long as a known one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2lnbmFsYm94c2FsdA$Wf0z6D8y0xF7bY6tXv1dA5nqkz1b8yPq2p0nq3m8r5s";

fn hasher() -> Argon2<'static> {
    // 19 MiB, two passes, one lane: the floor that ASVS and OWASP name.
    let params = Params::new(19_456, 2, 1, Some(32)).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Refuses passwords that are short, long or guessable; `about` are words that belong to the person.
///
/// # Errors
/// How to make it better.
pub fn judge(password: &str, about: &[&str]) -> std::result::Result<(), String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(format!("Use at least {SHORTEST} characters; a few unrelated words are easy to remember."));
    }
    if length > LONGEST {
        return Err(format!("Use at most {LONGEST} characters."));
    }
    let mut words: Vec<&str> = vec!["signalbox", "workflow"];
    words.extend(about.iter().flat_map(|a| a.split(['@', '.', ' '])).filter(|w| w.len() > 2));
    // What is left when the person's own words are taken out must be long enough by itself.
    let rest = words.iter().fold(password.to_lowercase(), |rest, word| rest.replace(&word.to_lowercase(), ""));
    if rest.chars().count() < SHORTEST / 2 && rest.len() < password.len() {
        return Err("This password is made of your name, your address or ours. Use a few unrelated words.".into());
    }
    let guess = zxcvbn::zxcvbn(password, &words);
    if guess.score() < zxcvbn::Score::Three {
        let why = guess.feedback().and_then(|f| f.warning()).map_or_else(String::new, |w| format!(" {w}"));
        return Err(format!("This password is easy to guess.{why} Use a few unrelated words."));
    }
    Ok(())
}

/// Hashes a password; takes a tenth of a second and 19 MiB, so call it off the event loop.
///
/// # Errors
/// The operating system gives no randomness.
pub fn hash(password: &str) -> Result<String> {
    let mut salt = [0u8; 16];
    getrandom::fill(&mut salt).map_err(|e| Error::Store(crate::store::error::Error::Unavailable(e.to_string())))?;
    let hashed = hasher()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|e| Error::Store(crate::store::error::Error::Refused(e.to_string())))?;
    Ok(hashed.to_string())
}

/// Whether the password is the one that was hashed; `None` stands for an account that does not exist.
pub fn verify(password: &str, stored: Option<&str>) -> bool {
    let known = stored.is_some();
    let right = PasswordHash::new(stored.unwrap_or(NOBODY)).is_ok_and(|hash| hasher().verify_password(password.as_bytes(), &hash).is_ok());
    known && right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_hashed_and_known_again() {
        let stored = hash("correct horse battery staple").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse battery staple", Some(&stored)));
        assert!(!verify("correct horse battery", Some(&stored)));
        assert!(!verify("correct horse battery staple", None));
    }

    #[test]
    fn guessable_passwords_are_refused_with_advice() {
        for bad in ["short", "password1234", "signalbox1234", "ada.lovelace12", &"x".repeat(200)] {
            assert!(judge(bad, &["ada.lovelace@example.org"]).is_err(), "{bad}");
        }
        assert!(judge("correct horse battery staple", &[]).is_ok());
    }

    #[test]
    fn the_hash_of_nobody_can_be_judged() {
        assert!(PasswordHash::new(NOBODY).is_ok());
    }
}
