//! The origin map: other endpoints for the same definition, per environment or command.
use std::str::FromStr;

use url::Url;

use super::egress::Allowed;

/// Calls to one origin go to another: `https://petstore.example=http://127.0.0.1:8081`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginRule {
    from: url::Origin,
    to: Url,
}

impl FromStr for OriginRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = |why: &str| format!("\"{text}\": {why}; write FROM=TO, for example https://api.example=http://127.0.0.1:8081");
        let (from, to) = text.split_once('=').ok_or_else(|| bad("no `=`"))?;
        Ok(OriginRule { from: origin(from).map_err(|why| bad(&why))?.origin(), to: origin(to).map_err(|why| bad(&why))? })
    }
}

fn origin(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|error| format!("{} cannot be read: {error}", text.trim()))?;
    let bare = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || !bare {
        return Err(format!("{} is not an origin: scheme, host and port only", text.trim()));
    }
    Ok(url)
}

impl OriginRule {
    /// The entry that lets flows call the target, for rules that a person gave by hand.
    ///
    /// # Errors
    /// When the target's host cannot stand in an allow-list.
    pub fn allows(&self) -> Result<Allowed, String> {
        let host = self.to.host_str().unwrap_or_default();
        format!("{host}:{}", self.to.port_or_known_default().unwrap_or(443)).parse()
    }

    fn apply(&self, url: &Url) -> Option<Url> {
        if url.origin() != self.from {
            return None;
        }
        let mut moved = self.to.clone();
        moved.set_path(url.path());
        moved.set_query(url.query());
        Some(moved)
    }
}

/// Where a call to `url` goes: the first rule for its origin, or the URL itself.
pub fn mapped(url: &Url, rules: &[OriginRule]) -> Url {
    rules.iter().find_map(|rule| rule.apply(url)).unwrap_or_else(|| url.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_origin_changes() {
        let rule: OriginRule = "https://pets.example=http://127.0.0.1:81".parse().expect("rule");
        let to = |text: &str| mapped(&Url::parse(text).expect(text), std::slice::from_ref(&rule)).to_string();
        assert_eq!(to("https://pets.example/v2/pet?status=a%20b"), "http://127.0.0.1:81/v2/pet?status=a%20b");
        assert_eq!(to("https://pets.example:443/x"), "http://127.0.0.1:81/x");
        assert_eq!(to("http://pets.example/x"), "http://pets.example/x");
        assert_eq!(to("https://pets.example.evil.test/x"), "https://pets.example.evil.test/x");
        assert_eq!(rule.allows().map(|entry| entry.to_string()), Ok("127.0.0.1:81".to_owned()));
    }

    #[test]
    fn anything_but_origins_is_refused() {
        for text in [
            "https://a.example",
            "a=b",
            "https://a.example/x=https://b.example",
            "https://a.example=ftp://b.example",
            "https://u@a.example=https://b.example",
        ] {
            assert!(text.parse::<OriginRule>().is_err(), "{text}");
        }
    }
}
