"""The Supabase stand-in: one project for each account, of which Auth is built."""
