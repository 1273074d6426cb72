//! The number plate of a version, and the tag of an environment version (DESIGN §4).

use askama::Template;

use super::html_part;
use crate::web::filters;

/// The sync colour of a flow version (PRODUCT §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// Never in production: blue, ring.
    Never,
    /// Was synced to production and is not (or not yet) the current one: amber, half disc.
    Earlier,
    /// Is the current production version: green, disc.
    Current,
}

impl Sync {
    /// Value of `data-sync`.
    pub fn code(self) -> &'static str {
        match self {
            Sync::Never => "never",
            Sync::Earlier => "earlier",
            Sync::Current => "current",
        }
    }

    /// The words that go with the colour.
    pub fn words(self) -> &'static str {
        match self {
            Sync::Never => "never synced",
            Sync::Earlier => "synced earlier",
            Sync::Current => "current production",
        }
    }

    /// The glyph that goes with the colour.
    pub fn icon(self) -> &'static str {
        match self {
            Sync::Never => "ring",
            Sync::Earlier => "half",
            Sync::Current => "disc",
        }
    }
}

/// A version's number with glyph, colour and hidden words. A link when it has an address.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/plate.html")]
pub struct Plate {
    /// The version's number.
    pub number: u64,
    /// Its colour.
    pub sync: Sync,
    /// It is what production runs, and this is said here.
    pub solid: bool,
    /// In a heading.
    pub large: bool,
    /// Where it leads.
    pub href: Option<String>,
    /// Id of the element; links in regions that are swapped need one so that focus survives.
    pub id: Option<String>,
}

impl Plate {
    /// A plate without a link. The current production version is solid.
    pub fn new(number: u64, sync: Sync) -> Plate {
        Plate { number, sync, solid: sync == Sync::Current, large: false, href: None, id: None }
    }

    /// Leads somewhere.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>) -> Plate {
        self.href = Some(href.into());
        self
    }

    /// For headings.
    #[must_use]
    pub fn large(mut self) -> Plate {
        self.large = true;
        self
    }

    /// Not the solid form: it is shown in a place other than production.
    #[must_use]
    pub fn elsewhere(mut self) -> Plate {
        self.solid = false;
        self
    }

    /// With an element id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Plate {
        self.id = Some(id.into());
        self
    }
}

/// An environment version: `#9`, plain, without sync colour.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(source = "<span class=\"tag\" data-state=\"{{ state }}\">#{{ number }}</span>", ext = "html")]
pub struct Tag {
    /// The environment version's number.
    pub number: u64,
    /// `draft`, `deployed` or `inactive`.
    pub state: &'static str,
}

html_part!(Plate, Tag);
