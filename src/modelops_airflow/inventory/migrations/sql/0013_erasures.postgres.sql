-- What two people decided to erase may be emptied; who tells of holds and erasures.

-- The words of before stay as they are under another name, and are asked for every other kind.
ALTER FUNCTION modelops_may_tell(text) RENAME TO modelops_may_tell_before_erasures;
CREATE FUNCTION modelops_may_tell(kind text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT CASE
    WHEN kind IN ('hold-placed', 'hold-lifted', 'erasure-asked', 'erasure-approved') THEN modelops_decides()
    WHEN kind IN ('erasure-begun', 'erased') THEN modelops_measures()
    ELSE modelops_may_tell_before_erasures(kind)
  END
$$;

ALTER FUNCTION modelops_looked_up(text) RENAME TO modelops_looked_up_before_erasures;
CREATE FUNCTION modelops_looked_up(kind text) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT CASE kind
    WHEN 'hold-placed' THEN ARRAY['by', 'digest', 'run']
    WHEN 'hold-lifted' THEN ARRAY['by', 'hold']
    WHEN 'erasure-asked' THEN ARRAY['by', 'digest', 'ground']
    WHEN 'erasure-approved' THEN ARRAY['ask', 'by', 'digest']
    WHEN 'erasure-begun' THEN ARRAY['ask', 'digest', 'media_type']
    WHEN 'erased' THEN ARRAY['approved_by', 'ask', 'asked_by', 'copy_of', 'digest', 'ground', 'media_type', 'size']
    ELSE modelops_looked_up_before_erasures(kind)
  END
$$;

-- A document is emptied where an erasure of it was approved, which tasks cannot tell the ledger; else it is fixed.
CREATE FUNCTION modelops_document_emptied() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF NEW.digest IS DISTINCT FROM OLD.digest OR NEW.at IS DISTINCT FROM OLD.at
     OR (NEW.body IS DISTINCT FROM OLD.body AND NOT (length(NEW.body) = 0 AND EXISTS (
       SELECT 1 FROM modelops_event e WHERE e.kind = 'erasure-approved' AND e.outcome = 'done'
       AND convert_from(e.body, 'UTF8')::jsonb #>> '{facts,digest}' = OLD.digest))) THEN
    PERFORM modelops_refuse('the database refuses: what a row of modelops_document says is fixed');
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER modelops_document_fixed ON modelops_document;
CREATE TRIGGER modelops_document_fixed BEFORE UPDATE ON modelops_document
FOR EACH ROW EXECUTE FUNCTION modelops_document_emptied();
