//! What was routed, as a cell of a table, beside what is routed now.

use crate::app::as_of::look::PlaceThen;
use crate::domain::deployment::Switch;
use crate::store::deployments::Row;
use crate::web::components::plate::Plate;
use crate::web::components::status::StatusView;
use crate::web::pages::past::PastCell;
use crate::web::time::{TimeStyle, TimeView};
use crate::web::views::{colour, version, whole};

/// A cell: what was live and being rolled out, and what is now, where that differs.
pub(super) fn cell(then: Option<&PlaceThen>, now: Option<&Row>, production: bool, at: i64) -> PastCell {
    let present = now.and_then(|row| row.primary_number);
    let past = then.and_then(|place| place.routing.primary.as_ref()).map(|pin| pin.number);
    let was = (present != past).then(|| present.map_or_else(|| "now not deployed".to_owned(), |n| format!("now v{n}")));
    let Some(place) = then else { return PastCell { was, ..PastCell::default() } };
    let routing = &place.routing;
    let plate = |number: i64, sync| {
        let plate = Plate::new(whole(number), colour(sync));
        if production { plate } else { plate.elsewhere() }
    };
    let switch_now = now.map_or("on", |row| row.switch.as_str());
    let switched = was.is_none() && switch_now != routing.switch.as_str();
    PastCell {
        plate: routing.primary.as_ref().zip(place.primary).map(|(pin, sync)| plate(pin.number, sync)),
        since: Some(TimeView::styled(place.record.at, at, TimeStyle::Full)),
        candidate: routing.candidate.as_ref().zip(place.candidate).map(|(candidate, sync)| {
            (plate(candidate.pin.number, sync), format!("at {}", crate::domain::rollout::percent(candidate.basis_points)))
        }),
        status: (routing.switch != Switch::On).then(|| version::switched(routing.switch)),
        held: (!place.quarantined.is_empty()).then(|| {
            let numbers: Vec<String> = place.quarantined.iter().map(|n| format!("v{n}")).collect();
            StatusView::quarantined(None).saying(format!("{} quarantined", numbers.join(", ")))
        }),
        words: String::new(),
        was: if switched { Some(format!("now {switch_now}")) } else { was },
    }
}
