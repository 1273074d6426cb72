//! JSON pointers (RFC 6901), the one address of problems, journal rows, diffs and form fields.

use std::borrow::Cow;

/// A key as it stands inside a pointer.
pub fn escape(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) { Cow::Owned(key.replace('~', "~0").replace('/', "~1")) } else { Cow::Borrowed(key) }
}

/// The key that a pointer's segment stands for.
pub fn unescape(segment: &str) -> Cow<'_, str> {
    if segment.contains('~') { Cow::Owned(segment.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(segment) }
}

/// `base` extended by one key or index.
pub fn join(base: &str, key: impl std::fmt::Display) -> String {
    format!("{base}/{}", escape(&key.to_string()))
}

/// The pointer's keys, unescaped.
pub fn segments(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|s| unescape(s).into_owned()).collect()
}

/// Everything before the last segment and that segment, unescaped; `None` for the root.
pub fn split_last(pointer: &str) -> Option<(&str, String)> {
    let at = pointer.rfind('/')?;
    Some((&pointer[..at], unescape(&pointer[at + 1..]).into_owned()))
}

/// Whether `pointer` is `ancestor` or lies below it.
pub fn is_within(pointer: &str, ancestor: &str) -> bool {
    pointer.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_slashes_and_tildes_survive() {
        let pointer = join(&join("/do", 0), "a/b~c");
        assert_eq!(pointer, "/do/0/a~1b~0c");
        assert_eq!(segments(&pointer), ["do", "0", "a/b~c"]);
        assert_eq!(split_last(&pointer), Some(("/do/0", "a/b~c".to_owned())));
        assert_eq!(split_last(""), None);
    }

    #[test]
    fn within_respects_segment_borders() {
        assert!(is_within("/do/1/x", "/do/1"));
        assert!(!is_within("/do/10/x", "/do/1"));
    }
}
