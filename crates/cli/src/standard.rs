//! Standard input and output as ends of transfers.

use std::io;
use std::path::Path;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, StreamExt};
use jit_storages::Download;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use crate::exit::Outcome;

/// How much is read at a time.
const CHUNK: usize = 256 * 1024;

/// What comes on standard input.
pub(crate) fn input() -> impl Stream<Item = io::Result<Bytes>> + Send {
    chunks(tokio::io::stdin())
}

/// What comes from a pipe, or from a file whose length says nothing.
pub(crate) fn pipe(path: &Path) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    let open = tokio::fs::File::open(path.to_owned());
    stream::once(open).flat_map(|opened| match opened {
        Ok(file) => chunks(file).boxed(),
        Err(error) => stream::iter([Err(error)]).boxed(),
    })
}

/// Prints the rest of a download on standard output.
pub(crate) async fn print(download: &mut Download) -> Outcome {
    let mut output = tokio::io::stdout();
    while let Some(chunk) = download.chunk().await? {
        output.write_all(&chunk).await?;
    }
    Ok(output.flush().await?)
}

/// Chunks that are full but for the last one: whoever gathers them holds no more than what they count.
fn chunks(input: impl AsyncRead + Send + Unpin + 'static) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold(input, |mut input| async move {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        while chunk.len() < CHUNK && input.read_buf(&mut chunk).await? > 0 {}
        Ok((!chunk.is_empty()).then(|| (chunk.freeze(), input)))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_comes_in_small_pieces_is_gathered() {
        let (mut sender, receiver) = tokio::io::duplex(1000);
        let sent: Vec<u8> = (0..600_000_u32).map(|at| (at % 251) as u8).collect();
        let content = sent.clone();
        tokio::spawn(async move { sender.write_all(&content).await });
        let chunks: Vec<Bytes> = chunks(receiver).map(Result::unwrap).collect().await;
        assert_eq!(chunks.iter().map(Bytes::len).collect::<Vec<_>>(), [CHUNK, CHUNK, 600_000 - 2 * CHUNK]);
        assert_eq!(chunks.concat(), sent);
    }
}
