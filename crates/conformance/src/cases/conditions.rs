//! Reading on conditions.

use std::time::Duration;

use meta::{ByteRange, Conditions, DownloadOptions, ErrorKind, GetObjectOptions};

use crate::outcome::{Outcome, Stop, ensure, refused, same_bytes};
use crate::subject::{Subject, content};

/// Reads on a condition in both ways, and demands that both end so.
async fn holds(s: &Subject, name: &str, what: &str, conditions: Conditions, end: Result<(), ErrorKind>) -> Outcome {
    let inspection = s.get_object_with(name, GetObjectOptions::default().with_conditions(conditions.clone())).await;
    let options = DownloadOptions::default().with_conditions(conditions.clone());
    let download = match s.open(name, options).await {
        Ok(download) => s.read(name, download).await,
        Err(stop) => Err(stop),
    };
    let part = DownloadOptions::default().with_conditions(conditions).with_range(ByteRange::From(2));
    let part = s.open(name, part).await;
    match end {
        Ok(()) => {
            ensure!(inspection?.name.as_str() == name, "an inspection {what} is of another object");
            same_bytes(&format!("a download {what}"), &download?, &content(1, 1_000))?;
            let part = part?;
            same_bytes(&format!("a ranged download {what}"), &s.read(name, part).await?, &content(1, 1_000)[2..])
        }
        Err(kind) => {
            refused(&format!("an inspection {what}"), inspection, kind)?;
            refused(&format!("a download {what}"), download, kind)?;
            refused(&format!("a ranged download {what}"), part, kind).map(drop)
        }
    }
}

pub(crate) async fn conditions_on_etags_hold(s: Subject) -> Outcome {
    let name = s.name("conditional");
    s.upload(&name, "old").await?;
    let old = s.get_object(&name).await?.etag;
    s.upload(&name, content(1, 1_000)).await?;
    let Some(etag) = s.get_object(&name).await?.etag else {
        return Err(Stop::NotApplicable("the Type tells no ETags".to_owned()));
    };
    ensure!(old.as_ref() != Some(&etag), "different contents have the same ETag `{etag}`");
    let old = old.unwrap_or_else(|| "0".repeat(32));
    let none = Conditions::default;
    holds(&s, &name, "that matches the ETag", none().with_if_match(&etag), Ok(())).await?;
    holds(&s, &name, "that matches the quoted ETag", none().with_if_match(format!("\"{etag}\"")), Ok(())).await?;
    let failed = Err(ErrorKind::PreconditionFailed);
    holds(&s, &name, "that matches an old ETag", none().with_if_match(&old), failed).await?;
    let unchanged = Err(ErrorKind::NotModified);
    holds(&s, &name, "that excludes the ETag", none().with_if_none_match(&etag), unchanged).await?;
    holds(&s, &name, "that excludes an old ETag", none().with_if_none_match(&old), Ok(())).await
}

pub(crate) async fn conditions_on_times_hold(s: Subject) -> Outcome {
    let name = s.name("conditional");
    s.upload(&name, content(1, 1_000)).await?;
    let Some(time) = s.get_object(&name).await?.last_modified else {
        return Err(Stop::NotApplicable("the Type tells no times".to_owned()));
    };
    // Times to come are no valid condition in HTTP, so that only the past is asked about.
    let before = time - Duration::from_secs(86_400);
    let none = Conditions::default;
    let failed = Err(ErrorKind::PreconditionFailed);
    let unchanged = Err(ErrorKind::NotModified);
    holds(&s, &name, "unless changed since its time", none().with_if_unmodified_since(time), Ok(())).await?;
    holds(&s, &name, "unless changed since yesterday", none().with_if_unmodified_since(before), failed).await?;
    holds(&s, &name, "if changed since its time", none().with_if_modified_since(time), unchanged).await?;
    holds(&s, &name, "if changed since yesterday", none().with_if_modified_since(before), Ok(())).await
}

pub(crate) async fn a_version_is_never_ignored(s: Subject) -> Outcome {
    let name = s.name("versioned");
    s.upload(&name, "current").await?;
    let version = "no-version-has-this-id";
    let inspection = s.get_object_with(&name, GetObjectOptions::default().with_version_id(version)).await;
    let download = s.open(&name, DownloadOptions::default().with_version_id(version)).await.map(drop);
    for (what, outcome) in [("an inspection", inspection.map(drop)), ("a download", download)] {
        match outcome {
            Err(Stop::Refused(error)) => ensure!(
                matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::NotFound | ErrorKind::InvalidInput),
                "{what} of a version that is none was refused as {:?}: {error}",
                error.kind()
            ),
            Err(stop) => return Err(stop),
            Ok(()) => ensure!(false, "{what} of a version that is none succeeded"),
        }
    }
    Ok(())
}
