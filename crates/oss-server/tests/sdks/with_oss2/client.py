"""The SDK `oss2`, set up, and what all modules here do with it."""

import oss2
from oss2.exceptions import ServerError

from checks import BUCKET, ENDPOINT, ID, REGION, SECRET, VERSION, fails, same


def bucket_of(id=ID, secret=SECRET, endpoint=ENDPOINT, name=BUCKET, region=REGION, token=None, session=None):
    """The bucket as somebody sees it."""
    if token:
        auth = oss2.StsAuth(id, secret, token, auth_version=VERSION)
    else:
        auth = oss2.make_auth(id, secret, VERSION)
    return oss2.Bucket(auth, endpoint, name, region=region if VERSION == "v4" else None, session=session)


OURS = bucket_of()


def refused(status, code, action, *arguments, **named):
    """Fails unless the service refuses this in this way."""
    error = fails(ServerError, action, *arguments, **named)
    same((error.status, error.code), (status, code), "refusal")
    return error


def read(key, bucket=OURS):
    """An object's content, or `None` where there is none. The SDK compares the CRC itself."""
    try:
        result = bucket.get_object(key)
    except oss2.exceptions.NoSuchKey:
        return None
    data = result.read()
    same(result.client_crc, result.server_crc, "CRC")
    return data


def names(prefix):
    return [item.key for item in oss2.ObjectIterator(OURS, prefix=prefix)]
