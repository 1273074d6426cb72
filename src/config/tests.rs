use clap::Parser;

use super::*;

#[derive(Debug, Parser)]
struct Program {
    #[command(flatten)]
    args: ServeArgs,
}

fn args(words: &[&str]) -> ServeArgs {
    Program::parse_from(std::iter::once("signalbox").chain(words.iter().copied())).args
}

fn resolve(words: &[&str], file: &str) -> Result<Config, String> {
    Config::resolve(&args(words), File::parse(file)?)
}

#[test]
fn defaults_need_no_source() {
    let config = resolve(&[], "").unwrap();
    assert_eq!(config.listen, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(config.database, Target::Sqlite("data/signalbox.db".into()));
    assert_eq!((config.allow_insecure_http, config.log, config.log_level.as_str()), (false, LogFormat::Auto, LOG_LEVEL));
    assert!(config.workers >= 1 && config.allow_egress.is_empty() && !config.is_secure());
}

#[test]
fn the_command_line_wins_over_the_file() {
    let file = "listen = '127.0.0.1:1'\ndata_dir = '/srv/box'\nallow_egress = ['10.0.0.1']\nlog = 'json'\nworkers = 3\n";
    let config = resolve(&["--listen", "localhost:2", "--allow-egress", "a.example:81", "--allow-egress", "b.example"], file).unwrap();
    assert_eq!(config.listen, "127.0.0.1:2".parse().unwrap());
    assert_eq!(config.database, Target::Sqlite("/srv/box/signalbox.db".into()), "the database lies in the data folder");
    assert_eq!(config.allow_egress, ["a.example:81", "b.example"]);
    assert_eq!((config.log, config.workers), (LogFormat::Json, 3));
    let config = resolve(&["--data-dir", "x", "--database", "sqlite:y.db"], file).unwrap();
    assert_eq!((config.database, config.data_dir), (Target::Sqlite("y.db".into()), "x".into()));
}

#[test]
fn an_unknown_key_or_a_bad_value_names_its_line() {
    let error = resolve(&[], "workers = 2\nlisten_on = 'x'\n").unwrap_err();
    assert!(error.contains("line 2") && error.contains("listen_on") && !error.contains('\n'), "{error}");
    assert!(resolve(&[], "workers = 'two'").unwrap_err().contains("line 1"));
    assert!(resolve(&[], "log = 'xml'").unwrap_err().contains("xml"));
    assert!(resolve(&["--workers", "0"], "").unwrap_err().contains("1 to 64"));
    assert!(resolve(&["--listen", "8080"], "").unwrap_err().contains("ADDRESS:PORT"));
    assert!(resolve(&["--database", "mysql://x"], "").unwrap_err().contains("sqlite:PATH"));
}

#[test]
fn other_machines_are_served_only_when_somebody_says_how() {
    assert!(resolve(&["--listen", "0.0.0.0:80"], "").unwrap_err().contains("--public-origin"));
    assert!(resolve(&["--listen", "0.0.0.0:80", "--public-origin", "http://box.example"], "").is_err());
    assert!(resolve(&["--listen", "0.0.0.0:80", "--allow-insecure-http=false"], "").is_err());
    assert!(resolve(&["--listen", "0.0.0.0:80", "--allow-insecure-http"], "").is_ok());
    assert!(resolve(&["--listen", "0.0.0.0:80"], "allow_insecure_http = true").is_ok());
    assert!(resolve(&["--listen", "[::1]:80"], "").is_ok());
    let config = resolve(&["--listen", "0.0.0.0:80", "--public-origin", "https://Box.example/"], "").unwrap();
    assert_eq!(config.public_origin.as_deref(), Some("https://box.example"));
    assert!(config.is_secure() && config.host_names().contains(&"box.example".to_owned()));
}

#[test]
fn origins_and_hosts_are_bare() {
    for wrong in ["box.example", "https://box.example/path", "ftp://box.example", "https://a:b@box.example"] {
        assert!(resolve(&["--public-origin", wrong], "").is_err(), "{wrong}");
    }
    let config = resolve(&["--allowed-hosts", "Box.example, other.example,"], "").unwrap();
    assert_eq!(config.allowed_hosts, ["box.example", "other.example"]);
    assert!(resolve(&["--allowed-hosts", "https://box.example"], "").is_err());
}
