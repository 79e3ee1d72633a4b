-- Canaries: a release may also be at the environment that its plan goes through, and what was pulled back goes nowhere.

-- The environment of the canary that a run's plan goes through; null for none.
CREATE VIEW modelops_through AS
SELECT r.id AS run,
  (SELECT json_extract(s.value, '$.options.through') FROM json_each(CAST(d.body AS TEXT), '$.steps') s
   WHERE json_extract(s.value, '$.uses') = 'deploy' ORDER BY s.key LIMIT 1) AS through
FROM modelops_run r
JOIN modelops_document d ON d.digest = r.plan;

-- As of 0003, but for the environment, the canary and the ledger.
DROP VIEW modelops_deployment_reason;
CREATE VIEW modelops_deployment_reason AS
SELECT d.id AS deployment,
  CASE
    WHEN d.state IN ('intent', 'publishing') THEN coalesce(
      (SELECT coalesce(p.obstacle, CASE d.cause WHEN 'break-glass' THEN p.no_emergency ELSE p.lacking END,
         CASE
           WHEN EXISTS (SELECT 1 FROM modelops_event e WHERE e.kind = 'pulled-back' AND e.outcome = 'done' AND e.model_id = r.model_id
                        AND json_extract(CAST(e.body AS TEXT), '$.facts.subject') = r.subject)
             THEN 'the ledger says that it was pulled back'
           WHEN d.cause = 'release' AND t.through IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM modelops_deployment c WHERE c.run = r.id AND c.subject = r.subject AND c.cause = 'canary'
               AND c.environment = t.through AND c.state = 'live')
             THEN 'it is not live in the canary of its plan'
         END, '')
       FROM modelops_run r
       JOIN modelops_permission p ON p.run = r.id
       JOIN modelops_through t ON t.run = r.id
       JOIN modelops_slot s ON s.id = d.slot AND s.model_id = r.model_id AND s.environment = d.environment AND s.epoch = d.epoch
       WHERE r.id = d.run AND r.subject = d.subject AND r.artifact = d.artifact AND r.version_id = d.version_id
         AND r.model_id = d.model_id AND d.environment = CASE d.cause WHEN 'canary' THEN t.through ELSE r.environment END),
      'no run, version and slot fit it under this fence')
    WHEN d.state = 'live' AND d.observed IS NOT d.artifact THEN 'the target was not read back with these bytes'
    WHEN d.state = 'live' AND NOT EXISTS (SELECT 1 FROM modelops_slot s WHERE s.id = d.slot AND s.epoch = d.epoch) THEN 'its fence is stale'
    ELSE ''
  END AS reason
FROM modelops_deployment d;
