//! How much a bucket holds, counted.

use oss_protocol::xml::{BucketStat, ClassStat};

use super::record::{ObjectRecord, decode};
use super::version::VersionRecord;
use super::view::View;
use crate::failure::Failure;

pub(super) fn stat(view: &View, bucket: &str) -> Result<BucketStat, Failure> {
    let mut stat = BucketStat::default();
    for row in view.objects.range((bucket, &[][..])..)? {
        let (place, record) = row?;
        if place.value().0 != bucket {
            break;
        }
        add(&mut stat, &decode(record.value())?);
    }
    for row in view.versions.range((bucket, &[][..], 0)..)? {
        let (place, record) = row?;
        if place.value().0 != bucket {
            break;
        }
        match decode(record.value())? {
            VersionRecord::Object(object) => add(&mut stat, &object),
            VersionRecord::Marker(_) => stat.delete_marker_count += 1,
        }
    }
    for row in view.uploads.range((bucket, &[][..], "")..)? {
        let (place, _) = row?;
        let (found, _, id) = place.value();
        if found != bucket {
            break;
        }
        stat.multipart_upload_count += 1;
        stat.multipart_part_count += view.parts.range((id, 0)..=(id, u32::MAX))?.count() as u64;
    }
    Ok(stat)
}

fn add(stat: &mut BucketStat, object: &ObjectRecord) {
    stat.storage += object.size;
    stat.object_count += 1;
    let class: &mut ClassStat = match object.attributes.storage_class.as_str() {
        "IA" => &mut stat.infrequent_access,
        "Archive" => &mut stat.archive,
        "ColdArchive" => &mut stat.cold_archive,
        "DeepColdArchive" => &mut stat.deep_cold_archive,
        _ => &mut stat.standard,
    };
    class.storage += object.size;
    class.object_count += 1;
}
