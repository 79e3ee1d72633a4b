-- Re-certification: people pause, resume and retry; tasks find, start and end.

-- The words of before stay as they are under another name, and are asked for every other kind.
ALTER FUNCTION modelops_may_tell(text) RENAME TO modelops_may_tell_before_recertifications;
CREATE FUNCTION modelops_may_tell(kind text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT CASE
    WHEN kind IN ('recertification-paused', 'recertification-resumed', 'recertification-retried') THEN modelops_decides()
    WHEN kind IN ('recertification-found', 'recertification-started', 'recertification-ended') THEN modelops_measures()
    ELSE modelops_may_tell_before_recertifications(kind)
  END
$$;

ALTER FUNCTION modelops_looked_up(text) RENAME TO modelops_looked_up_before_recertifications;
CREATE FUNCTION modelops_looked_up(kind text) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT CASE
    WHEN kind = 'recertification-paused' THEN ARRAY['by', 'reason', 'until']
    WHEN kind = 'recertification-resumed' THEN ARRAY['by', 'reason']
    WHEN kind = 'recertification-started' THEN ARRAY['cause', 'dag', 'run']
    ELSE modelops_looked_up_before_recertifications(kind)
  END
$$;
