-- The words of 0008, with those of incidents and of messages that were sent.

-- What people do is told by the API server alone, what tasks do by tasks alone; the rest by both.
CREATE OR REPLACE FUNCTION modelops_may_tell(kind text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT CASE
    WHEN kind IN ('decision', 'withdrawal', 'governance-confirmed', 'governance-activated', 'governance-first-use',
                  'break-glass', 'suspended', 'retired', 'rollback', 'run-requested',
                  'waiver-accepted', 'waiver-revoked') OR starts_with(kind, 'key-') OR starts_with(kind, 'incident-')
      THEN modelops_decides()
    WHEN kind IN ('governance-proposed', 'governance-withdrawn', 'defined', 'definition-missing', 'pinned', 'recorded',
                  'decided', 'gate-opened', 'publishing', 'live', 'packed', 'scored', 'legacy-declared', 'notified')
      THEN modelops_measures()
    ELSE true
  END
$$;
