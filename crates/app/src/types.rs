//! The Types of an app: their folders, as the loader asks for them, and their chains, resolved once.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use meta::{
    ConfigLayer, FullName, META, Registry, Result, TypeChain, TypeFolder, TypeFolders, TypeRegistration, VariableDefine,
};

use crate::business_file::BusinessFile;
use crate::elements::Elements;
use crate::file::FileBuffer;
use crate::inherit::Lineage;

/// A Type that can build instances.
#[derive(Debug)]
pub(crate) struct ResolvedType {
    pub(crate) chain: TypeChain,
    /// What the folders of the chain declare.
    pub(crate) variables: Vec<VariableDefine>,
    /// The `e.json` files of the chain, the Type's own before those of what it extends, of the nearest app first.
    pub(crate) declarations: Vec<PathBuf>,
    /// A hash of the business files of the chain.
    files: u64,
}

impl ResolvedType {
    /// Whether instances of both are built alike.
    pub(crate) fn builds_like(&self, other: &Self) -> bool {
        let addresses =
            |chain: &TypeChain| chain.registrations().map(std::ptr::from_ref).collect::<Vec<*const TypeRegistration>>();
        self.files == other.files && addresses(&self.chain) == addresses(&other.chain)
    }
}

/// The folders of Types in an app and those that it inherits from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Types<'a> {
    pub(crate) elements: &'a Elements,
    pub(crate) lineage: &'a Lineage,
    pub(crate) registry: &'a Registry,
}

impl Types<'_> {
    /// Follows a Type down to the Meta.
    ///
    /// # Errors
    /// Those of [`TypeChain::resolve`] and of the Types' business files.
    pub(crate) fn resolve(self, name: &FullName) -> Result<ResolvedType> {
        let asked = Asked {
            types: self,
            variables: RefCell::default(),
            declarations: RefCell::default(),
            files: RefCell::default(),
        };
        let chain = TypeChain::resolve(name, self.registry, &asked)?;
        Ok(ResolvedType {
            chain,
            variables: asked.variables.into_inner(),
            declarations: asked.declarations.into_inner(),
            files: asked.files.into_inner().finish(),
        })
    }

    /// Follows the declared folders from a Type down to the first that is linked or undeclared, or to a Meta.
    pub(crate) fn end_of(self, name: &str) -> End {
        let mut current = name;
        // One step more than there are elements, and the chain is a circle.
        for _ in 0..=self.elements.len() {
            if current == META || !self.registry.candidates(current).is_empty() {
                return End::Storage;
            }
            let Some((_, element)) = self.elements.get(current) else {
                return End::Undeclared(current.to_owned());
            };
            if element.element_type().is_empty() {
                return End::OtherMeta(current.to_owned());
            }
            current = element.element_type();
        }
        End::Circle
    }
}

/// Where a chain of declared Types ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// At the Meta of storages, or at a Type that is linked.
    Storage,
    /// At the Meta of another family.
    OtherMeta(String),
    /// At a Type that is neither linked nor declared.
    Undeclared(String),
    Circle,
}

/// Answers the loader, and remembers what its answers were made of.
struct Asked<'a> {
    types: Types<'a>,
    variables: RefCell<Vec<VariableDefine>>,
    declarations: RefCell<Vec<PathBuf>>,
    files: RefCell<DefaultHasher>,
}

impl TypeFolders for Asked<'_> {
    fn folders(&self, name: &FullName) -> Vec<TypeFolder> {
        let Types { elements, lineage, .. } = self.types;
        let Some((_, element)) = elements.get(name.as_str()) else { return Vec::new() };
        let mut folders = Vec::new();
        for declared in element.line() {
            // `layers` tells what is broken.
            let Ok(define) = declared.define(name, &lineage.apps) else { continue };
            self.variables.borrow_mut().extend(define.declared_variables());
            let file = declared.file(name, &lineage.apps);
            self.declarations.borrow_mut().push(file.clone());
            folders.push(TypeFolder { file, define });
        }
        folders
    }

    fn layers(&self, name: &FullName) -> Result<Vec<ConfigLayer>> {
        let Types { elements, lineage, .. } = self.types;
        let Some((_, element)) = elements.get(name.as_str()) else { return Ok(Vec::new()) };
        let mut buffer = FileBuffer::new();
        let mut layers = Vec::new();
        for declared in element.line() {
            // Also what is broken where loading did not look: `folders` has left it out.
            declared.define(name, &lineage.apps)?;
            let folder = declared.folder(name, &lineage.apps);
            if let BusinessFile::Present { path, text, .. } = BusinessFile::of_type(name, &folder, &mut buffer)? {
                (&path, text).hash(&mut *self.files.borrow_mut());
                layers.push(ConfigLayer::parse(path, text)?);
            }
        }
        layers.reverse();
        Ok(layers)
    }

    fn hint(&self) -> Option<String> {
        self.types.lineage.hint()
    }
}
