"""From Supabase to Cloudflare: tables into D1, files into R2, vectors into Vectorize."""
