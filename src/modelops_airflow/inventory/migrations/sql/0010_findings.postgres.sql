-- What people do to findings the API server tells; that time opened one again anybody may.

-- The words of before stay as they are under another name, and are asked for every other kind.
ALTER FUNCTION modelops_may_tell(text) RENAME TO modelops_may_tell_before_findings;
CREATE FUNCTION modelops_may_tell(kind text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT CASE
    WHEN starts_with(kind, 'finding-') AND kind <> 'finding-reopen' THEN modelops_decides()
    ELSE modelops_may_tell_before_findings(kind)
  END
$$;

ALTER FUNCTION modelops_looked_up(text) RENAME TO modelops_looked_up_before_findings;
CREATE FUNCTION modelops_looked_up(kind text) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT CASE
    WHEN starts_with(kind, 'finding-')
      THEN ARRAY['at', 'by', 'controls', 'due_before', 'evidence', 'finding', 'owner', 'part', 'said', 'severity', 'until', 'words']
    ELSE modelops_looked_up_before_findings(kind)
  END
$$;

-- What a person opened, tasks do not close.
CREATE FUNCTION modelops_raised_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF OLD.raised_by IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at AND NOT modelops_decides() THEN
    PERFORM modelops_refuse('the database refuses: what a person opened is closed by people');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER modelops_finding_raised BEFORE UPDATE ON modelops_finding
FOR EACH ROW EXECUTE FUNCTION modelops_raised_guard();
