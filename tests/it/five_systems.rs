//! What the five systems do, as numbers: which version a start uses (AWS PaaS; research §4.4, as PRODUCT §5.8 settles it).
//!
//! Their DESIGN, RUN and CLOSED are our draft, live and archived. Two cells differ on purpose: outside of development a
//! draft never stands in, and a version by name has to be live there.

use serde_json::json;
use signalbox::app;
use signalbox::app::deployment::deploy::{Deploy, deploy};
use signalbox::app::run::start::{Source, Start, start};
use signalbox::app::version::create::{OtherDraft, from_version};
use signalbox::app::version::save::{Edit, save};
use signalbox::app::version::{bin, find};
use signalbox::domain::run::Trigger;

use crate::support::{Inside, each_database, on_runtime};

const FLOW: &str = "{document: {dsl: '1.0.3', namespace: test, name: NAME, version: '1.0.0'}, do: [{a: {set: {v: V}}}]}";

/// What stands there. Version 1 is live where `live`, version 2 is archived, version 3 is a draft where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Draft {
    None,
    Ready,
    NotReady,
}

/// Where, whether version 1 is live there, the draft, the version asked for; then the version and reason, or the code.
type Row = (&'static str, bool, Draft, Option<i64>, Result<(i64, &'static str), &'static str>);

const TABLE: &[Row] = &[
    // DEV, no version named: DESIGN first, else RUN, else an error.
    ("development", true, Draft::Ready, None, Ok((3, "newest_draft"))),
    ("development", false, Draft::Ready, None, Ok((3, "newest_draft"))),
    ("development", true, Draft::None, None, Ok((1, "live"))),
    ("development", true, Draft::NotReady, None, Ok((1, "live"))),
    ("development", false, Draft::None, None, Err("no_runnable_version")),
    ("development", false, Draft::NotReady, None, Err("no_runnable_version")),
    // DEV, a version named: use it if it is available, an error if it is CLOSED.
    ("development", true, Draft::Ready, Some(1), Ok((1, "explicit"))),
    ("development", false, Draft::Ready, Some(1), Ok((1, "explicit"))),
    ("development", true, Draft::Ready, Some(3), Ok((3, "explicit"))),
    ("development", true, Draft::NotReady, Some(3), Err("version_not_ready")),
    ("development", true, Draft::Ready, Some(2), Err("version_inactive")),
    // Elsewhere, no version named: RUN, else an error; a draft never stands in.
    ("production", true, Draft::Ready, None, Ok((1, "live"))),
    ("production", true, Draft::None, None, Ok((1, "live"))),
    ("production", false, Draft::Ready, None, Err("no_runnable_version")),
    ("production", false, Draft::None, None, Err("no_runnable_version")),
    // Elsewhere, a version named: use it if it is live there.
    ("production", true, Draft::Ready, Some(1), Ok((1, "explicit"))),
    ("production", false, Draft::Ready, Some(1), Err("version_inactive")),
    ("production", true, Draft::Ready, Some(3), Err("version_inactive")),
    ("production", true, Draft::Ready, Some(2), Err("version_inactive")),
];

#[test]
fn which_version_a_start_uses() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            for (n, (place, live, draft, asked, expected)) in TABLE.iter().copied().enumerate() {
                let slug = format!("choice-{n}");
                let text = |v: i64| FLOW.replace("NAME", &slug).replace("v: V", &format!("v: {v}"));
                let (flow, one) = inside.flow(&slug, &text(1)).await;
                let two = inside.version(&flow, &text(2)).await;
                let environment = inside.environment(place).await;
                let draft_text = match draft {
                    Draft::None => None,
                    Draft::Ready => Some(text(3)),
                    Draft::NotReady => Some(text(3).replace("set:", "no_such_task:")),
                };
                let got = inside
                    .write(move |conn, ctx| {
                        if live {
                            deploy(conn, ctx, &flow, &environment, &one, &Deploy::whole("live"))?;
                        }
                        bin::archive(conn, ctx, &flow, &two, true)?;
                        if let Some(text) = draft_text {
                            let made = from_version(conn, ctx, &flow, &one, OtherDraft::Keep)?;
                            save(conn, ctx, &flow, &made, &Edit { text: Some(text), ..Edit::default() }, None)?;
                        }
                        let version = asked.map(|number| find(conn, &flow, &number.to_string())).transpose()?;
                        let ask = Start { input: json!({}), version, ..Start::default() };
                        Ok(match start(conn, ctx, &flow, &environment, &ask, &Source::new(Trigger::Api)) {
                            Ok(run) => Ok((run.version_number, run.reason)),
                            Err(app::Error::Refused(refusal)) => Err(refusal.code),
                            Err(other) => return Err(other),
                        })
                    })
                    .await
                    .unwrap();
                let got = got.as_ref().map(|(number, reason)| (*number, reason.as_str())).map_err(|code| *code);
                assert_eq!(got, expected, "row {n}: {place}, live {live}, draft {draft:?}, asked for {asked:?}");
            }
        });
    });
}
