//! Reading a file that anybody may have made: bounded, strict, and whole or not at all (TRUST §4.8, P13).

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::check::check;
use super::{FORMAT, File, FileKind};

/// The largest file taken and made, in bytes: 20 MiB.
pub const LARGEST: usize = 20 * 1024 * 1024;
/// How many findings are told.
const TOLD: usize = 8;

/// How packed files begin: they are told apart from text so that the refusal can say what to do.
const PACKED: [(&[u8], &str); 5] =
    [(b"PK\x03\x04", "zip"), (&[0x1f, 0x8b], "gzip"), (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"), (b"BZh", "bzip2"), (&[0xfd, b'7', b'z'], "xz")];

/// The text of a file, whatever it holds: at most [`LARGEST`] bytes of UTF-8, not packed.
///
/// # Errors
/// One sentence: what it is, and what to do.
pub fn text(bytes: &[u8]) -> Result<&str, String> {
    if bytes.len() > LARGEST {
        let (is, most) = (bytes.len().div_ceil(1024 * 1024), LARGEST / 1024 / 1024);
        return Err(format!("The file has {is} MiB; at most {most} MiB are taken. Export flows one by one."));
    }
    if let Some((_, name)) = PACKED.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(format!("This is a packed file ({name}). Unpack it, then give the file that was inside."));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => Err("The file holds zero bytes, so it is no text. Give the file as Export made it.".into()),
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => Err(format!("The file is not UTF-8 from byte {} on. Give the file as Export made it.", error.valid_up_to())),
    }
}

/// What a text says of its format, when it is JSON that says one.
#[derive(Deserialize)]
struct Says {
    format: Option<String>,
    #[serde(rename = "content")]
    _content: Option<IgnoredAny>,
}

/// Whether a text says of itself that it is a file of this kind, of whatever version.
pub fn is_ours(text: &str) -> bool {
    says(text, "signalbox/")
}

/// Whether a text says of itself that it is a version of a workspace, as the Versions list exports it.
pub fn is_release(text: &str) -> bool {
    says(text, "signalbox-release/")
}

fn says(text: &str, format: &str) -> bool {
    serde_json::from_str::<Says>(text).ok().and_then(|says| says.format).is_some_and(|is| is.starts_with(format))
}

/// Reads a file of this format and holds everything in it against the rules.
///
/// # Errors
/// What is wrong with it, each in one sentence; nothing of such a file is used.
pub fn read(bytes: &[u8]) -> Result<File, Vec<String>> {
    let text = text(bytes).map_err(|why| vec![why])?;
    if let Ok(Says { format: Some(format), .. }) = serde_json::from_str(text)
        && format != FORMAT
    {
        return Err(vec![if format.starts_with("signalbox/") {
            format!("The file has the format {format}, which a newer Signalbox makes; this one reads {FORMAT}.")
        } else {
            format!("The file says of itself that its format is {}; Export makes {FORMAT}.", quoted(&format))
        }]);
    }
    let file: File = serde_json::from_str(text).map_err(|error| vec![syntax(&error)])?;
    if file.kind.parse::<FileKind>().is_err() {
        return Err(vec![format!("{} is no kind of file; use version, flow or workspace.", quoted(&file.kind))]);
    }
    if !file.is_whole() {
        return Err(vec!["The file was changed or cut after it was made: its hash is not that of its content. Export it again.".into()]);
    }
    let mut wrong = check(&file);
    if wrong.is_empty() {
        return Ok(file);
    }
    let more = wrong.len().saturating_sub(TOLD);
    wrong.truncate(TOLD);
    if more > 0 {
        wrong.push(format!("{more} more."));
    }
    Err(wrong)
}

fn syntax(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("recursion limit") {
        return format!("The file is nested deeper than 128 levels at line {}. Export never writes that.", error.line());
    }
    let what = text.split(" at line ").next().unwrap_or_default();
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Eof => format!("The file ends too early ({place}). Fetch it again."),
        serde_json::error::Category::Data => format!("The file does not have the shape that Export gives it: {what} ({place})."),
        _ => format!("The file is not valid JSON: {what} ({place})."),
    }
}

/// A short, harmless quotation of something out of a file.
pub fn quoted(text: &str) -> String {
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("“{short}”")
}

#[cfg(test)]
mod tests {
    use super::super::{Body, FileKind};
    use super::*;

    fn whole() -> String {
        File::new(FileKind::Workspace, Body::default()).to_text()
    }

    #[track_caller]
    fn refused(bytes: &[u8], says: &str) {
        let why = read(bytes).expect_err(says).join(" ");
        assert!(why.contains(says), "{why}");
    }

    #[test]
    fn what_was_written_reads_back() {
        let text = whole();
        assert_eq!(read(text.as_bytes()).expect("whole").to_text(), text);
        assert!(is_ours(&text) && !is_ours("{\"format\":\"n8n\"}") && !is_ours("do: []"));
        let release = "{\"format\":\"signalbox-release/1\",\"number\":3}";
        assert!(is_release(release) && !is_ours(release) && !is_release(&text));
    }

    #[test]
    fn hostile_files_are_refused_with_a_reason() {
        let text = whole();
        refused(&vec![b' '; LARGEST + 1], "at most 20 MiB");
        refused(b"PK\x03\x04....", "packed file (zip)");
        refused(&[0x1f, 0x8b, 8, 0], "packed file (gzip)");
        refused(&[b'{', 0xff, 0xfe], "not UTF-8 from byte 1");
        refused(b"{}\0", "zero bytes");
        refused("[".repeat(200_000).as_bytes(), "shape");
        let deep = format!("\"content\": {{\"plans\": [{{\"name\": \"a\", \"stages\": {}", "[".repeat(200_000));
        refused(text.replace("\"content\": {}", &deep).as_bytes(), "deeper than 128");
        refused(b"", "ends too early");
        refused(&text.as_bytes()[..text.len() / 2], "ends too early");
        refused(b"{\"format\":\"signalbox/2\"}", "newer Signalbox");
        refused(b"{\"format\":\"n8n\"}", "Export makes signalbox/1");
        refused(b"NaN", "not valid JSON");
        refused(text.replace("\"content\": {}", "\"content\": {\"plans\": NaN}").as_bytes(), "not valid JSON");
        refused(text.replace("\"kind\": \"workspace\"", "\"kind\": \"flow\"").as_bytes(), "changed or cut");
        refused(text.replace("\"kind\": \"workspace\"", "\"kind\": \"moon\"").as_bytes(), "no kind of file");
        refused(text.replace("\"content\": {}", "\"content\": {\"flows\": 1}").as_bytes(), "shape");
        refused(text.replace("\"content\": {}", "\"content\": {\"secrets\": []}").as_bytes(), "unknown field");
        refused(text.replace("\"kind\"", "\"kind\": \"workspace\", \"kind\"").as_bytes(), "duplicate field");
        refused(b"{\"format\":\"signalbox/1\",\"kind\":\"workspace\",\"hash\":\"\",\"content\":{\"plans\":[{\"name\":\"a\",\"stages\":1e999}]}}", "out of range");
    }
}
