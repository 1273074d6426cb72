//! PostgreSQL: `pg_dump` and `pg_restore`, scratch databases, and two renames in one transaction.

use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::super::conn::Conn;
use super::super::error::{Error, Result};
use super::super::migrate;
use super::tools::{decoded, run, run_on_file};
use super::{LEFT_OUT, Purpose, measure};
use crate::domain::backup::Facts;

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Kinds of objects that a backup of ours holds; anything else in a file is not restored.
const KINDS: &[&str] = &[
    "TABLE",
    "TABLE DATA",
    "CONSTRAINT",
    "FK CONSTRAINT",
    "INDEX",
    "TRIGGER",
    "FUNCTION",
    "SEQUENCE",
    "SEQUENCE OWNED BY",
    "SEQUENCE SET",
    "DEFAULT",
];

pub(super) fn name_of(url: &str) -> Result<String> {
    let parsed = url::Url::parse(url).map_err(|e| Error::Unavailable(format!("the database's address cannot be read: {e}")))?;
    let path = decoded(parsed.path().trim_start_matches('/'));
    let name = if path.is_empty() { decoded(parsed.username()) } else { path };
    if name.is_empty() { Err(Error::Unavailable("the database's address names no database".into())) } else { Ok(name) }
}

/// The same address with another database.
fn other(url: &str, name: &str) -> Result<String> {
    let mut parsed = url::Url::parse(url).map_err(|e| Error::Unavailable(format!("the database's address cannot be read: {e}")))?;
    parsed.set_path(&format!("/{name}"));
    Ok(parsed.to_string())
}

fn connect(url: &str) -> Result<PgConnection> {
    let mut conn = PgConnection::establish(url).map_err(|e| Error::Unavailable(e.to_string()))?;
    conn.batch_execute("SET client_min_messages='warning'; SET lock_timeout='10s';")?;
    Ok(conn)
}

/// A connection to the server that is in the way of no database of ours.
pub(super) fn beside(url: &str) -> Result<PgConnection> {
    connect(&other(url, "postgres")?).or_else(|first| connect(&other(url, "template1")?).map_err(|_| first))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name for something beside a database; PostgreSQL cuts names at 63 bytes.
fn beside_name(url: &str, ending: &str) -> Result<String> {
    let name: String = name_of(url)?.chars().filter(char::is_ascii).take(30).collect();
    Ok(format!("{name}_{ending}"))
}

pub(super) fn scratch_name(url: &str, purpose: Purpose) -> Result<String> {
    beside_name(
        url,
        match purpose {
            Purpose::Compare => "signalbox_scratch",
            Purpose::Restore => "signalbox_restoring",
        },
    )
}

pub(super) fn dump(url: &str, to: &Path) -> Result<Facts> {
    let to = to.to_str().ok_or_else(|| Error::Unavailable("the path of the backup is not valid UTF-8".into()))?;
    let mut conn = connect(url)?;
    // Counts and copy show the same instant: both read this snapshot, which lives as long as the transaction.
    conn.batch_execute("SET idle_in_transaction_session_timeout=0; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;")?;
    let snapshot: Vec<Word> = diesel::sql_query("SELECT pg_export_snapshot() AS word").load(&mut conn)?;
    let snapshot = snapshot.into_iter().next().map(|row| format!("--snapshot={}", row.word)).unwrap_or_default();
    let mut conn = Conn::Pg(conn);
    let facts = measure::facts(&mut conn, LEFT_OUT)?;
    let left_out: Vec<String> = LEFT_OUT.iter().map(|table| format!("--exclude-table-data={table}")).collect();
    let file = format!("--file={to}");
    let mut arguments = vec!["--format=custom", "--compress=0", "--no-owner", "--no-privileges", &snapshot, &file];
    arguments.extend(left_out.iter().map(String::as_str));
    run("pg_dump", url, &arguments)?;
    conn.batch_execute("COMMIT")?;
    Ok(facts)
}

fn create(url: &str, name: &str) -> Result<()> {
    let mut server = beside(url)?;
    server.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name)))?;
    server.batch_execute(&format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", quoted(name))).map_err(|error| {
        Error::Unavailable(format!(
            "a scratch database could not be made on the PostgreSQL server ({error}); give the role the right with: ALTER ROLE … CREATEDB"
        ))
    })
}

pub(super) fn restore_into(url: &str, name: &str, content: &Path) -> Result<Conn> {
    let path = |path: &Path| {
        path.to_str().map(str::to_owned).ok_or_else(|| Error::Unavailable("the path of the backup is not valid UTF-8".into()))
    };
    let (list, text) = (content.with_extension("list.partial"), path(content)?);
    let listed = run_on_file("pg_restore", &["--list", &text])?;
    let mut wanted = String::new();
    for line in listed.lines().filter(|line| !line.starts_with(';')) {
        if is_ours(line) {
            wanted.push_str(line);
            wanted.push('\n');
        } else if !is_the_schema(line) {
            return Err(Error::Corrupt(format!("it holds an object that no backup of Signalbox has: {line}")));
        }
    }
    create(url, name)?;
    let scratch = other(url, name)?;
    std::fs::write(&list, wanted).map_err(|e| Error::Unavailable(format!("{}: {e}", list.display())))?;
    let only = format!("--use-list={}", path(&list)?);
    let restored = run("pg_restore", &scratch, &["--exit-on-error", "--no-owner", "--no-privileges", "--single-transaction", &only, &text]);
    let _ = std::fs::remove_file(&list);
    restored?;
    let mut conn = connect(&scratch)?;
    conn.batch_execute("SET search_path = public")?;
    Ok(Conn::Pg(conn))
}

/// `215; 1259 16394 TABLE public runs signalbox`
fn is_ours(line: &str) -> bool {
    let Some((_, rest)) = line.split_once("; ") else { return line.trim().is_empty() };
    let words: Vec<&str> = rest.split(' ').skip(2).collect();
    KINDS.iter().any(|kind| {
        let parts: Vec<&str> = kind.split(' ').collect();
        words.starts_with(&parts) && words.get(parts.len()) == Some(&"public")
    })
}

/// The schema itself, which every database has, and what is said about it where somebody changed its owner.
fn is_the_schema(line: &str) -> bool {
    line.contains(" SCHEMA - public ") || line.contains(" COMMENT - SCHEMA public ")
}

pub(super) fn reference(url: &str, steps: &[String]) -> Result<Vec<String>> {
    let name = beside_name(url, "signalbox_reference")?;
    create(url, &name)?;
    let made = connect(&other(url, &name)?).map(Conn::Pg).and_then(|mut conn| {
        migrate::run_only(&mut conn, steps)?;
        measure::objects(&mut conn)
    });
    remove(url, &name);
    made
}

pub(super) fn remove(url: &str, name: &str) {
    let dropped =
        beside(url).and_then(|mut server| Ok(server.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name)))?));
    if let Err(error) = dropped {
        tracing::warn!(%error, name, "a scratch database was left; the next backup removes it");
    }
}

pub(super) fn sweep(url: &str) -> Result<()> {
    let names = [scratch_name(url, Purpose::Compare)?, scratch_name(url, Purpose::Restore)?, beside_name(url, "signalbox_reference")?];
    let mut server = beside(url)?;
    for name in names {
        server.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(&name)))?;
    }
    Ok(())
}

pub(super) fn others_connected(url: &str) -> Result<i64> {
    connected(&mut beside(url)?, &name_of(url)?)
}

fn connected(server: &mut PgConnection, name: &str) -> Result<i64> {
    let query = "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'";
    let found: Vec<Number> = diesel::sql_query(query).bind::<Text, _>(name).load(server)?;
    Ok(found.first().map_or(0, |row| row.n))
}

/// Both renames are one transaction, so there is no instant without a database of this name.
pub(super) fn swap(url: &str, staged: &str, stamp: &str, point: &dyn Fn(&'static str)) -> Result<String> {
    let name = name_of(url)?;
    let kept = beside_name(url, &format!("pre_restore_{}", stamp.to_lowercase()))?;
    let mut server = beside(url)?;
    point("restore-staged");
    // A connection that was just closed takes the server a moment.
    for _ in 0..100 {
        if connected(&mut server, &name)? == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let others = connected(&mut server, &name)?;
    if others > 0 {
        return Err(Error::Unavailable(format!(
            "{others} other connections to the database {name} are open, so nothing was changed; stop every server and program that uses it and try again"
        )));
    }
    point("restore-old-closed");
    server.batch_execute("BEGIN")?;
    let renamed = server
        .batch_execute(&format!("ALTER DATABASE {} RENAME TO {}", quoted(&name), quoted(&kept)))
        .and_then(|()| {
            point("restore-old-kept");
            server.batch_execute(&format!("ALTER DATABASE {} RENAME TO {}", quoted(staged), quoted(&name)))
        })
        .and_then(|()| {
            point("restore-renamed");
            server.batch_execute("COMMIT")
        });
    if let Err(error) = renamed {
        let _ = server.batch_execute("ROLLBACK");
        return Err(error.into());
    }
    point("restore-in-place");
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_kinds_of_objects_are_restored() {
        assert!(is_ours("215; 1259 16394 TABLE public runs signalbox"));
        assert!(is_ours("3400; 0 16394 TABLE DATA public runs signalbox"));
        assert!(is_ours("3868; 0 0 SEQUENCE OWNED BY public stats_deltas_id_seq signalbox"));
        assert!(is_the_schema("5; 2615 20771 SCHEMA - public signalbox"));
        assert!(is_ours("3201; 2606 16400 FK CONSTRAINT public runs runs_flow_fkey signalbox"));
        for foreign in [
            "5; 2615 2200 SCHEMA - public owner",
            "2; 3079 16384 EXTENSION - dblink ",
            "7; 1255 1 FUNCTION evil f() owner",
            "9; 1262 1 DATABASE - x o",
        ] {
            assert!(!is_ours(foreign), "{foreign}");
        }
    }

    #[test]
    fn names_come_from_addresses() {
        assert_eq!(name_of("postgres://ada:x@127.0.0.1:5432/box").unwrap(), "box");
        assert_eq!(name_of("postgres://ada@127.0.0.1").unwrap(), "ada");
        assert_eq!(other("postgres://ada:x@127.0.0.1:5432/box?a=b", "t").unwrap(), "postgres://ada:x@127.0.0.1:5432/t?a=b");
        assert!(beside_name(&format!("postgres://a@b/{}", "x".repeat(80)), "signalbox_reference").unwrap().len() < 63);
    }
}
