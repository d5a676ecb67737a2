"""The SDK `alibabacloud-oss-v2`, set up, and what all modules here do with it."""

from datetime import timedelta

import alibabacloud_oss_v2 as oss

from checks import BUCKET, ENDPOINT, ID, REGION, SECRET, VERSION, crc64, fails, same


def client_of(id=ID, secret=SECRET, endpoint=ENDPOINT, region=REGION, token=None, attempts=1, http=None):
    """The service as somebody sees it. Nothing is tried again: refusals are to be seen at once."""
    config = oss.config.Config(region, endpoint, VERSION, retry_max_attempts=attempts, http_client=http)
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(id, secret, token)
    return oss.Client(config)


CLIENT = client_of()


def refused(status, code, action, *arguments, **named):
    """Fails unless the service refuses this in this way."""
    error = fails(Exception, action, *arguments, **named)
    while not isinstance(error, oss.exceptions.ServiceError) and hasattr(error, "unwrap"):
        error = error.unwrap()
    assert isinstance(error, oss.exceptions.ServiceError), repr(error)
    same((error.status_code, error.code), (status, code), "refusal")
    return error


def put(key, data, client=CLIENT, bucket=BUCKET, **more):
    return client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=data, **more))


def get(key, client=CLIENT, bucket=BUCKET, **more):
    return client.get_object(oss.GetObjectRequest(bucket=bucket, key=key, **more))


def head(key, **more):
    return CLIENT.head_object(oss.HeadObjectRequest(bucket=BUCKET, key=key, **more))


def delete(key, client=CLIENT, bucket=BUCKET, **more):
    return client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key=key, **more))


def read(key, bucket=BUCKET):
    """An object's content, or `None` where there is none. Streams are not compared by the SDK."""
    try:
        result = get(key, bucket=bucket)
    except oss.exceptions.OperationError as error:
        if error.unwrap().code != "NoSuchKey":
            raise
        return None
    data = result.body.content
    same(result.hash_crc64, str(crc64(data)), "CRC")
    return data


def names(prefix):
    pages = CLIENT.list_objects_v2_paginator().iter_page(oss.ListObjectsV2Request(bucket=BUCKET, prefix=prefix))
    return [item.key for page in pages for item in page.contents or []]


def signed(request, client=CLIENT, lifetime=timedelta(minutes=10)):
    """A signed address, and the headers that go with it."""
    result = client.presign(request, expires=lifetime)
    return result.url, dict(result.signed_headers or {})


def signed_get(key, client=CLIENT, **more):
    return signed(oss.GetObjectRequest(bucket=BUCKET, key=key, **more), client)[0]


def delete_many(keys, bucket=BUCKET):
    objects = [key if isinstance(key, oss.DeleteObject) else oss.DeleteObject(key=key) for key in keys]
    return CLIENT.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(bucket=bucket, objects=objects)
    ).deleted_objects


def copy(source, key, **more):
    return CLIENT.copy_object(oss.CopyObjectRequest(bucket=BUCKET, key=key, source_key=source, **more))


def signed_put(key, client=CLIENT, **more):
    return signed(oss.PutObjectRequest(bucket=BUCKET, key=key, **more), client)
