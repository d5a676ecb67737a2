//! Folders whose names differ by case only: two on one file system, one on another.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::path::Path;

use meta::{Error, ErrorKind, Result};

/// Checks the fullNames of one app's elements, and the folders above them.
///
/// # Errors
/// [`ErrorKind::Config`] that names both folders.
pub(crate) fn check<'a>(app: &Path, names: impl ExactSizeIterator<Item = &'a str>) -> Result<()> {
    let mut seen = HashSet::with_capacity(names.len());
    let mut clash: Option<(&str, &str)> = None;
    let mut note = |name: &'a str| match seen.replace(CaseBlind(name)) {
        Some(CaseBlind(other)) if other != name => {
            let pair = (name.min(other), name.max(other));
            clash = Some(clash.map_or(pair, |least| least.min(pair)));
        }
        _ => {}
    };
    let mut last_above = "";
    for name in names {
        note(name);
        let above = name.rsplit_once('.').map_or("", |(above, _)| above);
        // Neighbours share the folders above them.
        if above != last_above {
            std::iter::successors(Some(above), |name| name.rsplit_once('.').map(|(above, _)| above))
                .for_each(&mut note);
            last_above = above;
        }
    }
    let Some((one, other)) = clash else { return Ok(()) };
    let folder = |name: &str| app.join(name.replace('.', "/")).display().to_string();
    let message = format!("the folders `{}` and `{}` differ by case only", folder(one), folder(other));
    Err(Error::new(ErrorKind::Config, message).with_advice("rename one: elsewhere they would be the same folder"))
}

#[derive(Clone, Copy)]
struct CaseBlind<'a>(&'a str);

impl<'a> CaseBlind<'a> {
    fn folded(self) -> impl Iterator<Item = char> + use<'a> {
        self.0.chars().flat_map(char::to_lowercase)
    }
}

impl PartialEq for CaseBlind<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.folded().eq(other.folded())
    }
}

impl Eq for CaseBlind<'_> {}

impl Hash for CaseBlind<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // FNV-1a, since a strong hash of every letter would cost as much as the walk's own work.
        const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        let step = |hash: u64, unit: u32| (hash ^ u64::from(unit)).wrapping_mul(PRIME);
        let hash = match self.0.is_ascii() {
            true => self.0.bytes().fold(BASIS, |hash, byte| step(hash, byte.to_ascii_lowercase().into())),
            false => self.folded().fold(BASIS, |hash, letter| step(hash, letter.into())),
        };
        state.write_u64(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clash(names: &[&str]) -> Option<String> {
        check(Path::new("app"), names.iter().copied()).err().map(|error| error.to_string())
    }

    #[test]
    fn names_that_differ_by_case_are_told_whatever_their_order_and_depth() {
        for names in [&["storages.MyOss", "a.B", "storages.myoss"][..], &["storages.myoss", "storages.MyOss"]] {
            assert_eq!(
                clash(names).unwrap(),
                "the folders `app/storages/MyOss` and `app/storages/myoss` differ by case only: rename one: elsewhere \
                 they would be the same folder"
            );
        }
        assert!(clash(&["Storages.A", "storages.B"]).unwrap().contains("`app/Storages` and `app/storages`"));
        assert!(clash(&["a.b.x", "a.B"]).unwrap().contains("`app/a/B` and `app/a/b`"));
        assert!(clash(&["a.Äpfel", "a.äpfel"]).is_some());
        assert_eq!(clash(&["a", "a.b", "a.b.c", "a.c", "存储.甲", "存储.乙"]), None);
    }
}
