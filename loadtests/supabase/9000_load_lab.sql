-- What KV is compared with: short-lived values in a table, each its user's own. JobMatch's schema
-- has none for OAuth states and rate limits; apply this to a project before it is measured.
CREATE TABLE load_keys (
  key text PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  value jsonb NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX idx_load_keys_user_id ON load_keys (user_id);
ALTER TABLE load_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own rows" ON load_keys FOR ALL TO authenticated
  USING ((SELECT auth.uid()) = user_id) WITH CHECK ((SELECT auth.uid()) = user_id);

-- Counts a request in a window of so many seconds; unlike KV's read and write it is atomic.
CREATE FUNCTION count_request(counter text, seconds integer) RETURNS integer
LANGUAGE sql SECURITY INVOKER SET search_path = ''
AS $$
  INSERT INTO public.load_keys AS k (key, user_id, value, expires_at)
  VALUES (counter, auth.uid(), '1', now() + make_interval(secs => seconds))
  ON CONFLICT (key) DO UPDATE SET
    value = CASE WHEN k.expires_at < now() THEN '1'::jsonb
                 ELSE to_jsonb((k.value)::integer + 1) END,
    expires_at = CASE WHEN k.expires_at < now() THEN excluded.expires_at ELSE k.expires_at END
  RETURNING value::integer
$$;
