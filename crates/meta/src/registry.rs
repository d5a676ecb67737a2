//! Which Types are linked, and which crate implements a Type that several claim. The only file that reads `inventory`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::config::ConfigKey;
use crate::error::{Error, ErrorKind, Result};
use crate::loader::{Base, TypeContext};
use crate::name::META;
use crate::spelling::{code_list, nearest};
use crate::storage::Storage;

/// The description of a Type that a crate registers through [`storage_type!`](crate::storage_type): all constants, so
/// that nothing of ours runs before `main`.
#[derive(Debug)]
#[non_exhaustive]
pub struct TypeRegistration {
    /// The fullName, such as `storages.OssType`.
    pub full_name: &'static str,
    /// The display name; the last segment of the fullName where the crate gives none.
    pub title: &'static str,
    /// The keys that the Type adds to those of the Type that it extends.
    pub keys: &'static [ConfigKey],
    /// How it is built, and on what.
    pub kind: TypeKind,
    /// Where it was registered.
    pub origin: Origin,
}

/// How a Type is built, and on what.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum TypeKind {
    /// It implements the Meta itself.
    Root {
        /// Builds an instance's storage.
        factory: fn(TypeContext<'_>) -> Result<std::sync::Arc<dyn Storage>>,
    },
    /// It extends another Type and keeps a name of its own.
    Extends {
        /// The fullName of the other Type.
        parent: &'static str,
        /// Builds an instance's storage on that of the other Type.
        factory: fn(Base<'_>) -> Result<std::sync::Arc<dyn Storage>>,
    },
    /// It takes the place of a Type of the same name, with that one as its base.
    Replaces {
        /// The Cargo package whose registration it replaces.
        package: &'static str,
        /// Builds an instance's storage on that of the replaced Type.
        factory: fn(Base<'_>) -> Result<std::sync::Arc<dyn Storage>>,
    },
}

/// Where a Type was registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Origin {
    /// The Cargo package.
    pub package: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line in it.
    pub line: u32,
}

impl Origin {
    #[doc(hidden)]
    pub const fn new(package: &'static str, version: &'static str, file: &'static str, line: u32) -> Self {
        Self { package, version, file, line }
    }
}

impl TypeRegistration {
    #[doc(hidden)]
    pub const fn new(
        full_name: &'static str,
        title: &'static str,
        keys: &'static [ConfigKey],
        kind: TypeKind,
        origin: Origin,
    ) -> Self {
        assert!(crate::name::is_full_name(full_name), "this is not a fullName, which looks like `storages.MyType`");
        Self { full_name, title, keys, kind, origin }
    }
}

inventory::collect!(TypeRegistration);

/// The Types that a binary has: those of all crates that it links.
///
/// A crate that nothing mentions is dropped by the linker, with its Types; `use my_type as _;` mentions it.
#[derive(Debug, Default)]
pub struct Registry {
    types: BTreeMap<&'static str, Vec<&'static TypeRegistration>>,
}

/// A crate that a Type's folder names as the Type's implementation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The Cargo package.
    pub package: String,
    /// The `e.json` that says so.
    pub file: PathBuf,
}

impl Registry {
    /// The Types of all linked crates.
    pub fn linked() -> &'static Self {
        static LINKED: OnceLock<Registry> = OnceLock::new();
        LINKED.get_or_init(|| Self::new(inventory::iter::<TypeRegistration>))
    }

    /// A registry of just these Types.
    pub fn new(registrations: impl IntoIterator<Item = &'static TypeRegistration>) -> Self {
        let mut types: BTreeMap<&'static str, Vec<&'static TypeRegistration>> = BTreeMap::new();
        for registration in registrations {
            let candidates = types.entry(registration.full_name).or_default();
            if !candidates.iter().any(|known| std::ptr::eq(*known, registration)) {
                candidates.push(registration);
            }
        }
        // The linker's order flips between builds; nothing may depend on it.
        for candidates in types.values_mut() {
            candidates.sort_by_key(|registration| registration.origin);
        }
        Self { types }
    }

    /// The fullNames of all Types, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.types.keys().copied()
    }

    /// Everybody who claims a fullName, sorted by package.
    pub fn candidates(&self, full_name: &str) -> &[&'static TypeRegistration] {
        self.types.get(full_name).map_or(&[], Vec::as_slice)
    }

    /// Who implements a Type: the registration that is in force, then those that it replaces, each the base of the one
    /// before.
    ///
    /// 1. The nearest pin decides. 2. A sole candidate. 3. The head of the one line that `replaces` forms.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownType`] with the known Types and the nearest spelling; [`ErrorKind::TypeConflict`] with every
    /// candidate and the line that would settle it. Never decided by the order of linking.
    pub fn resolve(&self, full_name: &str, pins: &[Pin]) -> Result<Vec<&'static TypeRegistration>> {
        let candidates = self.candidates(full_name);
        if candidates.is_empty() {
            return Err(match pins.first() {
                Some(pin) => unlinked_pin(full_name, pin),
                None => self.unknown(full_name),
            });
        }
        let head = match (pins.first(), candidates) {
            (Some(pin), _) => pinned(full_name, candidates, pin)?,
            (None, [sole]) => sole,
            (None, _) => head_of_line(full_name, candidates)?,
        };
        line_from(head, full_name, candidates)
    }

    /// The error for a Type that nobody provides.
    pub fn unknown(&self, full_name: &str) -> Error {
        let error =
            Error::new(ErrorKind::UnknownType, format!("the Type `{full_name}` is not linked into this program"));
        let mut advice = match nearest(full_name, self.names()) {
            Some(near) => format!("did you mean `{near}`? "),
            None => String::new(),
        };
        advice.push_str("if a crate provides it, depend on that crate and mention it once: `use my_type as _;`; ");
        let known = code_list(self.names());
        advice.push_str(&if known.is_empty() { "no Type is linked".to_owned() } else { format!("linked are {known}") });
        error.with_advice(advice)
    }
}

fn pinned(full_name: &str, candidates: &[&'static TypeRegistration], pin: &Pin) -> Result<&'static TypeRegistration> {
    let mut of_package = candidates.iter().filter(|candidate| candidate.origin.package == pin.package);
    match (of_package.next(), of_package.next()) {
        (Some(sole), None) => Ok(sole),
        (None, _) => Err(unlinked_pin(full_name, pin).with_advice(format!(
            "link that package (`use {} as _;`), or name one of those that are linked: {}",
            pin.package.replace('-', "_"),
            code_list(candidates.iter().map(|candidate| candidate.origin.package)),
        ))),
        (Some(_), Some(_)) => Err(conflict(full_name, candidates)
            .with_advice(format!("the package `{}` registers the name twice; rename one", pin.package))),
    }
}

fn unlinked_pin(full_name: &str, pin: &Pin) -> Error {
    Error::new(
        ErrorKind::UnknownType,
        format!(
            "`{}` names the package `{}` as the implementation of `{full_name}`, and that package is not linked",
            pin.file.display(),
            pin.package
        ),
    )
    .with_advice(format!(
        "depend on it and mention it once: `use {} as _;`; a value that starts with `.` names no package",
        pin.package.replace('-', "_")
    ))
}

/// The candidate that nobody replaces, where following it downwards passes all of them.
fn head_of_line(full_name: &str, candidates: &[&'static TypeRegistration]) -> Result<&'static TypeRegistration> {
    let replaced: Vec<_> = candidates.iter().filter_map(|candidate| candidate.replaces()).collect();
    let mut heads = candidates.iter().filter(|candidate| !replaced.contains(&candidate.origin.package));
    if let (Some(head), None) = (heads.next(), heads.next())
        && line_from(head, full_name, candidates).is_ok_and(|line| line.len() == candidates.len())
    {
        return Ok(head);
    }
    Err(conflict(full_name, candidates))
}

fn line_from(
    head: &'static TypeRegistration,
    full_name: &str,
    candidates: &[&'static TypeRegistration],
) -> Result<Vec<&'static TypeRegistration>> {
    let mut line = vec![head];
    let mut lowest = head;
    while let Some(package) = lowest.replaces() {
        let mut next = candidates.iter().filter(|candidate| candidate.origin.package == package);
        let (Some(replaced), None) = (next.next(), next.next()) else {
            return Err(Error::new(
                ErrorKind::TypeConflict,
                format!(
                    "{} replaces the `{full_name}` of package `{package}`, which does not provide exactly one",
                    lowest.origin
                ),
            )
            .with_advice(format!(
                "depend on `{package}` and mention it once: `use {} as _;`",
                package.replace('-', "_")
            )));
        };
        if line.iter().any(|known| std::ptr::eq(*known, *replaced)) {
            return Err(conflict(full_name, candidates).with_advice("the registrations replace each other in a circle"));
        }
        line.push(replaced);
        lowest = replaced;
    }
    Ok(line)
}

/// What a Type's folder says as its `type` when it names this candidate: the parent at the end of its line.
fn made_of(candidate: &'static TypeRegistration, candidates: &[&'static TypeRegistration]) -> &'static str {
    let mut lowest = candidate;
    // No line is longer than there are candidates, but it may be a circle.
    for _ in candidates {
        match lowest.kind {
            TypeKind::Root { .. } => break,
            TypeKind::Extends { parent, .. } => return parent,
            TypeKind::Replaces { package, .. } => {
                let next = candidates.iter().find(|candidate| candidate.origin.package == package);
                let Some(next) = next else { break };
                lowest = next;
            }
        }
    }
    META
}

fn conflict(full_name: &str, candidates: &[&'static TypeRegistration]) -> Error {
    let list: Vec<_> = candidates.iter().map(|candidate| candidate.origin.to_string()).collect();
    let (last, parent) =
        candidates.last().map_or(("my-crate", META), |last| (last.origin.package, made_of(last, candidates)));
    Error::new(
        ErrorKind::TypeConflict,
        format!("{} packages claim the Type `{full_name}`: {}", candidates.len(), list.join("; ")),
    )
    .with_advice(format!(
        "say which in `{}/e.json`, for example {{\"type\": \"{parent}\", \"backendBundleEntry\": \"{last}\"}}",
        full_name.replace('.', "/")
    ))
}

impl TypeRegistration {
    fn replaces(&self) -> Option<&'static str> {
        match self.kind {
            TypeKind::Replaces { package, .. } => Some(package),
            TypeKind::Root { .. } | TypeKind::Extends { .. } => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { package, version, file, line } = self;
        write!(f, "package `{package}` {version} ({}:{line})", Path::new(file).display())
    }
}

impl fmt::Debug for TypeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root { .. } => f.write_str("Root"),
            Self::Extends { parent, .. } => write!(f, "Extends({parent})"),
            Self::Replaces { package, .. } => write!(f, "Replaces({package})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never(_: TypeContext<'_>) -> Result<std::sync::Arc<dyn Storage>> {
        Err(Error::unsupported("test"))
    }

    fn never_on(_: Base<'_>) -> Result<std::sync::Arc<dyn Storage>> {
        Err(Error::unsupported("test"))
    }

    const fn root(package: &'static str) -> TypeRegistration {
        let origin = Origin::new(package, "1.0.0", "src/lib.rs", 7);
        TypeRegistration::new("storages.OssType", "", &[], TypeKind::Root { factory: never }, origin)
    }

    const fn replacing(package: &'static str, replaced: &'static str) -> TypeRegistration {
        let origin = Origin::new(package, "1.0.0", "src/lib.rs", 9);
        let kind = TypeKind::Replaces { package: replaced, factory: never_on };
        TypeRegistration::new("storages.OssType", "", &[], kind, origin)
    }

    static OFFICIAL: TypeRegistration = root("official");
    static RIVAL: TypeRegistration = root("rival");
    static OURS: TypeRegistration = replacing("ours", "official");
    static OUTER: TypeRegistration = replacing("outer", "ours");
    static SIDE: TypeRegistration = replacing("side", "official");

    fn packages(registry: &Registry, pins: &[Pin]) -> Result<Vec<&'static str>> {
        let line = registry.resolve("storages.OssType", pins)?;
        Ok(line.iter().map(|registration| registration.origin.package).collect())
    }

    fn pin(package: &str) -> Vec<Pin> {
        vec![Pin { package: package.to_owned(), file: "storages/OssType/e.json".into() }]
    }

    #[test]
    fn the_order_of_linking_never_decides() {
        let forwards = Registry::new([&OFFICIAL, &RIVAL]);
        let backwards = Registry::new([&RIVAL, &OFFICIAL, &RIVAL]);
        let error = packages(&forwards, &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TypeConflict);
        assert_eq!(error.to_string(), packages(&backwards, &[]).unwrap_err().to_string());
        assert_eq!(
            error.to_string(),
            "2 packages claim the Type `storages.OssType`: package `official` 1.0.0 (src/lib.rs:7); package `rival` 1.0.0 \
             (src/lib.rs:7): say which in `storages/OssType/e.json`, for example {\"type\": \"storages.Meta\", \
             \"backendBundleEntry\": \"rival\"}"
        );
    }

    #[test]
    fn the_advice_of_a_conflict_can_be_followed_by_types_that_extend_another() {
        const fn extending(package: &'static str) -> TypeRegistration {
            let kind = TypeKind::Extends { parent: "storages.DiskType", factory: never_on };
            let origin = Origin::new(package, "1.0.0", "src/lib.rs", 9);
            TypeRegistration::new("storages.OssType", "", &[], kind, origin)
        }
        static ONE: TypeRegistration = extending("one");
        static TWO: TypeRegistration = extending("two");
        static OVER: TypeRegistration = replacing("zz-over-two", "two");
        static CIRCLE: TypeRegistration = replacing("zzz", "zzzz");
        static BACK: TypeRegistration = replacing("zzzz", "zzz");
        for (registry, parent) in [
            (Registry::new([&ONE, &TWO]), "storages.DiskType"),
            (Registry::new([&ONE, &TWO, &OVER]), "storages.DiskType"),
            (Registry::new([&ONE, &CIRCLE, &BACK]), META),
        ] {
            let error = packages(&registry, &[]).unwrap_err().to_string();
            assert!(error.contains(&format!("{{\"type\": \"{parent}\", ")), "{error}");
        }
    }

    #[test]
    fn a_pin_settles_what_nothing_else_does() {
        let registry = Registry::new([&OFFICIAL, &RIVAL, &OURS]);
        assert!(packages(&registry, &[]).is_err());
        assert_eq!(packages(&registry, &pin("rival")).unwrap(), ["rival"]);
        assert_eq!(packages(&registry, &pin("ours")).unwrap(), ["ours", "official"]);
        let error = packages(&registry, &pin("absent")).unwrap_err();
        assert!(error.to_string().contains("use absent as _;"), "{error}");
    }

    #[test]
    fn declared_replacements_form_one_line_or_are_a_conflict() {
        assert_eq!(packages(&Registry::new([&OFFICIAL, &OURS]), &[]).unwrap(), ["ours", "official"]);
        assert_eq!(packages(&Registry::new([&OUTER, &OFFICIAL, &OURS]), &[]).unwrap(), ["outer", "ours", "official"]);
        assert!(packages(&Registry::new([&OFFICIAL, &OURS, &SIDE]), &[]).is_err());
        let error = packages(&Registry::new([&OURS]), &[]).unwrap_err();
        assert!(error.to_string().contains("replaces the `storages.OssType` of package `official`"), "{error}");
    }

    #[test]
    fn an_unknown_type_is_told_with_the_known_ones() {
        let registry = Registry::new([&OFFICIAL]);
        let error = registry.resolve("storages.OsType", &[]).unwrap_err().to_string();
        for part in ["`storages.OsType` is not linked", "did you mean `storages.OssType`?", "use my_type as _;"] {
            assert!(error.contains(part), "{error}");
        }
    }
}
