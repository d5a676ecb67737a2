//! Uploads a file of 256 MiB from disk and downloads it to disk again, in bounded memory both ways.
//!
//! `cargo run --release --example large_file -- [MiB]`

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod account;

use std::error::Error;
use std::io::Write;
use std::path::Path;

use jit_storages::Body;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mebibytes: u32 = std::env::args().nth(1).map_or(Ok(256), |argument| argument.parse())?;
    let (app, _server) = account::open().await?;
    let oss = app.get_element("storages.MyOss")?;

    let folder = tempfile::tempdir()?;
    let video = folder.path().join("large_video.mp4");
    write_file(&video, mebibytes)?;

    // The file is read as it is sent; `std::fs::read` would hold all of it in memory.
    let result = oss.upload_by_file("videos/large_video.mp4", Body::file(&video), "video/mp4").await?;
    println!("uploaded {} bytes to {}", result.size.unwrap_or_default(), result.url);

    let copy = folder.path().join("copy.mp4");
    let info = oss.download_to_file("videos/large_video.mp4", &copy).await?;
    println!("downloaded {} bytes, CRC-64 checked", info.size);

    let part = oss.download_range("videos/large_video.mp4", 1 << 20, 16).await?;
    println!("16 bytes from the second MiB: {part:?}");

    oss.delete("videos/large_video.mp4").await?;
    if let Some(peak) = peak_memory() {
        println!("highest memory of this process, server included: {peak} MiB");
    }
    Ok(())
}

fn write_file(path: &Path, mebibytes: u32) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for number in 0..u64::from(mebibytes) << 17 {
        file.write_all(&number.to_le_bytes())?;
    }
    file.flush()
}

/// What the kernel remembers, where it is Linux.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}
