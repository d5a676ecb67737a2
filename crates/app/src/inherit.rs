//! Which apps an app inherits from, and which of them wins.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use meta::{Error, ErrorKind, Result};

use crate::app_json::{AppJson, Extends};
use crate::walk::APP_FILE;

/// One app: its folder and its `app.json`.
#[derive(Debug)]
pub(crate) struct AppFolder {
    pub(crate) folder: PathBuf,
    pub(crate) json: AppJson,
    pub(crate) app_id: Option<Arc<str>>,
}

impl AppFolder {
    fn read(folder: PathBuf) -> Result<Self> {
        let json = AppJson::read(&folder)?;
        let app_id = json.app_id.as_deref().filter(|id| !id.is_empty()).map(Arc::from);
        Ok(Self { folder, json, app_id })
    }
}

/// How errors and warnings name an app: by its id, else by its folder.
impl fmt::Display for AppFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.app_id {
            Some(id) => write!(f, "`{id}`"),
            None => write!(f, "`{}`", self.folder.display()),
        }
    }
}

/// A parent app that is not at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MissingApp {
    extends: Extends,
    named_by: PathBuf,
    looked_at: Vec<PathBuf>,
}

impl MissingApp {
    /// The app as errors name it: `` `wanyun.JitAi` 1.0.0 ``.
    pub(crate) fn name(&self) -> String {
        match &self.extends.version {
            Some(version) => format!("`{}` {version}", self.extends.app_id),
            None => format!("`{}`", self.extends.app_id),
        }
    }
}

impl fmt::Display for MissingApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the parent app {}, which `{}` extends, is not at hand", self.name(), self.named_by.display())?;
        for (at, folder) in self.looked_at.iter().enumerate() {
            write!(f, "{} `{}`", if at == 0 { " (looked at" } else { "," }, folder.display())?;
        }
        f.write_str(if self.looked_at.is_empty() { "" } else { ")" })?;
        f.write_str(": its elements are not there; give its folder to `App::builder().parent(…)`")
    }
}

/// An app and all that it inherits from.
#[derive(Debug)]
pub(crate) struct Lineage {
    /// The app itself first, then those that it inherits from: an app stands before all that it extends, and what is
    /// listed first (with all that it extends) before what is listed later.
    pub(crate) apps: Vec<AppFolder>,
    pub(crate) missing: Vec<MissingApp>,
}

/// Where parent apps are looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct ParentPlaces {
    /// Folders of parent apps.
    pub(crate) apps: Vec<PathBuf>,
    /// Environment folders, in which apps stand as `<org>/<app>/<version>`.
    pub(crate) environments: Vec<PathBuf>,
}

impl Lineage {
    /// Follows `extends` from the app in `folder`.
    ///
    /// # Errors
    /// A broken `app.json`, a given parent that is no folder, apps that extend each other.
    pub(crate) fn resolve(folder: &Path, places: &ParentPlaces) -> Result<Self> {
        let family = Family::discover(AppFolder::read(folder.to_owned())?, places)?;
        let mut order = Order { family: &family, open: Vec::new(), done: Vec::new() };
        order.visit(0)?;
        let order = order.done;
        let mut members: Vec<_> = family.members.into_iter().map(|member| Some(member.app)).collect();
        let apps = order.into_iter().rev().filter_map(|at| members[at].take()).collect();
        Ok(Self { apps, missing: family.missing })
    }

    /// The app itself.
    pub(crate) fn own(&self) -> &AppFolder {
        &self.apps[0]
    }

    /// What to add to an error about something that may be declared in a parent app that is not at hand.
    pub(crate) fn hint(&self) -> Option<String> {
        let names: Vec<_> = self.missing.iter().map(MissingApp::name).collect();
        match names.len() {
            0 => None,
            1 => Some(format!("the parent app {} is not at hand and may declare it", names[0])),
            _ => Some(format!("the parent apps {} are not at hand and may declare it", names.join(", "))),
        }
    }

    /// The fullName of the default storage, as the nearest app that names one says.
    pub(crate) fn default_storage(&self) -> Option<&str> {
        self.apps.iter().find_map(|app| app.json.default_storage())
    }
}

/// All apps that can be reached, each once, and who extends whom.
#[derive(Default)]
struct Family {
    members: Vec<Member>,
    missing: Vec<MissingApp>,
    /// Those of `missing`.
    known_missing: HashSet<Extends>,
}

struct Member {
    app: AppFolder,
    /// What tells apps apart: the folder with all links resolved.
    real_folder: PathBuf,
    /// In the order of `extends`.
    parents: Vec<usize>,
}

impl Family {
    fn discover(root: AppFolder, places: &ParentPlaces) -> Result<Self> {
        let mut given = Vec::new();
        for folder in &places.apps {
            if !folder.is_dir() {
                let message = format!("the parent app's folder `{}` is not there", folder.display());
                return Err(Error::new(ErrorKind::Config, message));
            }
            given.push(AppFolder::read(folder.clone())?);
        }
        let environments: Vec<_> = places.environments.iter().cloned().chain(environment_of(&root)).collect();
        let mut family = Self::default();
        family.index_of(root.folder)?;
        let mut at = 0;
        let mut unnamed = given.iter();
        loop {
            while at < family.members.len() {
                family.follow(at, &given, &environments)?;
                at += 1;
            }
            // Who gives an app that nobody names wants it to be a parent all the same.
            let Some(app) = unnamed.next() else { return Ok(family) };
            let known = family.members.len();
            let parent = family.index_of(app.folder.clone())?;
            if parent == known {
                family.members[0].parents.push(parent);
            }
        }
    }

    /// Finds the parents of a member.
    fn follow(&mut self, at: usize, given: &[AppFolder], environments: &[PathBuf]) -> Result<()> {
        let app = &self.members[at].app;
        let named_by = app.folder.join(APP_FILE);
        for extends in app.json.extends().to_vec() {
            let looked_at: Vec<_> = match extends.place() {
                Some(place) => environments.iter().map(|environment| environment.join(&place)).collect(),
                None => Vec::new(),
            };
            let by_id = given.iter().find(|app| app.app_id.as_deref() == Some(&extends.app_id));
            let found = by_id.map(|app| &app.folder).or_else(|| looked_at.iter().find(|folder| folder.is_dir()));
            if let Some(folder) = found {
                let parent = self.index_of(folder.clone())?;
                self.members[at].parents.push(parent);
            } else if self.known_missing.insert(extends.clone()) {
                self.missing.push(MissingApp { extends, named_by: named_by.clone(), looked_at });
            }
        }
        Ok(())
    }

    fn index_of(&mut self, folder: PathBuf) -> Result<usize> {
        let real_folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        if let Some(known) = self.members.iter().position(|member| member.real_folder == real_folder) {
            return Ok(known);
        }
        self.members.push(Member { app: AppFolder::read(folder)?, real_folder, parents: Vec::new() });
        Ok(self.members.len() - 1)
    }
}

/// A depth-first search that is done with an app after all that it extends: the lineage, backwards.
struct Order<'a> {
    family: &'a Family,
    open: Vec<usize>,
    done: Vec<usize>,
}

impl Order<'_> {
    fn visit(&mut self, at: usize) -> Result<()> {
        if self.done.contains(&at) {
            return Ok(());
        }
        let begin = self.open.iter().position(|open| *open == at);
        self.open.push(at);
        if let Some(begin) = begin {
            let circle: Vec<_> = self.open[begin..].iter().map(|at| self.app(*at).to_string()).collect();
            let message = format!("apps extend each other: {}", circle.join(" → "));
            return Err(Error::new(ErrorKind::Config, message)
                .with_advice(format!("remove one of them from `extends` in its `{APP_FILE}`")));
        }
        // Backwards, since the first parent must end up in front.
        for parent in self.family.members[at].parents.iter().rev() {
            self.visit(*parent)?;
        }
        self.open.pop();
        self.done.push(at);
        Ok(())
    }

    fn app(&self, at: usize) -> &AppFolder {
        &self.family.members[at].app
    }
}

/// The environment in which an app stands, where its path ends with its own id: `<environment>/<org>/<app>/<version>`.
fn environment_of(app: &AppFolder) -> Option<PathBuf> {
    let (org, name) = app.app_id.as_deref()?.split_once('.')?;
    let parent = app.folder.parent()?;
    parent.ends_with(Path::new(org).join(name)).then(|| parent.ancestors().nth(2).map(Path::to_owned))?
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn app(environment: &Path, id: &str, extends: &[&str]) -> PathBuf {
        let folder = environment.join(id.replace('.', "/")).join("1_0_0");
        fs::create_dir_all(&folder).unwrap();
        let extends: Vec<_> = extends.iter().map(|id| serde_json::json!({"appId": id, "version": "1.0.0"})).collect();
        let json = serde_json::json!({"appId": id, "version": "1.0.0", "extends": extends});
        fs::write(folder.join(APP_FILE), json.to_string()).unwrap();
        folder
    }

    fn ids(lineage: &Lineage) -> Vec<&str> {
        lineage.apps.iter().filter_map(|app| app.app_id.as_deref()).collect()
    }

    #[test]
    fn an_app_stands_before_all_that_it_extends_and_siblings_in_their_order() {
        let environment = tempfile::tempdir().unwrap();
        let root = app(environment.path(), "o.a", &["o.b", "o.c"]);
        app(environment.path(), "o.b", &["o.d", "o.e"]);
        app(environment.path(), "o.c", &["o.d"]);
        app(environment.path(), "o.d", &[]);
        app(environment.path(), "o.e", &[]);
        let lineage = Lineage::resolve(&root, &ParentPlaces::default()).unwrap();
        // Not b, d, …: c overrides the d that it extends.
        assert_eq!(ids(&lineage), ["o.a", "o.b", "o.e", "o.c", "o.d"]);
    }

    /// Were each compared with all before it, this would take minutes.
    #[test]
    fn many_parents_that_are_missing_are_no_trouble() {
        let environment = tempfile::tempdir().unwrap();
        let ids: Vec<_> = (0..100_000).map(|at| format!("x{at}")).collect();
        let root = app(environment.path(), "o.a", &ids.iter().map(String::as_str).collect::<Vec<_>>());
        let lineage = Lineage::resolve(&root, &ParentPlaces::default()).unwrap();
        assert_eq!(lineage.missing.len(), ids.len());
    }

    #[test]
    fn apps_that_extend_each_other_are_an_error_that_names_the_circle() {
        let environment = tempfile::tempdir().unwrap();
        let root = app(environment.path(), "o.a", &["o.b"]);
        app(environment.path(), "o.b", &["o.c"]);
        app(environment.path(), "o.c", &["o.b"]);
        let error = Lineage::resolve(&root, &ParentPlaces::default()).unwrap_err().to_string();
        assert!(error.starts_with("apps extend each other: `o.b` → `o.c` → `o.b`: remove one"), "{error}");
    }

    #[test]
    fn given_parents_are_found_by_id_and_else_come_last() {
        let environment = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let root = app(environment.path(), "o.a", &["x.named", "o.gone"]);
        let extra = app(elsewhere.path(), "x.extra", &["x.named"]);
        let named = app(elsewhere.path(), "x.named", &[]);
        let places = ParentPlaces { apps: vec![named, extra], environments: Vec::new() };
        let lineage = Lineage::resolve(&root, &places).unwrap();
        assert_eq!(ids(&lineage), ["o.a", "x.extra", "x.named"]);
        let [missing] = &lineage.missing[..] else { panic!("{:?}", lineage.missing) };
        let text = missing.to_string();
        for part in ["`o.gone` 1.0.0", "app.json` extends", "looked at `", "o/gone/1_0_0`", "App::builder().parent("] {
            assert!(text.contains(part), "{text}");
        }
    }
}
