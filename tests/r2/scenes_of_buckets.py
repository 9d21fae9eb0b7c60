"""Scenes about what a bucket holds beside objects: uploads, rules, and what R2 has not got."""

from tests.contract.boto import S3Client, complete, upload_parts
from tests.r2.scene import MEBIBYTE, Json, attempt, plain, put_all


def multipart(s3: S3Client, bucket: str) -> object:
    bodies = [b"a" * 5 * MEBIBYTE, b"the end"]
    upload_id, parts = upload_parts(s3, bucket, "big", bodies)
    listed = s3.list_parts(Bucket=bucket, Key="big", UploadId=upload_id)
    done = complete(s3, bucket, "big", upload_id, parts)
    shown = s3.get_object(Bucket=bucket, Key="big", Range="bytes=5242878-")
    sizes = [(part["PartNumber"], part["Size"], part["ETag"]) for part in listed["Parts"]]
    return [done["ETag"], done["Bucket"], done["Key"], sizes, shown["Body"].read()]


def multipart_refusals(s3: S3Client, bucket: str) -> object:
    upload_id, parts = upload_parts(s3, bucket, "big", [b"small", b"the end"])

    def complete_with(chosen: list[Json]) -> object:
        return attempt(lambda: complete(s3, bucket, "big", upload_id, chosen))

    unknown = {"PartNumber": 9, "ETag": parts[0]["ETag"]}
    return [
        complete_with(parts),
        complete_with([unknown]),
        complete_with([{"PartNumber": 1, "ETag": '"0"'}]),
    ]


def multipart_aborted(s3: S3Client, bucket: str) -> object:
    upload_id, _ = upload_parts(s3, bucket, "big", [b"part"])
    uploads = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    s3.abort_multipart_upload(Bucket=bucket, Key="big", UploadId=upload_id)
    again = attempt(lambda: s3.abort_multipart_upload(Bucket=bucket, Key="big", UploadId=upload_id))
    left = s3.list_multipart_uploads(Bucket=bucket).get("Uploads")
    return [[upload["Key"] for upload in uploads], again, left]


def unequal_parts(s3: S3Client, bucket: str) -> object:
    bodies = [b"a" * size for size in (5 * MEBIBYTE, 5 * MEBIBYTE + 1, 1)]
    upload_id, parts = upload_parts(s3, bucket, "big", bodies)
    return attempt(lambda: complete(s3, bucket, "big", upload_id, parts)["Key"])


def part_copied(s3: S3Client, bucket: str) -> object:
    put_all(s3, bucket, "source")
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    part = s3.upload_part_copy(
        Bucket=bucket,
        Key="big",
        UploadId=upload_id,
        PartNumber=1,
        CopySource={"Bucket": bucket, "Key": "source"},
        CopySourceRange="bytes=1-3",
    )["CopyPartResult"]
    complete(s3, bucket, "big", upload_id, [{"PartNumber": 1, "ETag": part["ETag"]}])
    return [part["ETag"], s3.get_object(Bucket=bucket, Key="big")["Body"].read()]


def cors(s3: S3Client, bucket: str) -> object:
    before = attempt(lambda: s3.get_bucket_cors(Bucket=bucket))
    rule = {
        "AllowedMethods": ["GET", "PUT"],
        "AllowedOrigins": ["https://shop.example"],
        "AllowedHeaders": ["x-amz-*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 60,
    }
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    kept = plain(s3.get_bucket_cors(Bucket=bucket))
    s3.delete_bucket_cors(Bucket=bucket)
    return [before, kept, attempt(lambda: s3.get_bucket_cors(Bucket=bucket))]


def lifecycle(s3: S3Client, bucket: str) -> object:
    rules = [
        {
            "ID": "logs",
            "Status": "Enabled",
            "Filter": {"Prefix": "logs/"},
            "Expiration": {"Days": 3},
        },
        {
            "ID": "uploads",
            "Status": "Disabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
        },
    ]
    configuration = {"Rules": rules}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=configuration)
    kept = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    s3.delete_bucket_lifecycle(Bucket=bucket)
    return [kept, attempt(lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket))]


def new_buckets_lifecycle(s3: S3Client, bucket: str) -> object:
    return attempt(lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"])


def versioning(s3: S3Client, bucket: str) -> object:
    enabled = {"Status": "Enabled"}
    return [
        attempt(lambda: s3.get_bucket_versioning(Bucket=bucket)),
        attempt(lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=enabled)),
    ]


def access_list(s3: S3Client, bucket: str) -> object:
    return attempt(lambda: s3.get_bucket_acl(Bucket=bucket)["Grants"][0]["Permission"])


def tags(s3: S3Client, bucket: str) -> object:
    put_all(s3, bucket, "key")
    return [
        attempt(lambda: s3.get_bucket_tagging(Bucket=bucket)),
        attempt(lambda: s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"]),
    ]
