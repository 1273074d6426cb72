//! Rollouts: a candidate takes a growing share of new runs, watched by a guard (PRODUCT §5.3, §5.4).
//!
//! Every change of the split goes through the routing row ([`Place::change`]); the rollout's own rows say how it came
//! there and what its runs did.

pub mod advance;
pub mod attention;
pub mod begin;
pub mod guard;
pub mod hold;
pub mod look;
pub mod plan;
pub mod stop;
pub mod watch;

use super::deployment::Place;
use super::error::Result;
use crate::domain::deployment::InvalidTransition;
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::rollouts::{self, Rollout};

/// The rollout under way at a place.
///
/// # Errors
/// There is none.
pub fn under_way(conn: &mut Conn, place: &Place<'_>) -> Result<Rollout> {
    let Some(candidate) = &place.routing.candidate else { return Err(InvalidTransition::NoRollout.into()) };
    let found = rollouts::get(conn, &candidate.rollout)?;
    Ok(found.ok_or_else(|| StoreError::corrupt(format!("the rollout {} is missing", candidate.rollout)))?)
}
