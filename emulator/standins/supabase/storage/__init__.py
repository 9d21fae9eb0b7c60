"""Storage of the Supabase stand-in: buckets and objects at `/storage/v1`."""
