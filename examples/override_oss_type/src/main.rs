//! An app that rewrites the official `storages.OssType`: whatever it uploads carries a stamp. Its instances, `MyOss` and
//! all others, stay as they are. What would write past the stamp, such as a signed PUT, is closed without a line here.
//!
//! `cargo run -p jit-storages-example-override-oss-type -- some/app/folder`

use jit_storages::App;
use meta::prelude::*;

#[derive(Debug)]
struct Stamped(Arc<dyn Storage>);

#[async_trait]
impl StorageOverride for Stamped {
    fn base(&self) -> &dyn Storage {
        &*self.0
    }

    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        self.0.upload_by_file(name, data, options.with_metadata("stamp", "rewritten")).await
    }
}

storage_type!("storages.OssType", replaces: "jit-storages-oss-type", build: |base| Ok(Stamped(base.build()?)));

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a program that shows what it does")]
async fn main() -> Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/app").to_owned());
    let oss = App::load(folder)?.get_element("storages.MyOss")?;
    let uploaded = oss.upload_by_file("folder/example.txt", "an example", "text/plain").await?;
    let info = oss.get_object("folder/example.txt").await?;
    println!("uploaded {}", uploaded.url);
    println!("stamp: {}", info.metadata.get("stamp").map_or("none", String::as_str));
    oss.delete("folder/example.txt").await?;
    Ok(())
}
