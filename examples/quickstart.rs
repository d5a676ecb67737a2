//! An element declared in a folder uploads, signs, downloads, inspects and deletes a real file.
//!
//! `cargo run --example quickstart` needs nothing else: without an OSS account it starts the embedded server.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod account;

use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (app, _server) = account::open().await?;

    let oss = app.get_element("storages.MyOss")?;
    println!("element   {} is a {}: {}", oss.full_name(), oss.element_type(), oss.title());

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("example.txt");
    std::fs::write(&path, "Hello from a JitAi storage element. 你好!\n")?;

    let result = oss.upload_by_file("folder/example.txt", std::fs::read(&path)?, "text/plain").await?;
    println!("uploaded  {}", result.url);

    let data = oss.download("folder/example.txt").await?;
    println!("download  {} bytes, equal to the file: {}", data.len(), data == std::fs::read(&path)?);

    let link = oss.get_sign_url("folder/example.txt", "text/plain", 600).await?;
    println!("signed    {link}");
    let fetched = plain_get(link).await?;
    println!("GET of it {} bytes, equal to the file: {}", fetched.len(), fetched == data);

    let info = oss.get_object("folder/example.txt").await?;
    println!("object    {}", serde_json::to_string(&info)?);

    oss.delete("folder/example.txt").await?;
    println!("deleted   exists now: {}", oss.exists("folder/example.txt").await?);

    if data != std::fs::read(&path)? || fetched != data {
        return Err("what came back is not what was uploaded".into());
    }
    Ok(())
}

/// Fetches a URL with a client that knows nothing of OSS.
async fn plain_get(url: String) -> Result<Vec<u8>, Box<dyn Error>> {
    let fetch = move || ureq::get(&url).call()?.body_mut().read_to_vec();
    Ok(tokio::task::spawn_blocking(fetch).await??)
}
