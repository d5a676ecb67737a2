//! Whether two contents are the same, without moving either.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use oss_protocol::crc64::Crc64;

use crate::exit::{Failure, Outcome};
use crate::transfer::End;

/// How much of a file is read at a time.
const CHUNK: usize = 1 << 20;

/// Whether both have the same CRC-64. What has none, as objects of some Types, is never the same.
pub(crate) async fn have_same_sum(one: &End, other: &End) -> Outcome<bool> {
    let (one, other) = (sum(one).await?, sum(other).await?);
    Ok(one.is_some() && one == other)
}

async fn sum(end: &End) -> Outcome<Option<u64>> {
    match end {
        End::Local(path) => {
            let path = path.clone();
            let summed = tokio::task::spawn_blocking(move || sum_of_file(path)).await;
            summed.map_err(|error| Failure::failed(format!("reading was given up: {error}")))?.map(Some)
        }
        End::Object(place) => Ok(place.element.get_object(&place.path).await?.crc64),
        End::Standard => Ok(None),
    }
}

fn sum_of_file(path: PathBuf) -> Outcome<u64> {
    read(&path).map_err(|error| Failure::file("read", &path, &error))
}

fn read(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut sum = Crc64::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(sum.finish()),
            count => sum.update(&chunk[..count]),
        }
    }
}
