//! Forms with a file (`multipart/form-data`, RFC 7578), read from a body that is there as a whole and bounded.

use actix_web::web::Bytes;

/// Fields that such a form may have.
const MOST_PARTS: usize = 16;
/// Bytes that the heads of a part may have.
const LONGEST_HEAD: usize = 4 * 1024;
/// Characters of a boundary (RFC 2046).
const LONGEST_BOUNDARY: usize = 70;

/// A field of the form. The bytes are shared with the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// How the file was called, if it is one.
    pub file_name: Option<String>,
    /// What it holds.
    pub bytes: Bytes,
}

/// Whether a request says that it is such a form.
pub fn is_form(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("multipart/form-data"))
}

/// The fields of a form; `None` when it is not one, or not whole.
pub fn parts(content_type: &str, body: &Bytes) -> Option<Vec<Part>> {
    let boundary = boundary(content_type)?;
    let opening = format!("--{boundary}");
    let delimiter = format!("\r\n--{boundary}");
    let mut at = opening.len();
    if !body.starts_with(opening.as_bytes()) {
        return None;
    }
    let mut found = Vec::new();
    loop {
        let rest = body.get(at..)?;
        if rest.starts_with(b"--") {
            return Some(found);
        }
        if found.len() >= MOST_PARTS || !rest.starts_with(b"\r\n") {
            return None;
        }
        at += 2;
        let head_end = find(body.get(at..body.len().min(at + LONGEST_HEAD))?, b"\r\n\r\n")?;
        let (name, file_name) = names(std::str::from_utf8(body.get(at..at + head_end)?).ok()?)?;
        at += head_end + 4;
        let length = find(body.get(at..)?, delimiter.as_bytes())?;
        found.push(Part { name, file_name, bytes: body.slice(at..at + length) });
        at += length + delimiter.len();
    }
}

fn boundary(content_type: &str) -> Option<String> {
    if !is_form(content_type) {
        return None;
    }
    let value = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    })?;
    let fits = !value.is_empty() && value.len() <= LONGEST_BOUNDARY && value.bytes().all(|b| b.is_ascii_graphic());
    fits.then_some(value)
}

/// The names in `Content-Disposition: form-data; name="…"; filename="…"`.
fn names(head: &str) -> Option<(String, Option<String>)> {
    let line = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value.trim())
    })?;
    let rest = line.strip_prefix("form-data")?;
    let (mut name, mut file_name) = (None, None);
    let mut rest = rest.trim_start();
    while let Some(after) = rest.strip_prefix(';') {
        let (key, value) = after.split_once('=')?;
        let quoted = value.strip_prefix('"')?;
        // Browsers write a quote inside of a name as %22.
        let (value, left) = quoted.split_once('"')?;
        match key.trim() {
            "name" => name = Some(value.to_owned()),
            "filename" => file_name = Some(value.replace("%22", "\"")),
            _ => {}
        }
        rest = left.trim_start();
    }
    Some((name?, file_name))
}

/// Where a pattern begins: by its first byte, then as a whole.
fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    let first = *pattern.first()?;
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.iter().position(|b| *b == first)?;
        if text.get(at..at + pattern.len())? == pattern {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TYPE: &str = "multipart/form-data; boundary=x1";

    fn form(body: &str) -> Option<Vec<Part>> {
        parts(TYPE, &Bytes::from(body.to_owned()))
    }

    #[test]
    fn fields_and_files_are_told_apart() {
        let body = "--x1\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\ntoken\r\n--x1\r\nContent-Disposition: form-data; \
                    name=\"file\"; filename=\"a%22b.json\"\r\nContent-Type: application/json\r\n\r\n{\"a\":\r\n--x }\r\n--x1--\r\n";
        let found = form(body).expect("a form");
        assert_eq!((found[0].name.as_str(), &found[0].bytes[..]), ("csrf", &b"token"[..]));
        assert_eq!((found[1].file_name.as_deref(), &found[1].bytes[..]), (Some("a\"b.json"), &b"{\"a\":\r\n--x }"[..]));
        assert_eq!(form("--x1--"), Some(vec![]));
    }

    #[test]
    fn what_is_not_whole_is_no_form() {
        for bad in [
            "",
            "--x1",
            "--x1\r\n",
            "--x1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb",
            "--x1\r\nContent-Disposition: form-data\r\n\r\nb\r\n--x1--",
            "--x1\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nb\r\n--x1--",
            "--x1\r\nnothing\r\n\r\nb\r\n--x1--",
            "--x2\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x2--",
        ] {
            assert_eq!(form(bad), None, "{bad}");
        }
        let part = "--x1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n";
        assert_eq!(form(&format!("{}--x1--", part.repeat(17))), None, "too many fields");
        let head = "h".repeat(5_000);
        assert_eq!(form(&format!("--x1\r\nX: {head}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x1--")), None);
        for kind in ["text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=a\u{7f}b"] {
            assert_eq!(parts(kind, &Bytes::from_static(b"--a--")), None, "{kind}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("SIGNALBOX_FULL").is_some() { 10_000 } else { 500 }))]

        #[test]
        fn whatever_comes_is_answered(body in proptest::collection::vec(any::<u8>(), 0..200), cut in 0usize..120) {
            let _ = parts(TYPE, &Bytes::from(body));
            let whole = "--x1\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nc\r\n--x1--";
            let _ = parts(TYPE, &Bytes::from(whole.as_bytes()[..cut.min(whole.len())].to_vec()));
        }

        #[test]
        fn what_a_browser_sends_comes_back(value in "[^\r]{0,80}") {
            let body = format!("--x1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{value}\r\n--x1--");
            let found = parts(TYPE, &Bytes::from(body)).expect("a form");
            prop_assert_eq!(&found[0].bytes[..], value.as_bytes());
        }
    }
}
