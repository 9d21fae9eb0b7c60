"""R2: buckets of objects, behind the S3 API and Cloudflare's own."""
