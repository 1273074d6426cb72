//! Pages over growing tables: the first page and one far down must cost the same.

use std::time::{Duration, Instant};

use signalbox::store::page::Direction;

use crate::fill::Filler;
use crate::load::rate;
use crate::prepare::{Prepared, prepare};
use crate::queries::Reader;
use crate::say;
use crate::support::http::Request;

const TIME: Duration = Duration::from_secs(4);

/// Aims of the project: share of the page's own queries, and how far first and deep page may lie apart.
const SHARE: f64 = 0.7;
const APART: f64 = 1.5;

pub fn measure() {
    let prepared = prepare();
    let mut filler = Filler::open(&prepared.database.url());
    let mut reader = Reader::open(&prepared.database, "counter");
    let large = std::env::var("SIGNALBOX_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);

    let file = static_file(&prepared);
    let still = rate(prepared.server.address, &file, "", TIME);
    say("static file", &format!("{:.0}/s", still.per_second), &format!("{file}, {} bytes", still.bytes));

    let mut versions = 1;
    for wanted in [100, 10_000, large] {
        let start = Instant::now();
        fill_versions(&mut filler, &prepared, versions + 1, wanted);
        versions = wanted;
        println!("   ({wanted} versions in {:.1} s)", start.elapsed().as_secs_f64());
        let middle = wanted / 2;
        let pages = [
            ("first", "/w/main/flows/counter".to_owned(), Direction::Newest),
            ("deep", format!("/w/main/flows/counter?before={middle}"), Direction::Before(i64::try_from(middle).unwrap_or(1))),
        ];
        let what = format!("version table, {wanted} versions");
        compare(&prepared, &what, still.per_second, pages, |from| reader.version_tables(from, TIME));
    }
    let mut runs = 1;
    for wanted in [1_000, large] {
        let start = Instant::now();
        fill_runs(&mut filler, &prepared, runs + 1, wanted);
        runs = wanted;
        println!("   ({wanted} runs in {:.1} s)", start.elapsed().as_secs_f64());
        let middle = run_id(wanted / 2);
        let pages = [
            ("first", "/w/main/runs".to_owned(), Direction::Newest),
            ("deep", format!("/w/main/runs?before={middle}"), Direction::Before(middle)),
        ];
        let what = format!("run list, {wanted} runs");
        compare(&prepared, &what, still.per_second, pages, |from| reader.run_lists(from, TIME));
    }
}

fn compare<K>(
    prepared: &Prepared,
    what: &str,
    still: f64,
    pages: [(&str, String, Direction<K>); 2],
    mut queries: impl FnMut(&Direction<K>) -> f64,
) {
    let mut rates = Vec::new();
    for (which, path, from) in pages {
        let own = queries(&from);
        let seen = rate(prepared.server.address, &path, &prepared.cookie, TIME);
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let beside = format!(
            "{:.2} of its queries ({own:.0}/s, aim {SHARE}), {:.2} of the static file, p50 {:.1} ms, p99 {:.1} ms, {} bytes",
            seen.per_second / own,
            seen.per_second / still,
            ms(seen.p50),
            ms(seen.p99),
            seen.bytes
        );
        say(&format!("{what}, {which} page"), &format!("{:.0}/s", seen.per_second), &beside);
        rates.push(seen.per_second);
    }
    say("  first against deep", &format!("{:.2}", rates[0].max(rates[1]) / rates[0].min(rates[1])), &format!("aim: within {APART}"));
}

/// A file that the sign-in page links to.
fn static_file(prepared: &Prepared) -> String {
    let page = Request::new("GET", "/sign-in").send(prepared.server.address).expect("a page").expect(200).text();
    let start = page.find("/static/").expect("a static file");
    page[start..].chars().take_while(|c| *c != '"').collect()
}

fn version_id(n: &str) -> String {
    format!("'wflv_' || printf('%026d', {n})")
}

fn run_id(n: u64) -> String {
    format!("wfr_{n:026}")
}

fn fill_versions(filler: &mut Filler, prepared: &Prepared, from: u64, to: u64) {
    let id = version_id("n");
    let which = format!("id = '{}'", prepared.version_id);
    let note = "'Change number ' || n";
    let changed = [("id", id.as_str()), ("number", "n"), ("note", note), ("label", "NULL")];
    filler.copy("versions", &which, &changed, from, to);
    let which = format!("version_id = '{}'", prepared.version_id);
    filler.copy("revisions", &which, &[("version_id", &id)], from, to);
    filler.copy("version_stats", &format!("{which} AND hour = 0"), &[("version_id", &id)], from, to);
    filler.run(&format!("UPDATE flows SET next_number = {} WHERE id = '{}'", to + 1, prepared.flow_id));
}

fn fill_runs(filler: &mut Filler, prepared: &Prepared, from: u64, to: u64) {
    let which = format!("id = '{}'", prepared.run_id);
    filler.copy("runs", &which, &[("id", "'wfr_' || printf('%026d', n)"), ("key", "NULL")], from, to);
}
