"""What Cloudflare would bill: units as they are used, and the month's bill of them."""
