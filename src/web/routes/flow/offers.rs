//! "Which version would a start use?": the one resolver asked beforehand, per environment (PRODUCT §5.8).

use crate::app::run::offer::{Offer, offers};
use crate::app::version::table::{Table, sync};
use crate::app::{self, Ctx};
use crate::domain::resolver::Reason;
use crate::domain::rollout::{WHOLE, percent};
use crate::domain::version::Sync;
use crate::store::conn::Conn;
use crate::store::deployments::Row;
use crate::store::flows::Flow;
use crate::store::{rollouts, versions};
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::pages::flow::OfferRow;
use crate::web::views::{colour, whole};

/// What a start would do in an environment, and what its page has to know to say so.
pub struct Read {
    offer: Offer,
    row: Option<Row>,
    key: Option<String>,
    colours: Vec<(i64, Sync)>,
}

/// Asks for each environment.
pub fn read(conn: &mut Conn, ctx: &Ctx, flow: &Flow, table: &Table) -> app::Result<Vec<Read>> {
    let mut all = Vec::new();
    for offer in offers(conn, ctx, flow, None, false)? {
        let row = table.routing.iter().find(|r| r.environment_id == offer.environment.id).cloned();
        let splits = offer.answer.as_ref().is_ok_and(|a| matches!(a.reason, Reason::RolloutCandidate | Reason::RolloutPrimary));
        let rolling = row.as_ref().filter(|_| splits);
        let key = match rolling {
            Some(row) => rollouts::get(conn, &row.rollout_id)?.and_then(|r| r.key_expression),
            None => None,
        };
        let mut ids: Vec<String> = offer.answer.iter().map(|a| a.pin.version.to_string()).collect();
        ids.extend(rolling.iter().flat_map(|r| [r.primary_version.clone(), r.candidate_version.clone()]).flatten());
        let colours = versions::get_many(conn, &ids)?.iter().map(|v| (v.number, sync(v, &table.environments, &table.routing))).collect();
        all.push(Read { row: rolling.cloned(), offer, key, colours });
    }
    Ok(all)
}

/// The answer as a row of the page.
pub fn row(read: &Read, base: &str) -> OfferRow {
    let environment = &read.offer.environment;
    let plate = |number: i64| {
        let sync = read.colours.iter().find(|(n, _)| *n == number).map_or(Sync::Never, |(_, s)| *s);
        let plate = Plate::new(whole(number), colour(sync)).link(format!("{base}/versions/{number}"));
        if environment.is_production { plate } else { plate.elsewhere() }
    };
    let shown = |versions: Vec<(Plate, String)>, why: Rich| OfferRow { environment: environment.name.clone(), versions, why };
    match (&read.offer.answer, &read.row) {
        (Err(why), _) => shown(Vec::new(), why.as_str().into()),
        (Ok(_), Some(row)) => {
            let share = |number: Option<i64>, points: i64| number.map(|n| (plate(n), percent(points)));
            let both = share(row.primary_number, WHOLE - row.basis_points).into_iter().chain(share(row.candidate_number, row.basis_points));
            let why = Rich::new().text("A rollout is under way here");
            let why = match &read.key {
                Some(key) => why.text("; runs with the same key, ").code(key).text(", always get the same version."),
                None => why.text("; every run is counted, so that the split is exact."),
            };
            shown(both.collect(), why)
        }
        (Ok(answer), None) => {
            shown(vec![(plate(answer.pin.number), String::new())], format!("Because {}.", answer.reason.sentence()).into())
        }
    }
}
