//! Files that are fetched, never shown: an attachment under a harmless name, in a sandbox of its own (TRUST §4.4).

use actix_web::HttpResponse;
use actix_web::http::header;

/// What a browser may do with such an answer if it shows it after all: nothing.
const SANDBOX: &str = "sandbox; default-src 'none'";

/// A text to be kept as a file.
pub fn attachment(name: &str, content_type: &str, text: String) -> HttpResponse {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect();
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", encoded(name))))
        .insert_header((header::CONTENT_SECURITY_POLICY, SANDBOX))
        .body(text)
}

/// Percent-encoded as RFC 8187 wants it.
fn encoded(name: &str) -> String {
    name.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_header() {
        let answer = attachment("a\"\r\nx: y/ü.json", "application/json", "{}".into());
        let said = answer.headers().get("content-disposition").unwrap().to_str().unwrap();
        assert_eq!(said, "attachment; filename=\"a---x--y--.json\"; filename*=UTF-8''a%22%0D%0Ax%3A%20y%2F%C3%BC.json");
        assert!(answer.headers().get("content-security-policy").unwrap().to_str().unwrap().starts_with("sandbox"));
    }
}
