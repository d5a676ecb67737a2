//! Many objects in one call: each succeeds or fails by itself.

use futures_util::stream::{self, StreamExt};

use super::{StorageElement, unreported};
use crate::error::{Error, Operation, Result};
use crate::storage::body::Body;
use crate::storage::object_name::ObjectName;
use crate::storage::options::{DeleteOptions, DeleteTarget, UploadOptions};
use crate::storage::results::{DeleteReport, Uploaded};

/// How many uploads of a batch run at a time.
const AT_A_TIME: usize = 8;

/// What became of each upload of a batch, in the order of the call.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct BatchReport {
    /// The receipts of those that succeeded.
    pub uploaded: Vec<Uploaded>,
    /// The names and errors of those that failed.
    pub failed: Vec<(String, Error)>,
}

impl StorageElement {
    /// Uploads many objects, up to eight at a time. A failure does not stop the others.
    ///
    /// The iterator is asked as uploads end, so that no more than eight bodies exist at a time where it makes them.
    pub async fn upload_many<N: Into<String>>(
        &self,
        files: impl IntoIterator<Item = (N, Body, UploadOptions), IntoIter: Send>,
    ) -> BatchReport {
        let mut results = stream::iter(files.into_iter().map(|(name, data, options)| {
            let name = name.into();
            async move {
                let result = self.upload_with(&name, data, options).await;
                (name, result)
            }
        }))
        .buffered(AT_A_TIME);
        let mut report = BatchReport::default();
        while let Some((name, result)) = results.next().await {
            match result {
                Ok(uploaded) => report.uploaded.push(uploaded),
                Err(error) => report.failed.push((name, error)),
            }
        }
        report
    }

    /// Deletes many objects. A missing one counts as deleted; each that fails stands in the report with its error.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`](crate::ErrorKind::InvalidName) before anything is deleted; what kept the whole call
    /// from being answered.
    pub async fn delete_many<N: AsRef<str>>(&self, names: impl IntoIterator<Item = N>) -> Result<DeleteReport> {
        let targets: Result<Vec<_>> =
            names.into_iter().map(|name| ObjectName::parse(name.as_ref()).map(DeleteTarget::new)).collect();
        let mut report = self
            .traced(Operation::Delete, None, async {
                let targets = targets?;
                let count = targets.len();
                if count == 0 {
                    return Ok(DeleteReport::default());
                }
                let report = self.storage().delete(targets, DeleteOptions::default()).await?;
                if report.deleted.len() + report.failed.len() < count { Err(unreported()) } else { Ok(report) }
            })
            .await?;
        report.failed = report
            .failed
            .into_iter()
            .map(|(name, error)| {
                let error = self.in_context(error, Operation::Delete, Some(name.as_str()));
                (name, error)
            })
            .collect();
        Ok(report)
    }
}
