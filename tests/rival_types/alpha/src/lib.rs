//! A crate that claims `storages.RivalType`. So does its rival, and nobody decides between them.

use meta::prelude::*;

#[derive(Debug)]
struct Rival(Arc<dyn Storage>);

impl StorageOverride for Rival {
    fn base(&self) -> &dyn Storage {
        &*self.0
    }
}

storage_type!("storages.RivalType", extends: "storages.DiskType", build: |base| Ok(Rival(base.build()?)));
