-- The words of 0008, with those of findings: what people do to them the API server tells, that time opened one again anybody may.

-- What people do is told by the API server alone, what tasks do by tasks alone; the rest by both.
CREATE OR REPLACE FUNCTION modelops_may_tell(kind text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT CASE
    WHEN kind IN ('decision', 'withdrawal', 'governance-confirmed', 'governance-activated', 'governance-first-use',
                  'break-glass', 'suspended', 'retired', 'rollback', 'run-requested',
                  'waiver-accepted', 'waiver-revoked') OR starts_with(kind, 'key-')
         OR (starts_with(kind, 'finding-') AND kind <> 'finding-reopen')
      THEN modelops_decides()
    WHEN kind IN ('governance-proposed', 'governance-withdrawn', 'defined', 'definition-missing', 'pinned', 'recorded',
                  'decided', 'gate-opened', 'publishing', 'live', 'packed', 'scored', 'legacy-declared')
      THEN modelops_measures()
    ELSE true
  END
$$;

-- What readers of the ledger look up in what was done (governance/on_record.py, signing.py, key_record.py, assured.py,
-- legacy.py, finding_record.py).
CREATE OR REPLACE FUNCTION modelops_looked_up(kind text) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE kind
    WHEN 'run-requested' THEN ARRAY['by', 'dag', 'run']
    WHEN 'pinned' THEN ARRAY['artifact', 'authors', 'by', 'dag', 'design', 'plan', 'run', 'version']
    WHEN 'recorded' THEN ARRAY['dag', 'evidence', 'run', 'step', 'verdict']
    WHEN 'decided' THEN ARRAY['dag', 'manifest', 'run', 'subject', 'verdict', 'warned']
    WHEN 'decision' THEN ARRAY['auth', 'decision', 'expires', 'gate', 'person', 'role', 'step', 'subject']
    WHEN 'withdrawal' THEN ARRAY['person', 'step', 'subject']
    WHEN 'promotion' THEN ARRAY['artifact', 'cause', 'environment', 'epoch', 'run', 'subject', 'version']
    WHEN 'live' THEN ARRAY['artifact', 'deployment', 'environment', 'epoch', 'version']
    WHEN 'suspended' THEN ARRAY['by', 'environment']
    WHEN 'retired' THEN ARRAY['by', 'versions']
    WHEN 'break-glass' THEN ARRAY['by', 'due', 'run', 'subject']
    WHEN 'break-glass-ended' THEN ARRAY['how', 'run', 'subject']
    WHEN 'governance-activated' THEN ARRAY['by', 'governance']
    WHEN 'key-proposed' THEN ARRAY['fingerprint', 'kind', 'person']
    WHEN 'key-activated' THEN ARRAY['by', 'envelope', 'fingerprint', 'person']
    WHEN 'key-revoked' THEN ARRAY['fingerprint']
    WHEN 'legacy-declared' THEN ARRAY['artifact', 'authors', 'environment', 'name', 'since', 'terms', 'until', 'version']
    WHEN 'waiver-accepted' THEN ARRAY['by', 'terms']
    WHEN 'waiver-revoked' THEN ARRAY['by', 'terms']
    WHEN 'pulled-back' THEN ARRAY['environment', 'epoch', 'subject']
    WHEN 'canary-ended' THEN ARRAY['environment', 'epoch']
    WHEN 'watched' THEN ARRAY['deployment', 'environment', 'epoch']
    WHEN 'assurance' THEN ARRAY['forgers', 'lacks', 'level', 'meaning', 'setup']
    ELSE CASE WHEN starts_with(kind, 'finding-')
      THEN ARRAY['at', 'by', 'controls', 'due_before', 'evidence', 'finding', 'owner', 'part', 'said', 'severity', 'until', 'words']
      ELSE ARRAY[]::text[] END
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
