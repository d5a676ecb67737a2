//! Folders that nobody goes through, told again where something below them comes up.

/// Names of such folders, while names come in the order of their bytes. Only those are held below which something may
/// still come.
#[derive(Debug, Default)]
pub(crate) struct Closed(Vec<String>);

impl Closed {
    pub(crate) fn add(&mut self, folder: &str) {
        self.forget(folder);
        self.0.push(folder.to_owned());
    }

    /// The one of these folders that a name lies below.
    pub(crate) fn folder_of(&mut self, name: &str) -> Option<&str> {
        self.forget(name);
        let is_above = |folder: &&String| name.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'));
        self.0.iter().find(is_above).map(String::as_str)
    }

    /// Forgets the folders that lie behind, where names have come up to this one.
    fn forget(&mut self, name: &str) {
        // `0` is what comes behind `/`.
        self.0.retain(|folder| *name < *format!("{folder}0"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_is_told_from_what_begins_alike() {
        let mut closed = Closed::default();
        closed.add("link");
        for (name, folder) in [
            ("link-2", None),
            ("link.txt", None),
            ("link/x", Some("link")),
            ("link/目/y", Some("link")),
            ("link0", None),
            ("z", None),
        ] {
            assert_eq!(closed.folder_of(name), folder, "{name}");
        }
        assert!(closed.0.is_empty());
    }
}
