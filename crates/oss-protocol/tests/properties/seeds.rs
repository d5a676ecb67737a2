//! Good inputs, and what becomes of them: nothing, a few changes, or noise.

use oss_protocol::sign::policy::encode;
use oss_protocol::xml::ErrorDocument;
use proptest::prelude::*;

use crate::urls;

/// Pieces that mean something to one of the readers.
const PIECES: [&str; 40] = [
    "<",
    ">",
    "</",
    "/>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "&#x1;",
    "&amp;",
    "&#0;",
    "<!DOCTYPE a>",
    "<Key>",
    "\r\n",
    "\n",
    "\0",
    "%",
    "%2F",
    "%C3",
    "+",
    "&",
    "=",
    "?",
    "#",
    "/",
    "..",
    ":",
    "@",
    "[",
    "]",
    "\\$",
    "\\\\",
    "\"",
    "é",
    "目",
    "\u{10FFFF}",
    "18446744073709551616",
    "-1",
    "9999",
    "T",
    " ",
];

/// A change somewhere in a text; places are taken modulo its length.
#[derive(Debug, Clone)]
enum Change {
    Put(usize, u8),
    Insert(usize, &'static str),
    Remove(usize, usize),
    Repeat(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<usize>;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Change::Put(at, byte)),
        (place(), proptest::sample::select(&PIECES[..])).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (place(), 0..12_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (place(), 0..24_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
    ]
}

impl Change {
    fn apply(&self, data: &mut Vec<u8>) {
        let span = |at: usize, length: usize| {
            let start = at % (data.len() + 1);
            start..(start + length).min(data.len())
        };
        match *self {
            Self::Put(at, byte) => {
                let at = span(at, 0).start;
                if let Some(place) = data.get_mut(at) {
                    *place = byte;
                }
            }
            Self::Insert(at, piece) => {
                let at = span(at, 0);
                data.splice(at, piece.bytes());
            }
            Self::Remove(at, length) => {
                let span = span(at, length);
                data.drain(span);
            }
            Self::Repeat(at, length) => {
                let span = span(at, length);
                let piece = data[span.clone()].to_vec();
                data.splice(span.end..span.end, piece);
            }
        }
    }
}

/// Good inputs with up to eight changes, and noise of three kinds.
pub(crate) fn mutated(seeds: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    let changed =
        (proptest::sample::select(seeds), prop::collection::vec(change(), 0..8)).prop_map(|(seed, changes)| {
            let mut data = seed.into_bytes();
            changes.iter().for_each(|change| change.apply(&mut data));
            data
        });
    let pieces = prop::collection::vec(proptest::sample::select(&PIECES[..]), 0..40);
    prop_oneof![
        8 => changed,
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => any::<String>().prop_map(String::into_bytes),
        1 => pieces.prop_map(|pieces| pieces.concat().into_bytes()),
    ]
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[rustfmt::skip]
pub(crate) fn documents() -> Vec<String> {
    owned(&[
        "<ListBucketResult xmlns=\"http://doc.oss-cn-hangzhou.aliyuncs.com\"><Name>docs</Name><Prefix>a%20</Prefix><MaxKeys>2</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextMarker>b%2B</NextMarker><Contents><Key>a%20%E7%9B%AE</Key><LastModified>2012-02-24T08:43:27.000Z</LastModified><ETag>\"5B3C1A2E053D763E1B002CC607C5A0FE\"</ETag><Type>Normal</Type><Size>344606</Size><StorageClass>Standard</StorageClass><Owner><ID>1</ID><DisplayName>1</DisplayName></Owner></Contents><CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes></ListBucketResult>",
        "<ListVersionsResult><Name>docs</Name><Prefix/><KeyMarker/><VersionIdMarker/><MaxKeys>100</MaxKeys><IsTruncated>false</IsTruncated><DeleteMarker><Key>a</Key><VersionId>v</VersionId><IsLatest>true</IsLatest></DeleteMarker><Version><Key>a</Key><VersionId>null</VersionId><IsLatest>false</IsLatest><ETag>\"2\"</ETag><Size>9</Size></Version></ListVersionsResult>",
        "<ListAllMyBucketsResult><Owner><ID>1</ID><DisplayName>1</DisplayName></Owner><Prefix>p</Prefix><IsTruncated>true</IsTruncated><Buckets><Bucket><Name>docs</Name><CreationDate>2015-12-17T18:12:43.000Z</CreationDate><Location>oss-cn-hangzhou</Location></Bucket></Buckets></ListAllMyBucketsResult>",
        "<BucketInfo><Bucket><Name>docs</Name><CreationDate>2013-07-31T10:56:21.000Z</CreationDate><AccessControlList><Grant>private</Grant></AccessControlList><Owner><ID>1</ID><DisplayName>1</DisplayName></Owner><Versioning>Enabled</Versioning></Bucket></BucketInfo>",
        "<BucketStat><Storage>1600</Storage><ObjectCount>230</ObjectCount><MultipartUploadCount>40</MultipartUploadCount></BucketStat>",
        "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>KMS</SSEAlgorithm><KMSMasterKeyID>9468da86</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>",
        "<RefererConfiguration><AllowEmptyReferer>false</AllowEmptyReferer><RefererList><Referer>http://*.a.com</Referer></RefererList><RefererBlacklist><Referer>b</Referer></RefererBlacklist></RefererConfiguration>",
        "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>",
        "<AccessControlPolicy><Owner><ID>0</ID><DisplayName>user</DisplayName></Owner><AccessControlList><Grant>public-read</Grant></AccessControlList></AccessControlPolicy>",
        "<CreateBucketConfiguration><StorageClass>Standard</StorageClass></CreateBucketConfiguration>",
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
        "<LocationConstraint>oss-cn-hangzhou</LocationConstraint>",
        "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>",
        "<Delete><Quiet>true</Quiet><Object><Key>a&#x1;b</Key><VersionId>v</VersionId></Object></Delete>",
        "<DeleteResult><EncodingType>url</EncodingType><Deleted><Key>a%20b</Key><DeleteMarker>true</DeleteMarker></Deleted></DeleteResult>",
        "<InitiateMultipartUploadResult><Bucket>docs</Bucket><Key>a</Key><UploadId>U</UploadId></InitiateMultipartUploadResult>",
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"A\"</ETag></Part></CompleteMultipartUpload>",
        "<CompleteMultipartUploadResult><Location>http://h/k</Location><Bucket>docs</Bucket><Key>k</Key><ETag>\"A-1\"</ETag></CompleteMultipartUploadResult>",
        "<ListPartsResult><Bucket>docs</Bucket><Key>k</Key><UploadId>U</UploadId><NextPartNumberMarker>5</NextPartNumberMarker><MaxParts>1000</MaxParts><IsTruncated>false</IsTruncated><ClientEncryptionKey>k</ClientEncryptionKey><ClientEncryptionDataSize>7</ClientEncryptionDataSize><Part><PartNumber>1</PartNumber><LastModified>2012-02-23T07:01:34.000Z</LastModified><ETag>\"3\"</ETag><HashCrc64ecma>18446744073709551615</HashCrc64ecma><Size>62</Size></Part></ListPartsResult>",
        "<ListMultipartUploadsResult><Bucket>docs</Bucket><KeyMarker/><NextKeyMarker>o</NextKeyMarker><Delimiter/><Prefix/><MaxUploads>1000</MaxUploads><IsTruncated>false</IsTruncated><Upload><Key>k</Key><UploadId>U</UploadId><Initiated>2012-02-23T04:18:23.000Z</Initiated></Upload></ListMultipartUploadsResult>",
        "<CopyObjectResult><LastModified>2012-02-24T08:43:27.000Z</LastModified><ETag>\"A\"</ETag></CopyObjectResult>",
        "<RestoreRequest><Days>2</Days><JobParameters><Tier>Standard</Tier></JobParameters></RestoreRequest>",
        "<PostResponse><Bucket>docs</Bucket><Location>http://h/k</Location><Key>k</Key><ETag>\"A\"</ETag></PostResponse>",
        "<UserDefinedLogFieldsConfiguration><HeaderSet><header>x-a</header></HeaderSet><ParamSet><parameter>b</parameter></ParamSet></UserDefinedLogFieldsConfiguration>",
        "<AccessMonitorConfiguration><Status>Enabled</Status><AllowCopy>true</AllowCopy></AccessMonitorConfiguration>",
        "<BucketResourceGroupConfiguration><ResourceGroupId>rg-aek27tc</ResourceGroupId></BucketResourceGroupConfiguration>",
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix>a/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>",
        "<LifecycleConfiguration><Rule><ID>one</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Tag><Key>a</Key><Value>1</Value></Tag><Filter><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><Not><Prefix>logs/keep</Prefix></Not></Filter><Transition><Days>30</Days><StorageClass>IA</StorageClass></Transition><Expiration><CreatedBeforeDate>2022-02-28T00:00:00.000Z</CreatedBeforeDate></Expiration><AbortMultipartUpload><Days>1</Days></AbortMultipartUpload></Rule></LifecycleConfiguration>",
        "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>1</MaxAgeSeconds></CORSRule><ResponseVary>true</ResponseVary></CORSConfiguration>",
    ])
}

pub(crate) fn error_documents() -> Vec<String> {
    let texts = [
        ("StringToSign", "PUT\n\nimage/png\n1\nx-oss-meta-a:2\n/docs/a?acl&security-token=other"),
        ("StringToSignBytes", "50 55 54 0A 0A 0A 31 0A 2F"),
        ("CanonicalRequest", "PUT\n/docs/a\nacl\ncontent-type:image/gif\n\n\nUNSIGNED-PAYLOAD"),
    ];
    let document = ErrorDocument {
        code: "SignatureDoesNotMatch".into(),
        message: "no".into(),
        request_id: "5F".into(),
        host_id: "h".into(),
        ec: Some("0002-00000201".into()),
        details: texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
    };
    let mut seeds = vec![document.write(), document.write_header(), texts[0].1.to_owned(), texts[2].1.to_owned()];
    seeds.push(r#"{"Error":{"Code":"NoSuchKey","Message":"gone","Count":3,"StringToSign":"GET"}}"#.to_owned());
    seeds
}

pub(crate) fn times() -> Vec<String> {
    owned(&[
        "Sun, 12 Nov 2023 16:43:40 GMT",
        "Sunday, 12-Nov-23 16:43:40 GMT",
        "Sun Nov 12 16:43:40 2023",
        "20231112T164340Z",
        "2023-11-12T16:43:40.123456789Z",
        "9999-12-31T23:59:59Z",
        "19700101T000000Z",
        "Thu, 29 Feb 2024 00:00:00 GMT",
    ])
}

pub(crate) fn endpoints() -> Vec<String> {
    owned(&[
        "oss-cn-hangzhou.aliyuncs.com",
        "https://docs.oss-cn-hangzhou-internal.aliyuncs.com:8443/",
        "docs.cn-shanghai.oss.aliyuncs.com",
        "cb-f8z7.cn-hangzhou.oss-cloudbox.aliyuncs.com",
        "oss-accelerate.aliyuncs.com",
        "http://127.0.0.1:9000",
        "[::1]:9000",
        "localhost",
        "docs.localhost:80",
        "img.example.com.",
        "oss-cn-hangzhou",
    ])
}

pub(crate) fn queries() -> Vec<String> {
    owned(&["b=2&a&&a=%20x=y&c=", "prefix=%E7%9B%AE%2F&max-keys=10", "a/b c+d~", "%2e%2E/%00", "x=%C3%A9&=&=1"])
}

pub(crate) fn claims() -> Vec<String> {
    owned(&[
        "authorization:OSS ak:c2lnbmF0dXJlIG9mIDIwIGI=\ndate:Sat, 16 Dec 2023 16:20:57 GMT\nacl",
        "authorization:OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request,AdditionalHeaders=a;b,\
         Signature=00000000000000000000000000000000000000000000000000000000000000ff\nx-oss-date:20231216T162057Z\na:1",
        "OSSAccessKeyId=ak\nExpires=1702743657\nSignature=c2lnbmF0dXJlIG9mIDIwIGI=\nsecurity-token=t",
        "x-oss-signature-version=OSS4-HMAC-SHA256\nx-oss-credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request\n\
         x-oss-date=20231216T162057Z\nx-oss-expires=300\nx-oss-signature=00\nx-oss-additional-headers=host\nhost:h",
    ])
}

pub(crate) fn signed_urls() -> Vec<String> {
    urls::samples()
}

pub(crate) fn policies() -> Vec<String> {
    let json = r#"{"expiration":"2024-12-01T12:00:00.000Z","conditions":[{"bucket":"docs"},["eq","$key","a\$b"],
        ["starts-with","$key","a/"],["content-length-range",1,10],["in","$content-type",["image/png","a"]],
        ["not-in","$cache-control",["no-cache"]]]}"#;
    vec![json.to_owned(), encode(json)]
}
