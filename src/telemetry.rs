//! Logs: lines for people on a terminal, JSON lines otherwise; a panic is a log line too (TRUST §4.10).

use std::io::{IsTerminal, Write};
use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::LogFormat;

/// Sets logging up for the whole process, on standard error. A second call changes nothing.
///
/// # Errors
/// The level is not one.
pub fn init(format: LogFormat, level: &str) -> Result<(), String> {
    let filter = EnvFilter::builder().parse(level).map_err(|error| {
        format!("--log-level {level:?} is not a level ({error}); write error, warn, info, debug or trace, or a list such as info,signalbox::runner=debug")
    })?;
    let json = match format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Escaping(std::io::stderr)).with_ansi(false);
    let set = if json {
        builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        builder.with_target(false).try_init()
    };
    if set.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
    Ok(())
}

/// What a panic leaves: where and what, without the payload's type or a dump of memory.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let message = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
    let backtrace = std::backtrace::Backtrace::capture();
    let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
    if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
        tracing::error!(place, thread, %backtrace, "a part of the program panicked: {}", message.unwrap_or("no message"));
    } else {
        tracing::error!(place, thread, "a part of the program panicked: {}", message.unwrap_or("no message"));
    }
}

/// A writer that lets no control character through but the end of each record: what a client sent can neither
/// forge a line nor drive a terminal.
#[derive(Debug, Clone, Copy)]
struct Escaping<M>(M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Escaping<M> {
    type Writer = EscapingWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        EscapingWriter(self.0.make_writer())
    }
}

/// Takes one record a call, as the formatter hands it over.
struct EscapingWriter<W>(W);

impl<W: Write> Write for EscapingWriter<W> {
    fn write(&mut self, record: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(record);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        if line.chars().any(char::is_control) {
            self.0.write_all(escaped(line).as_bytes())?;
            self.0.write_all(b"\n")?;
        } else {
            self.0.write_all(record)?;
        }
        Ok(record.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

fn escaped(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_stays_one_line_whatever_it_quotes() {
        let mut out = Vec::new();
        let record = b"INFO request path=\"/a\r\nERROR forged \x1b[2J\"\n";
        EscapingWriter(&mut out).write_all(record).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "INFO request path=\"/a\\r\\nERROR forged \\u{1b}[2J\"\n");
    }

    #[test]
    fn plain_records_pass_as_they_are() {
        let mut out = Vec::new();
        EscapingWriter(&mut out).write_all("INFO grüße\n".as_bytes()).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "INFO grüße\n");
    }

    #[test]
    fn a_bad_level_is_named() {
        assert!(init(LogFormat::Json, "loud=very=much").unwrap_err().contains("--log-level"));
    }
}
