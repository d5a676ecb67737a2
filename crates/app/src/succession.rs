//! What a new reading of an app takes over from the one before.

use meta::{FullName, Result, Shared, Variables};

use crate::elements::{Element, Ingredients};
use crate::state::State;
use crate::variables::UsedVariable;

impl State {
    /// Takes over from the reading before what has not changed, and builds anew what has and was in use.
    ///
    /// # Errors
    /// Those of building.
    pub(crate) fn succeed(&self, before: &Self, shared: &Shared) -> Result<()> {
        let mut changed = Vec::new();
        for (name, old, built, ingredients) in before.elements.all_built() {
            let Some((_, new)) = self.elements.slot(name.as_str()) else { continue };
            if self.is_unchanged(name, &new.element, before, old, ingredients) {
                new.keep(built.clone(), ingredients.clone());
            } else {
                changed.push(name);
            }
        }
        changed.sort_unstable();
        changed.into_iter().try_for_each(|name| self.get(name.as_str(), shared).map(drop))
    }

    fn is_unchanged(&self, name: &FullName, new: &Element, before: &Self, old: &Element, built: &Ingredients) -> bool {
        let (Some(new_type), Some(old_type)) = (self.storage_type(name, new), before.storage_type(name, old)) else {
            return false;
        };
        let declares = |state: &Self, element: &Element| -> Vec<_> {
            let place = |app: usize| (state.lineage.apps[app].folder.clone(), state.lineage.apps[app].app_id.clone());
            element.line().map(|declared| (place(declared.app), declared.declaration.text.clone())).collect()
        };
        if !new_type.builds_like(old_type) || declares(self, new) != declares(before, old) {
            return false;
        }
        let folder = new.nearest.folder(name, &self.lineage.apps);
        let variables = self.variables_of(name, new, new_type);
        self.read_files(name, new, &folder, |_| Ok(())).is_ok_and(|files| files == built.files)
            && built
                .variables
                .iter()
                .all(|used| *used == UsedVariable::new(&used.name, variables.get(&used.name).as_deref()))
    }
}
