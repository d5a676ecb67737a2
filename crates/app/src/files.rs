//! The files of an app that does not load, each by itself.

use std::collections::HashSet;
use std::path::Path;

use meta::{ConfigLayer, Error, META, Registry};

use crate::app_json::AppJson;
use crate::business_file::BusinessFile;
use crate::file::FileBuffer;
use crate::inspection::ConfigProblem;
use crate::walk::{self, APP_FILE, Weight};

/// Reads `app.json` and the files of all storages and their Types; parents are not looked at.
pub(crate) fn problems_of_files(root: &Path) -> Vec<ConfigProblem> {
    let problem = |file: &Path, error: Error| ConfigProblem { file: file.to_owned(), key: None, error };
    let mut problems = Vec::new();
    if let Err(error) = AppJson::read(root) {
        problems.push(problem(&root.join(APP_FILE), error));
    }
    let walked = walk::walk(root);
    let fatal = walked.troubles.into_iter().filter(|trouble| trouble.weight == Weight::Fatal);
    problems.extend(fatal.map(|trouble| problem(&trouble.path, trouble.error)));
    let mut types: HashSet<&str> = Registry::linked().names().collect();
    types.extend(walked.elements.iter().map(|(_, element)| &**element.element_type()));
    let mut buffer = FileBuffer::new();
    for (name, element) in walked.elements.iter().filter(|(name, _)| name.segments().next() == Some("storages")) {
        let folder = root.join(name.folder());
        let element_type = &**element.element_type();
        // Of one whose declaration is broken it is not known, and `config.json` may be another tool's.
        let is_instance = !element_type.is_empty() && element_type != META && !types.contains(name.as_str());
        let read = match is_instance {
            true => BusinessFile::of_instance(name, &folder, &mut buffer),
            false => BusinessFile::of_type(name, &folder, &mut buffer),
        };
        match read {
            Ok(BusinessFile::Present { path, text, .. }) => {
                problems.extend(ConfigLayer::parse(&*path, text).err().map(|error| problem(&path, error)));
            }
            Ok(BusinessFile::Absent { .. }) => {}
            Err(error) => problems.push(problem(&folder, error)),
        }
    }
    problems.sort_by(|one, other| one.file.cmp(&other.file));
    problems
}
