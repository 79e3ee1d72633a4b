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

-- A tombstone tells of what one person asked for and another approved: tasks write it, and cannot tell of those two.
CREATE FUNCTION modelops_erasure_decided() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
DECLARE
  told jsonb := convert_from(NEW.body, 'UTF8')::jsonb -> 'facts';
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM modelops_event a CROSS JOIN LATERAL (SELECT convert_from(a.body, 'UTF8')::jsonb -> 'facts') asked (facts),
      modelops_event b CROSS JOIN LATERAL (SELECT convert_from(b.body, 'UTF8')::jsonb -> 'facts') agreed (facts)
    WHERE a.kind = 'erasure-asked' AND a.outcome = 'done' AND b.kind = 'erasure-approved' AND b.outcome = 'done'
    AND to_jsonb(a.idx) = told -> 'ask' AND to_jsonb(b.idx) = told -> 'approval' AND agreed.facts -> 'ask' = told -> 'ask'
    AND asked.facts ->> 'digest' = coalesce(told ->> 'copy_of', told ->> 'digest') AND agreed.facts -> 'digest' = asked.facts -> 'digest'
    AND asked.facts -> 'ground' = told -> 'ground' AND asked.facts -> 'by' = told -> 'asked_by' AND agreed.facts -> 'by' = told -> 'approved_by'
    AND asked.facts -> 'by' <> agreed.facts -> 'by') THEN
    PERFORM modelops_refuse('the database refuses: no two people decided the erasure that an event tells of');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER modelops_event_erased BEFORE INSERT ON modelops_event
FOR EACH ROW WHEN (NEW.kind = 'erased' AND NEW.outcome = 'done') EXECUTE FUNCTION modelops_erasure_decided();

-- A document is emptied where an erasure of it was approved, which tasks cannot tell the ledger, and has begun, and no hold on it or on
-- all of its model was placed after that and stands; else it is fixed.
CREATE FUNCTION modelops_document_emptied() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF NEW.digest IS DISTINCT FROM OLD.digest OR NEW.at IS DISTINCT FROM OLD.at
     OR (NEW.body IS DISTINCT FROM OLD.body AND NOT (length(NEW.body) = 0 AND EXISTS (
       SELECT 1 FROM modelops_event b CROSS JOIN LATERAL (SELECT convert_from(b.body, 'UTF8')::jsonb -> 'facts') begun (facts)
       WHERE b.kind = 'erasure-begun' AND b.outcome = 'done' AND begun.facts ->> 'digest' = OLD.digest
       AND EXISTS (
         SELECT 1 FROM modelops_event a CROSS JOIN LATERAL (SELECT convert_from(a.body, 'UTF8')::jsonb -> 'facts') agreed (facts)
         WHERE a.kind = 'erasure-approved' AND a.outcome = 'done' AND a.idx < b.idx
         AND agreed.facts -> 'ask' = begun.facts -> 'ask' AND agreed.facts -> 'digest' = begun.facts -> 'digest')
       AND NOT EXISTS (
         SELECT 1 FROM modelops_event h CROSS JOIN LATERAL (SELECT convert_from(h.body, 'UTF8')::jsonb -> 'facts') held (facts)
         WHERE h.kind = 'hold-placed' AND h.outcome = 'done' AND h.idx > b.idx
         AND (held.facts ->> 'digest' = OLD.digest
              OR (h.model_id = b.model_id AND held.facts ->> 'digest' IS NULL AND held.facts ->> 'run' IS NULL))
         AND NOT EXISTS (
           SELECT 1 FROM modelops_event l WHERE l.kind = 'hold-lifted' AND l.outcome = 'done'
           AND convert_from(l.body, 'UTF8')::jsonb #> '{facts,hold}' = to_jsonb(h.idx)))))) THEN
    PERFORM modelops_refuse('the database refuses: what a row of modelops_document says is fixed');
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER modelops_document_fixed ON modelops_document;
CREATE TRIGGER modelops_document_fixed BEFORE UPDATE ON modelops_document
FOR EACH ROW EXECUTE FUNCTION modelops_document_emptied();

-- The title of a finding is fixed until the words that it repeats were erased.
CREATE FUNCTION modelops_title_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF NOT (NEW.title = '(no longer kept)' AND EXISTS (
    SELECT 1 FROM modelops_event e JOIN modelops_document d ON d.digest = convert_from(e.body, 'UTF8')::jsonb #>> '{facts,words}'
    WHERE e.kind = 'finding-open' AND e.outcome = 'done' AND convert_from(e.body, 'UTF8')::jsonb #> '{facts,finding}' = to_jsonb(OLD.id)
    AND length(d.body) = 0)) THEN
    PERFORM modelops_refuse('the database refuses: what a row of modelops_finding says is fixed');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER modelops_finding_title BEFORE UPDATE ON modelops_finding
FOR EACH ROW WHEN (NEW.title IS DISTINCT FROM OLD.title) EXECUTE FUNCTION modelops_title_guard();
DROP TRIGGER modelops_finding_fixed ON modelops_finding;
CREATE TRIGGER modelops_finding_fixed BEFORE UPDATE ON modelops_finding FOR EACH ROW EXECUTE FUNCTION modelops_fixed(
  'title', 'message', 'closed_at', 'flips', 'calm_since', 'state', 'owner', 'due_at', 'expires_at', 'ended');
