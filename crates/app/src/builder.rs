//! [`AppBuilder`]: what an app is loaded with beside its folder.

use std::path::{Path, PathBuf, absolute};

use meta::{Error, Registry, Result};

use crate::app::App;
use crate::inherit::ParentPlaces;
use crate::state::Sources;
use crate::variables::GivenVariables;

/// What an app is loaded with: variables, parent apps, Types. Made by [`App::builder`].
///
/// ```no_run
/// use app::App;
///
/// let app = App::builder().variable("OSS_BUCKET", "docs").parent("../framework").load("my-app")?;
/// # Ok::<(), meta::Error>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "nothing happens before `load`"]
pub struct AppBuilder {
    variables: GivenVariables,
    parents: ParentPlaces,
    registry: Option<Registry>,
}

impl AppBuilder {
    /// Sets a variable for the templates in business files (`{{NAME}}`, `${NAME}`, `${NAME:-default}`). It counts before
    /// the process environment, which counts before the `.env` in the app's folder (lines of `NAME=value`), which counts
    /// before the defaults that `variables` in `e.json` and `app.json` declare.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.set(name.into(), value.into());
        self
    }

    /// Sets variables, as [`variable`](Self::variable) does.
    pub fn variables<N: Into<String>, V: Into<String>>(mut self, variables: impl IntoIterator<Item = (N, V)>) -> Self {
        for (name, value) in variables {
            self.variables.set(name.into(), value.into());
        }
        self
    }

    /// Gives the folder of a parent app. It stands for the app of its `appId` wherever that is extended, whatever the
    /// version; where nobody extends it, it is one more parent of the app, after those in `extends`.
    pub fn parent(mut self, folder: impl Into<PathBuf>) -> Self {
        self.parents.apps.push(folder.into());
        self
    }

    /// Gives an environment folder, in which parent apps stand as `<org>/<app>/<version>`, the version with underscores
    /// (`1_0_0`). An app that stands in such a folder itself finds its parents there without being told.
    pub fn parent_root(mut self, environment: impl Into<PathBuf>) -> Self {
        self.parents.environments.push(environment.into());
        self
    }

    /// Uses just these Types instead of [`Registry::linked`].
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Loads the app in a folder. The path is made absolute here: a later change of the working directory does not
    /// matter.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](meta::ErrorKind::Config), with file, line and column where it is about a file's content, for
    /// a folder that is not there, a broken `app.json`, a broken `e.json` below `storages/`, folders whose names differ by
    /// case only, a `protected` element that is overridden, apps that extend each other;
    /// [`ErrorKind::TypeConflict`](meta::ErrorKind::TypeConflict) for storage Types that several crates claim or that
    /// extend themselves; and those of the elements that `backendLoadTime` has built now.
    pub fn load(self, folder: impl AsRef<Path>) -> Result<App> {
        let Self { variables, mut parents, registry } = self;
        let folder = absolute_folder(folder.as_ref())?;
        for place in parents.apps.iter_mut().chain(&mut parents.environments) {
            *place = absolute_folder(place)?;
        }
        App::from_sources(Sources { folder, parents, variables, registry })
    }
}

fn absolute_folder(folder: &Path) -> Result<PathBuf> {
    absolute(folder).map_err(|error| Error::io(format!("cannot find the folder `{}`", folder.display()), error))
}
