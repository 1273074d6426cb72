//! The graph of a definition as SVG: drawn from positions that a layout gave, no script, no inline style.

use std::fmt::Write;

use askama::Template;

use super::change::Diff;
use super::html_part;

/// Second line of a node that stands for several in which nothing differs.
pub const FOLDED: &str = "the same";

/// What a node stands for; picks shape and icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// Where runs start.
    Start,
    /// A call to somewhere else.
    Call,
    /// Sets data.
    Set,
    /// Goes one of several ways.
    Switch,
    /// Does something for each of many.
    For,
    /// Waits.
    Wait,
    /// Fails on purpose.
    Raise,
    /// Guards other steps.
    Try,
    /// Runs another flow.
    Run,
    /// A group of steps, and everything else.
    Step,
    /// Where runs end.
    End,
}

impl NodeKind {
    /// Name of the icon.
    pub fn icon(self) -> &'static str {
        match self {
            NodeKind::Start => "bolt",
            NodeKind::Call => "plug",
            NodeKind::Set => "pencil",
            NodeKind::Switch => "split",
            NodeKind::For => "refresh",
            NodeKind::Wait => "wait",
            NodeKind::Raise => "alert",
            NodeKind::Try => "shield",
            NodeKind::Run => "rollout",
            NodeKind::Step => "box",
            NodeKind::End => "check-circle",
        }
    }
    fn code(self) -> &'static str {
        match self {
            NodeKind::Start => "trigger",
            NodeKind::End => "end",
            NodeKind::Switch => "branch",
            _ => "step",
        }
    }
}

/// A box of the graph. Sizes are SVG units, from the top left.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeView {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
    /// What it stands for.
    pub kind: NodeKind,
    /// The step's name.
    pub label: String,
    /// What it does, in a word or two: "GET /orders".
    pub small: String,
    /// How it differs from the other version.
    pub diff: Diff,
    /// It has a problem.
    pub error: bool,
    /// It is being edited.
    pub selected: bool,
}

impl NodeView {
    /// Radius of the corners.
    fn round(&self) -> f64 {
        if matches!(self.kind, NodeKind::Start | NodeKind::End) { self.h / 2.0 } else { 8.0 }
    }
    fn inset(&self) -> f64 {
        if matches!(self.kind, NodeKind::Start | NodeKind::End) { 20.0 } else { 11.0 }
    }
    /// Too low for two lines: where a flow begins and ends.
    fn flat(&self) -> bool {
        self.h < 44.0
    }
    fn fitting(&self, text: &str, per_char: f64, taken: f64) -> String {
        let room = ((self.w - self.inset() - taken - 8.0) / per_char).max(3.0) as usize;
        if text.chars().count() <= room { text.to_owned() } else { text.chars().take(room.saturating_sub(1)).chain(['…']).collect() }
    }
    fn short_label(&self) -> String {
        self.fitting(&self.label, 7.6, 0.0)
    }
    fn short_small(&self) -> String {
        self.fitting(&self.small, 6.0, 18.0)
    }
    fn marked(&self) -> Option<&'static str> {
        if self.error { Some("x") } else { (self.diff != Diff::Same).then(|| self.diff.icon()) }
    }
}

/// A line of the graph.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeView {
    /// From box to box; at least two.
    pub points: Vec<(f64, f64)>,
    /// When it is taken.
    pub label: String,
    /// Middle of the label, when the layout gave it a place.
    pub label_place: Option<(f64, f64)>,
    /// Taken when an error is caught.
    pub dashed: bool,
    /// How it differs from the other version.
    pub diff: Diff,
}

/// A frame around the steps of another step.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameView {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
    /// Whose steps they are.
    pub title: String,
}

impl EdgeView {
    /// The line, with corners rounded, and its arrow head.
    fn path(&self) -> String {
        let mut d = String::new();
        let Some((first, rest)) = self.points.split_first() else {
            return d;
        };
        let _ = write!(d, "M{:.1} {:.1}", first.0, first.1);
        let mut from = *first;
        for (i, corner) in rest.iter().enumerate() {
            match rest.get(i + 1) {
                Some(next) => {
                    let (a, b) = (toward(*corner, from, 8.0), toward(*corner, *next, 8.0));
                    let _ = write!(d, "L{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}", a.0, a.1, corner.0, corner.1, b.0, b.1);
                    from = b;
                }
                None => {
                    let _ = write!(d, "L{:.1} {:.1}", corner.0, corner.1);
                }
            }
        }
        d
    }

    fn head(&self) -> String {
        let [.., before, tip] = self.points[..] else {
            return String::new();
        };
        let (dx, dy) = (tip.0 - before.0, tip.1 - before.1);
        let length = dx.hypot(dy).max(0.001);
        let (ux, uy) = (dx / length * 5.0, dy / length * 5.0);
        format!(
            "M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}",
            tip.0 - ux - uy * 0.8,
            tip.1 - uy + ux * 0.8,
            tip.0,
            tip.1,
            tip.0 - ux + uy * 0.8,
            tip.1 - uy - ux * 0.8
        )
    }

    /// Where the label stands: beside the middle of the line.
    fn label_at(&self) -> (f64, f64) {
        if let Some((x, y)) = self.label_place {
            return (x - self.label.chars().count() as f64 * 2.9, y + 4.0);
        }
        match self.points.len() {
            0 => (0.0, 0.0),
            2 => {
                let ((ax, ay), (bx, by)) = (self.points[0], self.points[1]);
                ((ax + bx) / 2.0 + 6.0, (ay + by) / 2.0 + 4.0)
            }
            n => {
                let (x, y) = self.points[n / 2];
                (x + 6.0, y + 4.0)
            }
        }
    }
}

/// From a corner toward another point, at most `reach` and at most half the way.
fn toward(corner: (f64, f64), other: (f64, f64), reach: f64) -> (f64, f64) {
    let (dx, dy) = (other.0 - corner.0, other.1 - corner.1);
    let length = dx.hypot(dy);
    if length < 0.001 {
        return corner;
    }
    let part = reach.min(length / 2.0) / length;
    (corner.0 + dx * part, corner.1 + dy * part)
}

/// A step in the text beside the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLine {
    /// How deep it stands in other steps, from 0.
    pub depth: u8,
    /// Its name.
    pub name: String,
    /// What it does, in a sentence without its end.
    pub says: String,
}

/// The graph, and the same as text.
#[derive(Debug, Clone, PartialEq, Template)]
#[template(path = "components/graph.html")]
pub struct GraphView {
    /// Id in the page.
    pub id: String,
    /// "Order intake version 16".
    pub title: String,
    /// The graph in a sentence or two, for readers who do not see it.
    pub description: String,
    /// Left and upper edge of what is drawn; may be negative.
    pub origin: (f64, f64),
    /// Width and height.
    pub size: (f64, f64),
    /// Frames, outermost first.
    pub frames: Vec<FrameView>,
    /// Boxes.
    pub nodes: Vec<NodeView>,
    /// Lines.
    pub edges: Vec<EdgeView>,
    /// The steps as text; the fold below the picture is left out when this is empty.
    pub steps: Vec<StepLine>,
    /// Said instead of the picture when a definition cannot be drawn.
    pub instead: Option<String>,
}

html_part!(GraphView);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_turn_in_arcs_and_end_in_a_head() {
        let edge = EdgeView {
            points: vec![(0.0, 0.0), (0.0, 40.0), (60.0, 40.0)],
            label: String::new(),
            label_place: None,
            dashed: false,
            diff: Diff::Same,
        };
        assert_eq!(edge.path(), "M0.0 0.0L0.0 32.0Q0.0 40.0 8.0 40.0L60.0 40.0");
        assert!(edge.head().starts_with("M55.0 44.0L60.0 40.0"));
        assert_eq!(EdgeView { points: vec![], ..edge.clone() }.path(), "");
    }

    #[test]
    fn long_names_are_cut_to_their_box() {
        let node = NodeView {
            x: 0.0,
            y: 0.0,
            w: 128.0,
            h: 56.0,
            kind: NodeKind::Call,
            label: "a name that is far too long".into(),
            small: String::new(),
            diff: Diff::Same,
            error: false,
            selected: false,
        };
        assert!(node.short_label().ends_with('…') && node.short_label().chars().count() < 17);
    }
}
