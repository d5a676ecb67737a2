//! Documents as the service and the official clients write them, and documents that nobody should.

use std::time::{Duration, UNIX_EPOCH};

use oss_protocol::xml::{
    AccessControlPolicy, AccessMonitorConfiguration, BucketInfo, BucketList, BucketLoggingStatus,
    BucketResourceGroupConfiguration, BucketStat, BucketSummary, ClassStat, ClientEncryption, CompleteMultipartUpload,
    CompleteMultipartUploadResult, CopyResult, CorsConfiguration, CorsRule, CreateBucketConfiguration, DeleteRequest,
    DeleteResult, DeletedObject, Encoding, ErrorDocument, InitiateMultipartUploadResult, LifecycleAction,
    LifecycleConfiguration, LifecycleException, LifecycleFilter, LifecycleRule, LocationConstraint, ObjectEntry,
    ObjectIdentifier, ObjectList, Owner, PartEntry, PartIdentifier, PartList, PostResponse,
    PublicAccessBlockConfiguration, RefererConfiguration, RequestPaymentConfiguration, RestoreRequest,
    ServerSideEncryptionRule, Tagging, UploadEntry, UploadList, UserDefinedLogFieldsConfiguration, VersionEntry,
    VersionList, VersionObject, VersioningConfiguration,
};

const LIST_V2: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com">
  <Name>examplebucket</Name>
  <Prefix>a%2F</Prefix>
  <StartAfter>b%20c</StartAfter>
  <MaxKeys> 3 </MaxKeys>
  <Delimiter>%2F</Delimiter>
  <IsTruncated>true</IsTruncated>
  <KeyCount>2</KeyCount>
  <NextContinuationToken>CgJiYw--</NextContinuationToken>
  <SomethingNew><Key>not a key</Key></SomethingNew>
  <Contents>
    <Key>a%2F%E7%9B%AE%2Bb</Key>
    <LastModified>2012-02-24T08:43:27.000Z</LastModified>
    <ETag>"5B3C1A2E053D763E1B002CC607C5A0FE"</ETag>
    <Type>Normal</Type>
    <Size>344606</Size>
    <StorageClass>Standard</StorageClass>
    <RestoreInfo>ongoing-request="true"</RestoreInfo>
    <Owner><ID>0022012****</ID><DisplayName>user-example</DisplayName></Owner>
  </Contents>
  <CommonPrefixes><Prefix>a%2Fc%2F</Prefix></CommonPrefixes>
  <CommonPrefixes><Prefix>a%2Fd%2F</Prefix></CommonPrefixes>
  <EncodingType>url</EncodingType>
</ListBucketResult>"#;

fn encryption() -> ServerSideEncryptionRule {
    ServerSideEncryptionRule {
        sse_algorithm: "KMS".into(),
        kms_master_key_id: Some("9468da86".into()),
        kms_data_encryption: Some("SM4".into()),
    }
}

fn entry() -> ObjectEntry {
    ObjectEntry {
        key: "a/目+b".into(),
        last_modified: Some(UNIX_EPOCH + Duration::from_secs(1_330_073_007)),
        etag: "\"5B3C1A2E053D763E1B002CC607C5A0FE\"".into(),
        object_type: "Normal".into(),
        size: 344_606,
        storage_class: "Standard".into(),
        owner: Some(Owner { id: "0022012****".into(), display_name: "user-example".into() }),
        restore_info: Some("ongoing-request=\"true\"".into()),
    }
}

#[test]
fn a_page_is_read_whatever_its_order_namespace_and_encoding() {
    let expected = ObjectList {
        name: "examplebucket".into(),
        prefix: "a/".into(),
        delimiter: "/".into(),
        max_keys: 3,
        encoding: Encoding::Url,
        is_truncated: true,
        start_after: Some("b c".into()),
        next_continuation_token: Some("CgJiYw--".into()),
        key_count: Some(2),
        objects: vec![entry()],
        common_prefixes: vec!["a/c/".into(), "a/d/".into()],
        ..ObjectList::default()
    };
    assert_eq!(ObjectList::read(LIST_V2.as_bytes()).unwrap(), expected);
}

#[test]
fn awkward_keys_survive_both_encodings() {
    for encoding in [Encoding::Plain, Encoding::Url] {
        let keys = [" a ", "a&<>\"'", "\u{1}\t\n\r", "100%", "+", "目录/文件", "😀", "]]>", "a//b/../c"];
        let list = ObjectList {
            encoding,
            marker: Some("m & m".into()),
            next_marker: Some("a\u{2}".into()),
            objects: keys.map(|key| ObjectEntry { key: key.into(), ..entry() }).into(),
            common_prefixes: keys.map(str::to_owned).into(),
            ..ObjectList::default()
        };
        assert_eq!(ObjectList::read(list.write().as_bytes()).unwrap(), list);
    }
}

#[test]
fn a_page_without_a_known_date_is_still_a_page() {
    let list = ObjectList::read(
        b"<ListBucketResult><Contents><Key>k</Key><LastModified>yesterday</LastModified></Contents></ListBucketResult>",
    );
    assert_eq!(list.unwrap().objects[0].last_modified, None);
}

#[test]
fn the_go_client_may_send_control_characters_as_references() {
    let body = b"<Delete><Quiet>true</Quiet><Object><Key>a&#x01;b&#x9;&#xA;&#xD;</Key></Object><Object><Key> c </Key><VersionId>v</VersionId></Object></Delete>";
    let request = DeleteRequest::read(body).unwrap();
    assert!(request.quiet);
    assert_eq!(
        request.objects,
        [
            ObjectIdentifier { key: "a\u{1}b\t\n\r".into(), version_id: None },
            ObjectIdentifier { key: " c ".into(), version_id: Some("v".into()) },
        ]
    );
    assert_eq!(DeleteRequest::read(request.write().as_bytes()).unwrap(), request);
}

#[test]
fn an_empty_answer_to_a_quiet_deletion_is_an_empty_result() {
    assert_eq!(DeleteResult::read(b" \n").unwrap(), DeleteResult::default());
    assert!(DeleteResult::read(b"<Error/>").is_err());
}

#[test]
fn answers_of_the_documentation_are_read() {
    let policy = AccessControlPolicy::read(
        b"<AccessControlPolicy><Owner><ID>0022012****</ID><DisplayName>user</DisplayName></Owner>
          <AccessControlList><Grant>public-read</Grant></AccessControlList></AccessControlPolicy>",
    );
    assert_eq!(policy.unwrap().grant, "public-read");
    let copy = CopyResult::read(b"<CopyObjectResult><ETag>\"F2064A169EE92E9775EE5324D0B1682E\"</ETag><LastModified>2018-02-24T09:41:56.000Z</LastModified></CopyObjectResult>").unwrap();
    assert_eq!(copy.etag, "\"F2064A169EE92E9775EE5324D0B1682E\"");
    assert_eq!(copy.last_modified, Some(UNIX_EPOCH + Duration::from_secs(1_519_465_316)));
    let upload = InitiateMultipartUploadResult::read(b"<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>m.data</Key><UploadId>0004B9894A22E5B1888A1E29F823****</UploadId></InitiateMultipartUploadResult>");
    assert_eq!(upload.unwrap().upload_id, "0004B9894A22E5B1888A1E29F823****");
    let location = LocationConstraint::read(b"<?xml version=\"1.0\"?><LocationConstraint xmlns=\"http://doc.oss-cn-hangzhou.aliyuncs.com\">oss-cn-hangzhou</LocationConstraint >");
    assert_eq!(location.unwrap().0, "oss-cn-hangzhou");
    let parts = PartList::read(b"<ListPartsResult><Bucket>b</Bucket><Key>k</Key><UploadId>U</UploadId><NextPartNumberMarker>5</NextPartNumberMarker><MaxParts>1000</MaxParts><IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber><LastModified>2012-02-23T07:01:34.000Z</LastModified><ETag>\"3349DC700140D7F86A0784842780****\"</ETag><HashCrc64ecma>18446744073709551615</HashCrc64ecma><Size>6291456</Size></Part></ListPartsResult>").unwrap();
    assert_eq!((parts.parts[0].size, parts.parts[0].crc64), (6_291_456, Some(u64::MAX)));
    let versioning = VersioningConfiguration::read(b"<VersioningConfiguration/>").unwrap();
    assert_eq!(versioning.status, None);
}

fn lifecycle() -> LifecycleRule {
    let action = |days| LifecycleAction { days: Some(days), ..LifecycleAction::default() };
    let noncurrent = |days| LifecycleAction { noncurrent_days: Some(days), ..LifecycleAction::default() };
    LifecycleRule {
        id: Some("r".into()),
        prefix: "log/".into(),
        status: "Enabled".into(),
        tags: vec![("k".into(), "v".into())],
        expiration: Some(LifecycleAction { expired_object_delete_marker: Some(true), ..LifecycleAction::default() }),
        transitions: vec![
            LifecycleAction {
                storage_class: Some("IA".into()),
                is_access_time: Some(true),
                return_to_std_when_visit: Some(false),
                allow_small_file: Some(true),
                ..action(30)
            },
            LifecycleAction {
                created_before_date: Some("2014-10-11T00:00:00.000Z".into()),
                storage_class: Some("Archive".into()),
                ..LifecycleAction::default()
            },
        ],
        abort_multipart_upload: Some(action(1)),
        noncurrent_version_expiration: Some(noncurrent(9)),
        noncurrent_version_transitions: vec![LifecycleAction { storage_class: Some("IA".into()), ..noncurrent(3) }],
        filter: Some(LifecycleFilter {
            object_size_greater_than: Some(500),
            object_size_less_than: Some(64_000),
            exceptions: vec![LifecycleException { prefix: "log/keep".into(), tag: Some(("a".into(), "b".into())) }],
        }),
    }
}

fn versions() -> Vec<VersionEntry> {
    let modified = Some(UNIX_EPOCH + Duration::from_secs(1_554_802_527));
    let owner = || Some(Owner { id: "1234512528586****".into(), display_name: "12345125285864390".into() });
    let marker = VersionEntry {
        key: "example +目".into(),
        version_id: "CAEQMxiBgICAof2D0BYiIDJhMGE3N2M1YTI1NDQzOGY5NTkyNTI3MGYyMzJm****".into(),
        last_modified: modified,
        owner: owner(),
        ..VersionEntry::default()
    };
    let object = VersionObject {
        etag: "\"250F8A0AE989679A22926A875F0A2****\"".into(),
        object_type: "Normal".into(),
        size: 93_731,
        storage_class: "Standard".into(),
        restore_info: None,
    };
    vec![
        VersionEntry { is_latest: true, ..marker.clone() },
        VersionEntry { object: Some(object), version_id: "null".into(), ..marker },
    ]
}

#[test]
fn versions_and_delete_markers_keep_their_order() {
    let body = br#"<ListVersionsResult xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com">
  <Name>examplebucket</Name><Prefix/><KeyMarker/><VersionIdMarker/><MaxKeys>100</MaxKeys><Delimiter/><IsTruncated>false</IsTruncated>
  <DeleteMarker><Key>example%20%2B%E7%9B%AE</Key><VersionId>CAEQMxiBgICAof2D0BYiIDJhMGE3N2M1YTI1NDQzOGY5NTkyNTI3MGYyMzJm****</VersionId>
    <IsLatest>true</IsLatest><LastModified>2019-04-09T09:35:27.000Z</LastModified>
    <Owner><ID>1234512528586****</ID><DisplayName>12345125285864390</DisplayName></Owner></DeleteMarker>
  <Version><Key>example%20%2B%E7%9B%AE</Key><VersionId>null</VersionId><IsLatest>false</IsLatest>
    <LastModified>2019-04-09T09:35:27.000Z</LastModified><ETag>"250F8A0AE989679A22926A875F0A2****"</ETag><Type>Normal</Type>
    <Size>93731</Size><StorageClass>Standard</StorageClass>
    <Owner><ID>1234512528586****</ID><DisplayName>12345125285864390</DisplayName></Owner></Version>
  <EncodingType>url</EncodingType>
</ListVersionsResult>"#;
    let expected = versions();
    let list = VersionList::read(body).unwrap();
    assert_eq!(list.entries, expected);
    assert_eq!((list.max_keys, list.is_truncated, list.next_key_marker), (100, false, None));
}

#[test]
fn requests_of_the_documentation_are_read() {
    let restore = RestoreRequest::read(
        b"<RestoreRequest>\n<Days> 2 </Days><JobParameters><Tier> Standard </Tier></JobParameters></RestoreRequest>",
    );
    assert_eq!(restore, Ok(RestoreRequest { days: Some(2), tier: Some("Standard".into()) }));
    assert_eq!(RestoreRequest::read(b"<RestoreRequest/>"), Ok(RestoreRequest::default()));
    for wrong in [
        "<RestoreRequest><Days>-1</Days></RestoreRequest>",
        "<RestoreRequest><Days/></RestoreRequest>",
        "<Days>1</Days>",
    ] {
        assert!(RestoreRequest::read(wrong.as_bytes()).is_err(), "{wrong}");
    }
    let cors = CorsConfiguration::read(
        b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>
          <AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod><AllowedHeader>Authorization</AllowedHeader>
          </CORSRule><CORSRule><AllowedOrigin>http://example.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod>
          <ExposeHeader>x-oss-test</ExposeHeader><MaxAgeSeconds>100</MaxAgeSeconds></CORSRule>
          <ResponseVary>false</ResponseVary></CORSConfiguration>",
    )
    .unwrap();
    assert_eq!(cors.rules[0].allowed_methods, ["PUT", "GET"]);
    assert_eq!((cors.rules[0].max_age_seconds, cors.rules[1].max_age_seconds), (None, Some(100)));
    assert!(!cors.response_vary);
}

/// Every document, written and read again, and all of them as texts to mutate.
fn written() -> Vec<String> {
    let mut all = Vec::new();
    macro_rules! round_trip {
        ($($value:expr => $type:ident;)*) => {$({
            let value = $value;
            let text = value.write();
            assert_eq!($type::read(text.as_bytes()).unwrap(), value);
            all.push(text);
        })*};
    }
    let owner = || Owner { id: "1234".into(), display_name: "1234".into() };
    let summary = || BucketSummary {
        name: "docs".into(),
        creation_date: Some(UNIX_EPOCH + Duration::from_secs(1)),
        extranet_endpoint: "oss-cn-hangzhou.aliyuncs.com".into(),
        intranet_endpoint: "oss-cn-hangzhou-internal.aliyuncs.com".into(),
        location: "oss-cn-hangzhou".into(),
        region: "cn-hangzhou".into(),
        storage_class: "Standard".into(),
        resource_group_id: "rg".into(),
    };
    round_trip! {
        AccessControlPolicy { owner: owner(), grant: "private".into() } => AccessControlPolicy;
        BucketList { owner: owner(), max_keys: Some(1), prefix: Some("p".into()), marker: Some("m".into()), is_truncated: true, next_marker: Some("n".into()), buckets: vec![summary(), summary()] } => BucketList;
        BucketList { owner: owner(), buckets: vec![summary()], ..BucketList::default() } => BucketList;
        BucketInfo { summary: summary(), owner: owner(), grant: "private".into(), data_redundancy_type: "LRS".into(), versioning: Some("Enabled".into()), encryption: Some(encryption()), block_public_access: true, access_monitor: true } => BucketInfo;
        PublicAccessBlockConfiguration { block_public_access: true } => PublicAccessBlockConfiguration;
        BucketInfo::default() => BucketInfo;
        encryption() => ServerSideEncryptionRule;
        RefererConfiguration { allow_empty_referer: false, allow_truncate_query_string: false, truncate_path: true, referers: vec!["http://*.a.com".into(), "页".into()], blacklist: vec!["b".into()] } => RefererConfiguration;
        RefererConfiguration::default() => RefererConfiguration;
        RequestPaymentConfiguration { payer: "Requester".into() } => RequestPaymentConfiguration;
        BucketStat {
            storage: 5,
            object_count: 2,
            multipart_upload_count: 1,
            multipart_part_count: 3,
            delete_marker_count: 4,
            last_modified_time: 6,
            standard: ClassStat { storage: 7, object_count: 8 },
            infrequent_access: ClassStat { storage: 9, object_count: 10 },
            archive: ClassStat { storage: 11, object_count: 12 },
            cold_archive: ClassStat { storage: 13, object_count: 14 },
            deep_cold_archive: ClassStat { storage: 15, object_count: 16 },
        } => BucketStat;
        CreateBucketConfiguration { storage_class: Some("IA".into()), data_redundancy_type: Some("ZRS".into()) } => CreateBucketConfiguration;
        VersioningConfiguration { status: Some("Suspended".into()) } => VersioningConfiguration;
        LocationConstraint("oss-cn-hangzhou".into()) => LocationConstraint;
        Tagging { tags: vec![("a".into(), "1".into()), (" b ".into(), String::new())] } => Tagging;
        DeleteResult { encoding: Encoding::Url, deleted: vec![DeletedObject { key: "a b".into(), version_id: Some("v".into()), delete_marker: true, delete_marker_version_id: Some("w".into()) }] } => DeleteResult;
        CompleteMultipartUpload { parts: vec![PartIdentifier { number: 1, etag: "\"A\"".into() }, PartIdentifier { number: 10_000, etag: "B".into() }] } => CompleteMultipartUpload;
        CompleteMultipartUploadResult { encoding: Encoding::Url, location: "http://b.h/k".into(), bucket: "b".into(), key: "a b".into(), etag: "\"A-3\"".into() } => CompleteMultipartUploadResult;
        InitiateMultipartUploadResult { encoding: Encoding::Url, bucket: "b".into(), key: "\u{1}".into(), upload_id: "U".into() } => InitiateMultipartUploadResult;
        PartList { encoding: Encoding::Url, bucket: "b".into(), key: "k k".into(), upload_id: "U".into(), storage_class: "Standard".into(), part_number_marker: 1, next_part_number_marker: 3, max_parts: 2, is_truncated: true, parts: vec![PartEntry { number: 2, last_modified: Some(UNIX_EPOCH), etag: "\"A\"".into(), crc64: Some(7), size: 5 }], client_encryption: None } => PartList;
        PartList { client_encryption: Some(ClientEncryption { key: "k".into(), start: "s".into(), cek_algorithm: "AES/CTR/NoPadding".into(), wrap_algorithm: "RSA".into(), data_size: Some(7), part_size: None }), ..PartList::default() } => PartList;
        UploadList { encoding: Encoding::Url, bucket: "b".into(), key_marker: "k k".into(), upload_id_marker: "U".into(), next_key_marker: Some("l l".into()), next_upload_id_marker: Some("V".into()), delimiter: "/".into(), prefix: "p/".into(), max_uploads: 1, is_truncated: true, uploads: vec![UploadEntry { key: "k".into(), upload_id: "U".into(), storage_class: "Standard".into(), initiated: Some(UNIX_EPOCH) }], common_prefixes: vec!["c/".into()] } => UploadList;
        VersionList { name: "b".into(), prefix: "p/".into(), delimiter: "/".into(), key_marker: "k k".into(), version_id_marker: "v".into(), max_keys: 3, encoding: Encoding::Url, is_truncated: true, next_key_marker: Some("l+l".into()), next_version_id_marker: Some("w".into()), entries: versions(), common_prefixes: vec!["p/c d/".into()] } => VersionList;
        RestoreRequest { days: Some(7), tier: Some("Bulk".into()) } => RestoreRequest;
        PostResponse { bucket: "b".into(), location: "http://b.h/a%20b".into(), key: "a b%20".into(), etag: "\"A\"".into() } => PostResponse;
        CorsConfiguration { rules: vec![CorsRule { allowed_origins: vec!["*".into(), "http://a".into()], allowed_methods: vec!["GET".into()], allowed_headers: vec!["x-*".into()], expose_headers: vec!["ETag".into()], max_age_seconds: Some(100) }, CorsRule::default()], response_vary: true } => CorsConfiguration;
        BucketLoggingStatus { target_bucket: Some("logs".into()), target_prefix: Some("a/".into()) } => BucketLoggingStatus;
        BucketLoggingStatus { target_bucket: None, target_prefix: Some("a/".into()) } => BucketLoggingStatus;
        BucketLoggingStatus::default() => BucketLoggingStatus;
        UserDefinedLogFieldsConfiguration { headers: vec!["x-a".into(), ";&<".into()], parameters: vec![" b ".into()] } => UserDefinedLogFieldsConfiguration;
        UserDefinedLogFieldsConfiguration::default() => UserDefinedLogFieldsConfiguration;
        AccessMonitorConfiguration { enabled: true, allow_copy: Some(false) } => AccessMonitorConfiguration;
        AccessMonitorConfiguration::default() => AccessMonitorConfiguration;
        BucketResourceGroupConfiguration { resource_group_id: "rg-aek27tc".into() } => BucketResourceGroupConfiguration;
        LifecycleConfiguration { rules: vec![lifecycle(), LifecycleRule { status: "Disabled".into(), ..LifecycleRule::default() }] } => LifecycleConfiguration;
    }
    let copy = CopyResult { etag: "\"A\"".into(), last_modified: Some(UNIX_EPOCH) };
    for text in [copy.write_object(), copy.write_part()] {
        assert_eq!(CopyResult::read(text.as_bytes()), Ok(copy.clone()));
        all.push(text);
    }
    all.push(LIST_V2.to_owned());
    all
}

#[test]
fn every_document_survives_being_written_and_read() {
    for text in written() {
        assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<"), "{text}");
    }
}

/// Reads a document in every way there is; any answer will do, a panic will not.
fn read_as_everything(body: &[u8]) -> usize {
    [
        ObjectList::read(body).is_ok(),
        BucketList::read(body).is_ok(),
        BucketInfo::read(body).is_ok(),
        BucketStat::read(body).is_ok(),
        ServerSideEncryptionRule::read(body).is_ok(),
        RefererConfiguration::read(body).is_ok(),
        PublicAccessBlockConfiguration::read(body).is_ok(),
        RequestPaymentConfiguration::read(body).is_ok(),
        AccessControlPolicy::read(body).is_ok(),
        CreateBucketConfiguration::read(body).is_ok(),
        VersioningConfiguration::read(body).is_ok(),
        LocationConstraint::read(body).is_ok(),
        Tagging::read(body).is_ok(),
        DeleteRequest::read(body).is_ok(),
        DeleteResult::read(body).is_ok(),
        CompleteMultipartUpload::read(body).is_ok(),
        CompleteMultipartUploadResult::read(body).is_ok(),
        InitiateMultipartUploadResult::read(body).is_ok(),
        PartList::read(body).is_ok(),
        UploadList::read(body).is_ok(),
        CopyResult::read(body).is_ok(),
        VersionList::read(body).is_ok(),
        LifecycleConfiguration::read(body).is_ok(),
        BucketLoggingStatus::read(body).is_ok(),
        UserDefinedLogFieldsConfiguration::read(body).is_ok(),
        AccessMonitorConfiguration::read(body).is_ok(),
        BucketResourceGroupConfiguration::read(body).is_ok(),
        RestoreRequest::read(body).is_ok(),
        PostResponse::read(body).is_ok(),
        CorsConfiguration::read(body).is_ok(),
        ErrorDocument::read(body).is_ok(),
    ]
    .into_iter()
    .filter(|read| *read)
    .count()
}

#[test]
fn no_document_makes_a_reader_panic() {
    let mut random = fastrand::Rng::with_seed(23);
    let documents = written();
    for round in 0..6000 {
        let mut body = documents[round % documents.len()].clone().into_bytes();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(..body.len());
            match random.u8(..4) {
                0 => body[at] = random.u8(..),
                1 => body.truncate(at.max(1)),
                2 => body.splice(at..at, *b"&#x;<!--]]>").for_each(drop),
                _ => drop(body.drain(at..(at + random.usize(1..20)).min(body.len() - 1).max(at))),
            }
        }
        read_as_everything(&body);
    }
    for document in &documents {
        assert_eq!(read_as_everything(document.as_bytes()), 1, "{document}");
    }
}

#[test]
fn requests_with_something_behind_the_root_are_refused() {
    let good = "<Delete><Object><Key>a</Key></Object></Delete>";
    assert!(DeleteRequest::read(good.as_bytes()).is_ok());
    for tail in ["<Delete/>", "x", "<![CDATA[x]]>", "&lt;"] {
        assert!(DeleteRequest::read(format!("{good}{tail}").as_bytes()).is_err(), "{tail}");
    }
    for body in ["<Delete><Object/></Delete>", "<Delete><Quiet>maybe</Quiet></Delete>", "<delete/>", ""] {
        assert!(DeleteRequest::read(body.as_bytes()).is_err(), "{body}");
    }
    assert!(
        CompleteMultipartUpload::read(
            b"<CompleteMultipartUpload><Part><PartNumber>-1</PartNumber></Part></CompleteMultipartUpload>"
        )
        .is_err()
    );
}
