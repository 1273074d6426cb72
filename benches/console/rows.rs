//! What the rows of a run cost by themselves: the bound that no engine can pass.
//!
//! The rows are those of a run that was really executed, with other ids. Each is stored as the engine stores it (added
//! when it starts; ended, with its steps and its count, when it ends), in group commits of the size that as many
//! starters fill, by one loop that does nothing else.

use std::time::{Duration, Instant};

use signalbox::clock::Generate;
use signalbox::domain::clock::Micros;
use signalbox::domain::ids::RunId;
use signalbox::domain::run::State;
use signalbox::store::conn::Conn;
use signalbox::store::journal::{self, PutDown, Step};
use signalbox::store::runs::{self, Run};
use signalbox::store::stats::{self, Ended};
use signalbox::store::{self, error::Error};

/// A run and its steps, to be copied.
pub struct Sample {
    pub run: Run,
    pub steps: Vec<Step>,
}

/// Runs a second stored by copying the sample, `group` runs at a time under way.
pub fn rate(conn: &mut Conn, sample: &Sample, group: usize, time: Duration) -> f64 {
    let start = Instant::now();
    let mut under_way: Vec<Run> = Vec::new();
    let mut done = 0_u32;
    while start.elapsed() < time {
        // As many start as end in one commit: so it is when every starter waits for its run.
        let new: Vec<Run> = (0..group / 2).map(|_| copy(&sample.run)).collect();
        let ending = std::mem::replace(&mut under_way, new.clone());
        done += u32::try_from(ending.len()).unwrap_or(0);
        store::transaction(conn, |conn| {
            new.iter().try_for_each(|run| runs::insert(conn, run))?;
            ending.iter().try_for_each(|run| end(conn, run, sample))
        })
        .expect("store the rows");
    }
    let rate = f64::from(done) / start.elapsed().as_secs_f64();
    // What follows counts open runs, so none is left behind.
    store::transaction(conn, |conn| under_way.iter().try_for_each(|run| end(conn, run, sample))).expect("end the last ones");
    rate
}

fn copy(run: &Run) -> Run {
    Run {
        id: RunId::generate().into(),
        state: State::Running.as_str().to_owned(),
        output: None,
        finished_at: None,
        worker: Some("wrk_0123456789abcdef".to_owned()),
        ..run.clone()
    }
}

fn end(conn: &mut Conn, run: &Run, sample: &Sample) -> Result<(), Error> {
    let change = PutDown {
        state: sample.run.state.clone(),
        output: sample.run.output.clone(),
        error: None,
        finished_at: sample.run.finished_at,
        wake_at: None,
        worker: None,
        control: None,
    };
    let worker = run.worker.as_deref().unwrap_or_default();
    assert!(journal::put_down(conn, &run.id, worker, run.fence, &change)?, "the run is there");
    let steps: Vec<Step> = sample.steps.iter().map(|step| Step { run_id: run.id.clone(), ..step.clone() }).collect();
    journal::put(conn, &steps)?;
    let (at, started) = (sample.run.finished_at.unwrap_or(0), sample.run.started_at.unwrap_or(0));
    let ended = Ended {
        flow: &run.flow_id,
        version: &run.version_id,
        environment: &run.environment_id,
        state: State::Completed,
        at: Micros(at),
        took: at - started,
    };
    stats::note(conn, &ended)
}
