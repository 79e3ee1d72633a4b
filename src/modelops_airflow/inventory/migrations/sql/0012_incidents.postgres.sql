-- What people do about incidents the API server tells; that a message was sent, tasks.

-- The words of before stay as they are under another name, and are asked for every other kind.
ALTER FUNCTION modelops_may_tell(text) RENAME TO modelops_may_tell_before_incidents;
CREATE FUNCTION modelops_may_tell(kind text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT CASE
    WHEN starts_with(kind, 'incident-') THEN modelops_decides()
    WHEN kind = 'notified' THEN modelops_measures()
    ELSE modelops_may_tell_before_incidents(kind)
  END
$$;
