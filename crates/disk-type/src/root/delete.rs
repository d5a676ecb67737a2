//! How an object goes.

use meta::{ErrorKind, ObjectName, Result};

use super::{Found, Identity, Root, attributes_of};
use crate::escape;

impl Root {
    /// Removes an object with its attributes, and the folders that this leaves empty. A missing one counts as removed.
    pub(crate) fn delete(&self, name: &ObjectName) -> Result<()> {
        if self.locate(name)?.is_none() {
            return Ok(());
        }
        self.prepare()?;
        let _access = self.shared(name)?;
        let plain = escape::components(name.as_str());
        // Aside first: what lies there must not come to light when the file in the object's own place is gone.
        for place in [escape::aside(&plain), plain] {
            let Found::File(file) = self.tree.look(&place)? else { continue };
            if !self.is_of(name, &place, &Identity::of(&file))? {
                continue;
            }
            // The attributes go last, so that nobody reads the object without them.
            self.tree.remove_file(&place)?;
            self.tree.sync_parent(&place)?;
            self.forget(&place)?;
            self.tree.remove_empty_parents(&place, 0);
            self.tree.remove_empty_parents(&attributes_of(&place), attributes_of(&[]).len());
        }
        Ok(())
    }

    /// Whether the file is this object's, and not that of a name which the file system takes for the same.
    fn is_of(&self, name: &ObjectName, place: &[String], file: &Identity) -> Result<bool> {
        let attributes = match self.attributes(place) {
            Err(error) if error.kind() == ErrorKind::Integrity => None,
            attributes => attributes?,
        };
        Ok(attributes.is_none_or(|attributes| attributes.name == name.as_str() || attributes.of(file).is_none()))
    }
}
