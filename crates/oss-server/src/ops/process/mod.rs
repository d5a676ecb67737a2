//! `x-oss-process` on reading an object: `image/info` and `image/resize`, where the server is built with the feature
//! `image`. Pictures are JPEG, PNG, BMP and WebP.

mod picture;
mod resize;

use std::io::Read as _;
use std::sync::Arc;

use http::StatusCode;
use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::time::http_date;

use self::picture::Picture;
use self::resize::Resize;
use super::Context;
use super::condition::{self, Verdict};
use super::put_object::quoted;
use super::symlink::{Followed, follow};
use crate::body::Body;
use crate::failure::Failure;
use crate::reply::Reply;

/// The most bytes of a picture that is processed.
const SOURCE_LIMIT: u64 = 20 * 1024 * 1024;

/// The most steps of a processing: each may take as long as the largest picture does.
const MOST_STEPS: usize = 8;

/// What is done to a picture.
#[derive(Debug)]
enum Process {
    Info,
    Resize(Vec<Resize>),
}

pub(super) async fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    let process = Process::parse(context.request.parameter("x-oss-process").unwrap_or_default())?;
    let (record, content) = context.open_object()?;
    let Followed { record, content } = follow(context, context.bucket_name(), context.key(), record, content)?;
    if let Verdict::NotModified = condition::check(context.request, condition::READ, &record, context.now)? {
        return Ok(Reply::new(StatusCode::NOT_MODIFIED).header("etag", quoted(&record.etag)));
    }
    if record.size > SOURCE_LIMIT {
        return Err(Failure::with_message(Code::BadRequest, "The picture is larger than 20 MB."));
    }
    // Pictures take memory in proportion to their pixels: few at a time.
    let turn = Arc::clone(&context.shared.pictures).acquire_owned().await.map_err(Failure::internal)?;
    let size = record.size;
    let work = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        content.reader(0..size).read_to_end(&mut bytes)?;
        let made = process.apply(bytes);
        // Not before: the work goes on when its client has gone.
        drop(turn);
        made
    });
    let made = work.await??;
    let reply = Reply::ok()
        .header("content-type", made.content_type)
        .header("last-modified", http_date(record.modified.time()))
        .header(header::OBJECT_TYPE, record.kind.as_str())
        .body(Body::full(made.bytes.into()));
    Ok(context.with_version(reply, &record))
}

/// What came of it.
struct Made {
    content_type: &'static str,
    bytes: Vec<u8>,
}

impl Process {
    fn parse(text: &str) -> Result<Self, Failure> {
        let refuse = || Failure::argument("x-oss-process", text, "The processing is not valid.");
        let (kind, actions) = text.split_once('/').ok_or_else(refuse)?;
        if kind != "image" {
            return Err(Failure::not_implemented(format!("x-oss-process={kind}/…")));
        }
        if actions == "info" {
            return Ok(Self::Info);
        }
        let mut steps = Vec::new();
        for action in actions.split('/') {
            let (name, parameters) = action.split_once(',').unwrap_or((action, ""));
            match name {
                "resize" if steps.len() == MOST_STEPS => return Err(refuse()),
                "resize" => steps.push(Resize::parse(parameters)?),
                "" => return Err(refuse()),
                other => return Err(Failure::not_implemented(format!("x-oss-process=image/{other}"))),
            }
        }
        Ok(Self::Resize(steps))
    }

    fn apply(self, bytes: Vec<u8>) -> Result<Made, Failure> {
        let mut picture = Picture::read(&bytes)?;
        let steps = match self {
            Self::Info => {
                let info = picture.describe(bytes.len());
                return Ok(Made { content_type: "application/json", bytes: info.into_bytes() });
            }
            Self::Resize(steps) => steps,
        };
        let content_type = picture.content_type();
        let mut changed = false;
        for step in &steps {
            changed |= step.apply(&mut picture);
        }
        let bytes = if changed { picture.write()? } else { bytes };
        Ok(Made { content_type, bytes })
    }
}
