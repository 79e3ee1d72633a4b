-- The words of 0008, with those of re-certification: people pause, resume and retry; tasks find, start and end.

-- What people do is told by the API server alone, what tasks do by tasks alone; the rest by both.
CREATE OR REPLACE FUNCTION modelops_may_tell(kind text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT CASE
    WHEN kind IN ('decision', 'withdrawal', 'governance-confirmed', 'governance-activated', 'governance-first-use',
                  'break-glass', 'suspended', 'retired', 'rollback', 'run-requested',
                  'waiver-accepted', 'waiver-revoked', 'recertification-paused', 'recertification-resumed', 'recertification-retried') OR starts_with(kind, 'key-')
      THEN modelops_decides()
    WHEN kind IN ('governance-proposed', 'governance-withdrawn', 'defined', 'definition-missing', 'pinned', 'recorded',
                  'decided', 'gate-opened', 'publishing', 'live', 'packed', 'scored', 'legacy-declared',
                  'recertification-found', 'recertification-started', 'recertification-ended')
      THEN modelops_measures()
    ELSE true
  END
$$;

-- What readers of the ledger look up in what was done (governance/on_record.py, signing.py, key_record.py, assured.py,
-- legacy.py, pause.py, budget.py).
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
    WHEN 'recertification-paused' THEN ARRAY['by', 'reason', 'until']
    WHEN 'recertification-resumed' THEN ARRAY['by', 'reason']
    WHEN 'recertification-started' THEN ARRAY['cause', 'dag', 'run']
    WHEN 'assurance' THEN ARRAY['forgers', 'lacks', 'level', 'meaning', 'setup']
    ELSE ARRAY[]::text[]
  END
$$;
