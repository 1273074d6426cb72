//! Small pictures of numbers: shares and failures. The number is always printed beside them or in their label.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;

use super::html_part;
use super::plate::Sync;

/// A share of the new runs as a bar, with its percentage.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/bar.html")]
pub struct Share {
    /// Colour of the version that gets it.
    pub sync: Sync,
    /// 0 to 100.
    pub percent: u32,
    /// "25% of new production runs".
    pub label: String,
}

/// Failed runs of each of the last 24 hours, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spark {
    /// One count an hour.
    pub failed: Vec<u32>,
    /// "3 failed runs in Production in the last 24 hours".
    pub label: String,
}

impl Spark {
    /// None when nothing failed: then the picture is left out.
    pub fn new(failed: Vec<u32>, label: impl Into<String>) -> Option<Spark> {
        failed.iter().any(|n| *n > 0).then(|| Spark { failed, label: label.into() })
    }
}

impl fmt::Display for Spark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.failed.len() * 3;
        let mut label = String::new();
        super::rich::push_escaped(&mut label, &self.label);
        write!(f, "<svg class=\"spark\" viewBox=\"0 0 {width} 18\" width=\"{width}\" height=\"18\" role=\"img\" aria-label=\"{label}\">")?;
        for (i, n) in self.failed.iter().enumerate() {
            let x = i * 3;
            match n {
                0 => write!(f, "<path class=\"spark-ok\" d=\"M{x} 16h2.2v2h-2.2z\"/>")?,
                n => {
                    let h = (2 + n * 3).min(18);
                    write!(f, "<path class=\"spark-fail\" d=\"M{x} {}h2.2v{h}h-2.2z\"/>", 18 - h)?;
                }
            }
        }
        f.write_str("</svg>")
    }
}

impl HtmlSafe for Spark {}
html_part!(Share);
