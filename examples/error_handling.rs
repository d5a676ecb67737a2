//! What errors tell: element, storage Type, operation, object, cause, and what to do next.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod account;

use std::error::Error;

use jit_storages::{App, ErrorKind};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (app, _server) = account::open().await?;
    let oss = app.get_element("storages.MyOss")?;

    // A message for a person.
    if let Err(error) = oss.download("no/such/file.txt").await {
        println!("download failed: {error}");
    }

    // Facts for a program.
    match oss.get_object("no/such/file.txt").await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let service = error.service().map(|service| service.status);
            println!("not there; worth trying again: {}, HTTP status: {service:?}", error.is_retryable());
        }
        other => println!("unexpected: {other:?}"),
    }

    // A wrong name is refused before anything is sent.
    if let Err(error) = oss.upload_by_file("/absolute.txt", "x", None).await {
        println!("upload failed: {error}");
    }

    // Mistakes in names and configuration say what was meant.
    if let Err(error) = app.get_element("storages.MyOs") {
        println!("{error}");
    }
    let folder = tempfile::tempdir()?;
    let element = folder.path().join("storages/MyOss");
    std::fs::create_dir_all(&element)?;
    std::fs::write(element.join("e.json"), r#"{"title": "T", "type": "storages.OssType", "backendBundleEntry": "."}"#)?;
    std::fs::write(element.join("MyOss.json"), r#"{"endpoint": "oss-cn-hangzhou.aliyuncs.com"}"#)?;
    if let Err(error) = App::load(folder.path())?.get_element("storages.MyOss") {
        println!("{error}");
    }
    Ok(())
}
