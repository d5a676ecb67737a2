//! What the levels of a Type chain have closed, and which level it was.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::Error;
use crate::name::FullName;
use crate::storage::abilities::Ability;
use crate::storage::contract::Storage;
use crate::storage::options::SignMethod;

/// The levels of a Type chain, for the error of whoever misses what one of them has closed.
#[derive(Clone, Default)]
pub(crate) struct ClosedBy {
    abilities: BTreeMap<Ability, FullName>,
    /// Where the storage of each level lies, from the innermost to the outermost.
    levels: Vec<(usize, FullName)>,
}

impl ClosedBy {
    /// Notes a level that stands over those noted before.
    pub(crate) fn note(&mut self, level: &FullName, storage: &dyn Storage) {
        self.levels.push((address(storage), level.clone()));
        let abilities = storage.abilities();
        for ability in Ability::ALL.iter().copied() {
            if abilities.has(ability) {
                self.abilities.remove(&ability);
            } else if abilities.is_closed(ability) {
                self.abilities.entry(ability).or_insert_with(|| level.clone());
            }
        }
    }

    /// The level that closed an ability.
    pub(crate) fn ability(&self, ability: Ability) -> Option<&FullName> {
        self.abilities.get(&ability)
    }

    /// Names the level that refused to sign. `outermost` stands for a storage that is none of the levels, such as one
    /// that a Type keeps within itself.
    pub(crate) fn explain(&self, error: Error, method: SignMethod, outermost: &FullName) -> Error {
        let Some(ClosedDoor(refusing)) = error.cause() else { return error };
        // The later one, since what an earlier one left behind may have been taken again.
        let level = self.levels.iter().rev().find(|(at, _)| at == refusing).map_or(outermost, |(_, level)| level);
        Error::unsupported(format!("a signed {} is closed by {level}", method.as_str()))
            .with_advice("an override closes what writes past it until its `get_sign_url` forwards it")
    }
}

/// The cause of the error with which an override refuses to sign: where the override lies, which tells its level.
#[derive(Debug)]
pub(crate) struct ClosedDoor(usize);

impl ClosedDoor {
    pub(crate) fn of<T: ?Sized>(storage: &T) -> Self {
        Self(address(storage))
    }
}

impl fmt::Display for ClosedDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what writes does not go past an override")
    }
}

impl std::error::Error for ClosedDoor {}

fn address<T: ?Sized>(storage: &T) -> usize {
    std::ptr::from_ref(storage).cast::<()>().addr()
}
