//! Uploads a batch that goes on after a failure, and tells which files failed and why.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod account;

use std::error::Error;

use jit_storages::{Body, UploadOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (app, _server) = account::open().await?;
    let oss = app.get_element("storages.MyOss")?;

    let files: [(&str, &str, &str); 4] = [
        ("file1.txt", "content1", "text/plain"),
        ("file2.txt", "content2", "no content type at all"),
        ("file3.txt", "content3", "text/plain"),
        ("", "a file without a name", "text/plain"),
    ];

    // One by one, as JitAi's documents show it …
    for (name, data, content_type) in files {
        let name = if name.is_empty() { String::new() } else { format!("batch/{name}") };
        match oss.upload_by_file(&name, data, content_type).await {
            Ok(result) => println!("uploaded {name}: {}", result.url),
            Err(error) => println!("failed   {name}: {error}"),
        }
    }

    // … or eight at a time, with one report.
    let batch = (0..20).map(|number| {
        let name = if number == 13 { "/not/a/name".to_owned() } else { format!("batch/{number}.txt") };
        (name, Body::from(format!("content {number}")), UploadOptions::default().with_content_type("text/plain"))
    });
    let report = oss.upload_many(batch).await;
    println!("{} of the batch are uploaded", report.uploaded.len());
    for (name, error) in &report.failed {
        println!("failed   {name}: {error}");
    }

    let mut names: Vec<_> = report.uploaded.iter().map(|uploaded| uploaded.name.as_str()).collect();
    names.extend(["batch/file1.txt", "batch/file3.txt"]);
    let deleted = oss.delete_many(names).await?;
    println!("{} deleted again", deleted.deleted.len());
    Ok(())
}
