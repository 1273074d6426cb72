//! Versions of an environment's configuration, and the append-only record of what became of its rack.

use diesel::prelude::*;

use super::cached::said;
use super::conn::Conn;
use super::error::{Error, Result};
use super::schema::{environment_records, environment_versions, run_configurations, runs};
use crate::domain::clock::Micros;
use crate::domain::environment::rack::Slot;
use crate::domain::environment::{Configuration, ConfigurationState};
use crate::domain::ids;
use crate::fixed;

/// A configuration version as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = environment_versions)]
pub struct EnvironmentVersion {
    /// `envv_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// The environment.
    pub environment_id: String,
    /// From 1.
    pub number: i64,
    /// See `domain::environment::ConfigurationState`; what is in the bin is inactive.
    pub state: String,
    /// Replacements as JSON.
    pub configuration: String,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Who made it.
    pub created_by: String,
    /// When it was deployed last.
    pub deployed_at: Option<i64>,
    /// What it is about, in the person's words.
    pub note: String,
    /// When it was edited last.
    pub updated_at: i64,
    /// Who edited it last.
    pub updated_by: String,
    /// Who deployed it last.
    pub deployed_by: Option<String>,
    /// When another one took its place.
    pub retired_at: Option<i64>,
    /// Since when it is off the rack.
    pub binned_at: Option<i64>,
    /// Who deleted it; nobody when deploying past the rack took it off.
    pub deleted_by: Option<String>,
    /// Grows with each change.
    pub lock_version: i64,
    /// The person who edited it last: who may not approve it.
    pub updated_by_id: Option<String>,
}

impl EnvironmentVersion {
    /// Where it stands.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn state(&self) -> Result<ConfigurationState> {
        self.state.parse().map_err(Error::corrupt)
    }

    /// What it holds.
    ///
    /// # Errors
    /// A stored text that is no configuration.
    pub fn content(&self) -> Result<Configuration> {
        Configuration::stored(&self.configuration).map_err(Error::corrupt)
    }

    /// As the rules of the rack see it.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn slot(&self) -> Result<Slot> {
        Ok(Slot { number: self.number, state: self.state()?, deployed_at: self.deployed_at })
    }

    /// Whether it is the draft.
    pub fn is_draft(&self) -> bool {
        self.binned_at.is_none() && self.state == ConfigurationState::Draft.as_str()
    }
}

/// Adds a configuration version.
pub fn insert_version(conn: &mut Conn, row: &EnvironmentVersion) -> Result<()> {
    diesel::insert_into(environment_versions::table).values(row).execute(conn)?;
    Ok(())
}

/// The deployed configuration.
pub fn deployed(conn: &mut Conn, environment: &str) -> Result<Option<EnvironmentVersion>> {
    Ok(environment_versions::table
        .filter(environment_versions::environment_id.eq(environment))
        .filter(said("state = 'deployed'"))
        .select(EnvironmentVersion::as_select())
        .first(conn)
        .optional()?)
}

/// The number of the deployed configuration: what runs are pinned to.
pub fn deployed_number(conn: &mut Conn, environment: &str) -> Result<Option<i64>> {
    let deployed = environment_versions::table
        .filter(environment_versions::environment_id.eq(environment))
        .filter(said("state = 'deployed'"))
        .select(environment_versions::number);
    Ok(fixed!(deployed).get_result(conn).optional()?)
}

/// The same with what it holds, for a start that needs both.
pub fn deployed_text(conn: &mut Conn, environment: &str) -> Result<Option<(i64, String)>> {
    let deployed = environment_versions::table
        .filter(environment_versions::environment_id.eq(environment))
        .filter(said("state = 'deployed'"))
        .select((environment_versions::number, environment_versions::configuration));
    Ok(fixed!(deployed).get_result(conn).optional()?)
}

/// Keeps for a run what it is pinned to: a draft goes on being changed under its number.
pub fn keep_for_run(conn: &mut Conn, run: &str, configuration: &str) -> Result<()> {
    diesel::insert_into(run_configurations::table)
        .values((run_configurations::run_id.eq(run), run_configurations::configuration.eq(configuration)))
        .execute(conn)?;
    Ok(())
}

/// The draft as it was when a run started with it; none for a run that is pinned to a numbered version.
pub fn kept_for_run(conn: &mut Conn, run: &str) -> Result<Option<String>> {
    Ok(run_configurations::table.find(run).select(run_configurations::configuration).first(conn).optional()?)
}

/// Configuration versions on the rack, newest first.
pub fn versions(conn: &mut Conn, environment: &str) -> Result<Vec<EnvironmentVersion>> {
    Ok(environment_versions::table
        .filter(environment_versions::environment_id.eq(environment))
        .filter(environment_versions::binned_at.is_null())
        .order(environment_versions::number.desc())
        .select(EnvironmentVersion::as_select())
        .load(conn)?)
}

/// The greatest number an environment ever gave out.
pub fn last_number(conn: &mut Conn, environment: &str) -> Result<i64> {
    let all = environment_versions::table.filter(environment_versions::environment_id.eq(environment));
    Ok(all.select(diesel::dsl::max(environment_versions::number)).first::<Option<i64>>(conn)?.unwrap_or(0))
}

/// A version by its number, also from the bin.
pub fn by_number(conn: &mut Conn, environment: &str, number: i64) -> Result<Option<EnvironmentVersion>> {
    let one = environment_versions::table
        .filter(environment_versions::environment_id.eq(environment))
        .filter(environment_versions::number.eq(number))
        .select(EnvironmentVersion::as_select());
    Ok(fixed!(one).get_result(conn).optional()?)
}

/// A version by its id, also from the bin.
pub fn get(conn: &mut Conn, id: &str) -> Result<Option<EnvironmentVersion>> {
    Ok(environment_versions::table.find(id).select(EnvironmentVersion::as_select()).first(conn).optional()?)
}

/// Whether a run is pinned to a version: one that was started while the version could be used.
pub fn has_runs(conn: &mut Conn, row: &EnvironmentVersion) -> Result<bool> {
    let since = ids::since(Micros(row.created_at));
    // Beyond the year 9999 an id has no room for the instant.
    let until = ids::since(Micros(row.binned_at.unwrap_or(253_402_300_799_000_000)).plus(Micros::SECOND));
    let pinned = runs::table
        .filter(runs::environment_id.eq(&row.environment_id))
        .filter(runs::id.ge(since))
        .filter(runs::id.le(until))
        .filter(runs::environment_version.eq(row.number));
    Ok(diesel::select(diesel::dsl::exists(pinned)).get_result(conn)?)
}

/// What a version becomes.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = environment_versions, treat_none_as_null = true)]
pub struct Next {
    /// Where it stands.
    pub state: String,
    /// Replacements as JSON.
    pub configuration: String,
    /// What it is about.
    pub note: String,
    /// When it was edited last.
    pub updated_at: i64,
    /// Who edited it last.
    pub updated_by: String,
    /// The person, if it was one.
    pub updated_by_id: Option<String>,
    /// When it was deployed last.
    pub deployed_at: Option<i64>,
    /// Who deployed it last.
    pub deployed_by: Option<String>,
    /// When another one took its place.
    pub retired_at: Option<i64>,
    /// Since when it is off the rack.
    pub binned_at: Option<i64>,
    /// Who deleted it.
    pub deleted_by: Option<String>,
}

impl From<&EnvironmentVersion> for Next {
    fn from(row: &EnvironmentVersion) -> Self {
        Self {
            state: row.state.clone(),
            configuration: row.configuration.clone(),
            note: row.note.clone(),
            updated_at: row.updated_at,
            updated_by: row.updated_by.clone(),
            updated_by_id: row.updated_by_id.clone(),
            deployed_at: row.deployed_at,
            deployed_by: row.deployed_by.clone(),
            retired_at: row.retired_at,
            binned_at: row.binned_at,
            deleted_by: row.deleted_by.clone(),
        }
    }
}

/// Changes a version if it is still in the state and at the lock version it was read with.
pub fn change(conn: &mut Conn, row: &EnvironmentVersion, next: &Next) -> Result<bool> {
    let unchanged = environment_versions::table
        .find(&row.id)
        .filter(environment_versions::state.eq(&row.state))
        .filter(environment_versions::lock_version.eq(row.lock_version));
    Ok(diesel::update(unchanged).set((next, environment_versions::lock_version.eq(row.lock_version + 1))).execute(conn)? == 1)
}

/// One change of a rack.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = environment_records)]
pub struct Record {
    /// The environment.
    pub environment_id: String,
    /// The event in the history.
    pub event_seq: i64,
    /// Whose it is.
    pub workspace_id: String,
    /// created, deployed, drafted, deleted.
    pub verb: String,
    /// The version it was done to.
    pub number: Option<i64>,
    /// Why, in the person's words.
    pub comment: Option<String>,
    /// Who.
    pub actor_name: String,
    /// Microseconds UTC.
    pub at: i64,
    /// The rack as it stood afterwards, as JSON.
    pub snapshot: String,
}

/// Adds a record.
pub fn insert_record(conn: &mut Conn, row: &Record) -> Result<()> {
    diesel::insert_into(environment_records::table).values(row).execute(conn)?;
    Ok(())
}

/// The last deployment of a configuration version.
pub fn last_deployment(conn: &mut Conn, environment: &str, number: i64) -> Result<Option<Record>> {
    Ok(environment_records::table
        .filter(environment_records::environment_id.eq(environment))
        .filter(environment_records::verb.eq("deployed"))
        .filter(environment_records::number.eq(number))
        .order(environment_records::event_seq.desc())
        .select(Record::as_select())
        .first(conn)
        .optional()?)
}

/// The last change of a rack before or at an instant: how it stood then.
pub fn record_as_of(conn: &mut Conn, environment: &str, at: i64) -> Result<Option<Record>> {
    Ok(environment_records::table
        .filter(environment_records::environment_id.eq(environment))
        .filter(environment_records::at.le(at))
        .order(environment_records::event_seq.desc())
        .select(Record::as_select())
        .first(conn)
        .optional()?)
}

/// The last change of a rack up to an event: how it stood then.
pub fn record_as_of_event(conn: &mut Conn, environment: &str, seq: i64) -> Result<Option<Record>> {
    Ok(environment_records::table
        .filter(environment_records::environment_id.eq(environment))
        .filter(environment_records::event_seq.le(seq))
        .order(environment_records::event_seq.desc())
        .select(Record::as_select())
        .first(conn)
        .optional()?)
}
