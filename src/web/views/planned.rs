//! Planned changes in words.

use crate::app::planned::Wish;
use crate::app::planned::look::Looked;
use crate::domain::planned::{State, difference};
use crate::domain::rollout::percent;

/// What a planned change does, in words: "Deploy version 4 of Order intake to 10% of new runs".
pub fn words(found: &Looked) -> String {
    let flow = &found.flow.name;
    match &found.wish {
        Wish::Deploy { number, rolling, .. } => match rolling {
            Some(rolling) => format!("Deploy version {number} of {flow} to {} of new runs", percent(rolling.first().basis_points)),
            None => format!("Deploy version {number} of {flow}"),
        },
        Wish::Stage { share: Some(share), .. } => format!("Lead the rollout of {flow} to {}", percent(*share)),
        Wish::Stage { share: None, .. } => format!("Lead the rollout of {flow} to its next stage"),
        Wish::Rollback { number: Some(number), .. } => format!("Roll {flow} back to version {number}"),
        Wish::Rollback { number: None, .. } => format!("Roll {flow} back"),
    }
}

/// How its base has moved by now; empty when it has not.
pub fn moved(found: &Looked) -> String {
    let open = found.row.state().is_ok_and(State::is_open);
    let base = found.row.base().ok().filter(|base| open && base.revision != found.routing.revision);
    base.map_or_else(String::new, |base| difference(&base, &found.routing))
}
