//! Which changes and lines a comparison shows, and the addresses that show others.

use serde::Deserialize;

use crate::definition::diff::{Area, Change, Impact};
use crate::web::address;
use crate::web::components::change::ChangeView;
use crate::web::components::nav::{Choice, Pager, Segments};
use crate::web::numbers::plural;
use crate::web::views::change::{AREAS, IMPACTS, change};

/// Changes that a page lists at once.
const SHOWN: usize = 100;

/// What the address says beside both sides.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Only changes under this heading.
    area: Option<AreaWord>,
    /// Only changes with this impact.
    impact: Option<ImpactWord>,
    /// Which part of the list, from 1.
    page: Option<usize>,
    /// First lines of the equal stretches that are shown.
    pub open: Vec<u32>,
    /// Which part of the text, from 1.
    lines: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AreaWord {
    Steps,
    Triggers,
    Settings,
    Environment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ImpactWord {
    Breaks,
    Outcome,
    Settings,
    Cosmetic,
}

impl AreaWord {
    const fn area(self) -> Area {
        match self {
            Self::Steps => Area::Steps,
            Self::Triggers => Area::Triggers,
            Self::Settings => Area::Settings,
            Self::Environment => Area::Environment,
        }
    }
}

impl ImpactWord {
    const fn impact(self) -> Impact {
        match self {
            Self::Breaks => Impact::BreaksWaitingRuns,
            Self::Outcome => Impact::ChangesOutcome,
            Self::Settings => Impact::Settings,
            Self::Cosmetic => Impact::Cosmetic,
        }
    }
}

const fn area_word(area: Area) -> &'static str {
    match area {
        Area::Steps => "steps",
        Area::Triggers => "triggers",
        Area::Settings => "settings",
        Area::Environment => "environment",
    }
}

const fn impact_word(impact: Impact) -> &'static str {
    match impact {
        Impact::BreaksWaitingRuns => "breaks",
        Impact::ChangesOutcome => "outcome",
        Impact::Settings => "settings",
        Impact::Cosmetic => "cosmetic",
    }
}

/// A cut of the changes.
pub struct View<'a> {
    base: &'a str,
    asked: &'a Asked,
    all: &'a [Change],
    picked: Vec<&'a Change>,
}

/// What an address differs in from the page's own.
#[derive(Default)]
struct Next {
    area: Option<Option<Area>>,
    impact: Option<Option<Impact>>,
    page: usize,
    open: Option<u32>,
    lines: usize,
}

impl<'a> View<'a> {
    /// The changes that an address asks for.
    pub fn new(base: &'a str, asked: &'a Asked, all: &'a [Change]) -> Self {
        let (area, impact) = (asked.area.map(AreaWord::area), asked.impact.map(ImpactWord::impact));
        let fits = |c: &&Change| area.is_none_or(|a| c.area == a) && impact.is_none_or(|i| c.impact == i);
        Self { base, asked, all, picked: all.iter().filter(fits).collect() }
    }

    fn area(&self) -> Option<Area> {
        self.asked.area.map(AreaWord::area)
    }

    fn impact(&self) -> Option<Impact> {
        self.asked.impact.map(ImpactWord::impact)
    }

    /// Only some changes are shown.
    pub fn is_cut(&self) -> bool {
        self.picked.len() < self.all.len()
    }

    /// The part of the text, from 1.
    pub fn lines(&self) -> usize {
        self.asked.lines.unwrap_or(1).max(1)
    }

    fn page(&self) -> usize {
        self.asked.page.unwrap_or(1).clamp(1, self.picked.len().div_ceil(SHOWN).max(1))
    }

    fn to(&self, next: Next) -> String {
        let number = |n: usize| if n > 1 { n.to_string() } else { String::new() };
        let area = next.area.unwrap_or(self.area()).map(area_word).unwrap_or_default();
        let impact = next.impact.unwrap_or(self.impact()).map(impact_word).unwrap_or_default();
        let opened: Vec<String> = self.asked.open.iter().chain(&next.open).map(u32::to_string).collect();
        let (page, lines) = (number(next.page), number(next.lines));
        let mut pairs = vec![("area", area), ("impact", impact), ("page", page.as_str()), ("lines", lines.as_str())];
        pairs.extend(opened.iter().map(|line| ("open", line.as_str())));
        address::with(self.base, &pairs)
    }

    /// The address with one more stretch of lines opened.
    pub fn opening(&self, line: u32) -> String {
        self.to(Next { page: self.page(), open: Some(line), lines: self.lines(), ..Next::default() }) + "#td-t"
    }

    /// By area and by impact, where there is a choice.
    pub fn filters(&self) -> Vec<Segments> {
        let lines = self.lines();
        let count = |n: usize| n.to_string();
        let mut found = Vec::new();
        let mut areas = vec![Choice::new(self.to(Next { area: Some(None), lines, ..Next::default() }), "All", self.area().is_none())];
        for (area, words) in AREAS {
            let n = self.all.iter().filter(|c| c.area == area).count();
            if n > 0 || self.area() == Some(area) {
                let to = self.to(Next { area: Some(Some(area)), lines, ..Next::default() });
                areas.push(Choice::new(to, words, self.area() == Some(area)).count(count(n)));
            }
        }
        let mut impacts =
            vec![Choice::new(self.to(Next { impact: Some(None), lines, ..Next::default() }), "Any impact", self.impact().is_none())];
        for (impact, words, _) in IMPACTS {
            let n = self.all.iter().filter(|c| c.impact == impact).count();
            if n > 0 || self.impact() == Some(impact) {
                let to = self.to(Next { impact: Some(Some(impact)), lines, ..Next::default() });
                impacts.push(Choice::new(to, words, self.impact() == Some(impact)).count(count(n)));
            }
        }
        for (label, choices) in [("Changes by area", areas), ("Changes by impact", impacts)] {
            if choices.len() > 2 || self.is_cut() {
                found.push(Segments { label: label.into(), choices });
            }
        }
        found
    }

    /// The changes of this part, by area.
    pub fn groups(&self) -> Vec<(&'static str, Vec<ChangeView>)> {
        let shown: Vec<&&Change> = self.picked.iter().skip((self.page() - 1) * SHOWN).take(SHOWN).collect();
        AREAS
            .iter()
            .map(|(area, words)| (*words, shown.iter().filter(|c| c.area == *area).map(|c| change(c)).collect::<Vec<_>>()))
            .filter(|(_, all)| !all.is_empty())
            .collect()
    }

    /// The foot of the list; empty where everything is shown.
    pub fn pager(&self) -> Pager {
        let (parts, page, lines) = (self.picked.len().div_ceil(SHOWN), self.page(), self.lines());
        if parts < 2 {
            return Pager::default();
        }
        let to = |words: &str, page: usize| (words.to_owned(), self.to(Next { page, lines, ..Next::default() }) + "#changes");
        Pager {
            summary: format!("Part {page} of {parts}: {} in all.", plural(self.picked.len() as u64, "change", "changes")),
            newer: (page > 1).then(|| to("Changes before", page - 1)),
            older: (page < parts).then(|| to("More changes", page + 1)),
        }
    }

    /// The foot of the text; empty where all of it is shown.
    pub fn text_pager(&self, parts: usize) -> Pager {
        let lines = self.lines();
        if parts < 2 {
            return Pager::default();
        }
        let to = |words: &str, lines: usize| (words.to_owned(), self.to(Next { page: self.page(), lines, ..Next::default() }) + "#td-t");
        Pager {
            summary: format!("Part {} of {parts} of the text.", lines.min(parts)),
            newer: (lines > 1).then(|| to("Lines before", lines.min(parts + 1) - 1)),
            older: (lines < parts).then(|| to("More lines", lines + 1)),
        }
    }
}
