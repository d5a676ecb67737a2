//! The objects below a name.

use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use jit_storages::{ListOptions, ObjectInfo};

use crate::exit::{Failure, Outcome};
use crate::target::Place;

/// The objects of a storage whose names begin so, without those that only stand for a folder.
pub(crate) fn objects(place: &Place, prefix: &str) -> BoxStream<'static, Outcome<ObjectInfo>> {
    let found = place.element.list_stream(ListOptions::prefix(prefix)).map_err(Failure::from);
    found.try_filter(|info| futures_util::future::ready(!is_marker(info))).boxed()
}

/// Whether there is any object whose name begins so.
pub(crate) async fn is_any(place: &Place, prefix: &str) -> Outcome<bool> {
    let page = place.element.list(ListOptions::prefix(prefix).with_limit(1)).await?;
    Ok(!page.objects.is_empty())
}

/// What ends with `/` stands for a folder, and holds nothing.
fn is_marker(info: &ObjectInfo) -> bool {
    info.name.as_str().ends_with('/') && info.size == 0
}
