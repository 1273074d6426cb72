//! Measures the console from outside, on a release build: `scripts/bench --help` says what and how.

#[path = "../../tests/it/support/mod.rs"]
mod support;

mod backup;
mod disk;
mod fill;
mod load;
mod pages;
mod prepare;
mod queries;
mod rows;
mod runs;
mod start;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let parts: [(&str, fn()); 5] = [
        ("disk", disk::measure),
        ("start", start::measure),
        ("pages", pages::measure),
        ("runs", runs::measure),
        ("backup", backup::measure),
    ];
    for (name, measure) in parts {
        if wanted.is_empty() || wanted.iter().any(|one| one == name || one == "all") {
            println!("\n== {name}");
            measure();
        }
    }
}

/// A line of the report: what, how much, and what to hold it against.
fn say(what: &str, figure: &str, beside: &str) {
    println!("{what:<52} {figure:>16}  {beside}");
}
