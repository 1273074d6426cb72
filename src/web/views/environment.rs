//! Environments and their configurations, as pages show them.

use crate::app::environment::coverage::Resident;
use crate::domain::clock::Micros;
use crate::domain::environment::freeze::{Day, clock};
use crate::domain::environment::{ConfigurationState, Difference, Freeze, Part, What};
use crate::store::configurations::EnvironmentVersion;
use crate::store::environments::Environment;
use crate::store::workspaces::Workspace;
use crate::web::components::change::{ChangeView, Diff};
use crate::web::components::plate::Tag;
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::pages::environment::EnvironmentHead;
use crate::web::time::{TimeStyle, TimeView};

use super::whole;

/// What every page of an environment has on top.
pub fn head(workspace: &Workspace, environment: &Environment) -> EnvironmentHead {
    EnvironmentHead {
        base: format!("/w/{}/environments/{}", workspace.slug, environment.slug),
        slug: environment.slug.clone(),
        name: environment.name.clone(),
        description: environment.description.clone(),
    }
}

/// `#9`.
pub fn tag(row: &EnvironmentVersion) -> Tag {
    Tag { number: whole(row.number), state: state(row).as_str() }
}

/// Where a version stands; what is in the bin is inactive.
pub fn state(row: &EnvironmentVersion) -> ConfigurationState {
    row.state().unwrap_or(ConfigurationState::Inactive)
}

/// Where a version stands, with its icon.
pub fn status(row: &EnvironmentVersion) -> StatusView {
    let plain = |code, icon, words: &'static str| StatusView { code, icon, words: words.into(), tip: None };
    if row.deleted_by.is_some() {
        return plain("inactive", "trash", "Deleted");
    }
    if row.binned_at.is_some() {
        return plain("inactive", "archive", "Off the rack");
    }
    match state(row) {
        ConfigurationState::Draft => plain("draft", "pencil", "Draft"),
        ConfigurationState::Deployed => plain("deployed", "disc", "Deployed"),
        ConfigurationState::Inactive => plain("inactive", "archive", "Inactive"),
    }
}

/// The icon of a kind of replacement.
pub const fn icon(part: Part) -> &'static str {
    match part {
        Part::Connections => "plug",
        Part::Scripts => "code",
        Part::Caches => "db",
        Part::Lookups => "box",
        Part::Variables => "tilde",
        Part::Secrets => "key",
        Part::Priority => "arrow-u",
    }
}

/// One difference as a line of a list.
pub fn change(found: &Difference) -> ChangeView {
    let named = Rich::new().text(&format!("{} ", found.part.title())).strong(&found.name);
    match &found.what {
        What::Added { to } => ChangeView::new(Diff::Added, named.text(" is replaced with ").code(to)),
        What::Removed { from } => ChangeView::new(Diff::Removed, named.text(" is no longer replaced with ").code(from)),
        What::Changed { from, to } => ChangeView::new(Diff::Changed, named.text(" is replaced with another")).values(from, to),
        What::Kept => ChangeView::new(Diff::Changed, named.text(" is managed here: a sync keeps it")),
        What::NotKept => ChangeView::new(Diff::Changed, named.text(" is no longer managed here: a sync may change it")),
    }
}

/// Differences as lines.
pub fn changes(all: &[Difference]) -> Vec<ChangeView> {
    all.iter().map(change).collect()
}

/// When a window holds: "20 Dec 2026, 18:00 to 4 Jan 2027, 06:00 UTC", "Every Friday and Saturday from 18:00 to 06:00, Europe/Berlin".
pub fn window(freeze: &Freeze, now: i64) -> Rich {
    match freeze {
        Freeze::Once { from, to, .. } => {
            let at = |instant: &Micros| TimeView::styled(instant.0, now, TimeStyle::Full);
            Rich::new().time(at(from)).text(" to ").time(at(to)).text(" UTC")
        }
        Freeze::Weekly { days, from, to, zone, .. } => {
            let next = if to > from { "" } else { " of the next day" };
            let says = format!("Every {} from {} to {}{next}, {zone}", listed(days), clock(*from), clock(*to));
            Rich::from(says)
        }
    }
}

fn listed(days: &[Day]) -> String {
    match days {
        [] => String::new(),
        [one] => one.title().to_owned(),
        all if all.len() == Day::ALL.len() => "day".to_owned(),
        [first @ .., last] => {
            format!("{} and {}", first.iter().map(|d| d.title()).collect::<Vec<_>>().join(", "), last.title())
        }
    }
}

/// Flows that refer to a component: address and name.
pub fn users(residents: &[Resident], part: Part, name: &str, home: &str) -> Vec<(String, String)> {
    let user = |r: &Resident| (format!("{home}/flows/{}", r.flow.slug), r.flow.name.clone());
    residents.iter().filter(|r| r.uses(part, name)).map(user).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn windows_read_as_people_say_them() {
        let says = |value| window(&Freeze::read(&value).unwrap(), 0).to_string();
        let weekly = |days| json!({"days": days, "from_time": "18:00", "to_time": "06:00", "zone": "UTC", "reason": "x"});
        assert_eq!(says(weekly(json!(["friday"]))), "Every Friday from 18:00 to 06:00 of the next day, UTC");
        assert_eq!(
            says(weekly(json!(["friday", "monday", "saturday"]))),
            "Every Monday, Friday and Saturday from 18:00 to 06:00 of the next day, UTC"
        );
        let once = says(json!({"from": "2026-12-20T18:00:00Z", "to": "2027-01-04T06:00:00Z", "reason": "x"}));
        assert!(once.contains(">20 Dec 2026, 18:00</time> to <time") && once.ends_with(" UTC"), "{once}");
    }
}
