-- Whether a run's version may go live, by rows alone: the second computation of what governance/obstacles.py explains.
-- Views, each of which an auditor can read: what the gates ask, who is an author, which approvals count, what stands in the way.

-- What people approve of a plan: all but when and where it runs.
CREATE VIEW modelops_approved_part AS
SELECT d.digest, json_set(json_remove(CAST(d.body AS TEXT), '$.schedule'), '$.steps', (
  SELECT json_group_array(json(part)) FROM (
    SELECT json_remove(s.value, '$.profile') AS part FROM json_each(CAST(d.body AS TEXT), '$.steps') s ORDER BY s.key))) AS plan
FROM modelops_document d;

-- What each gate of a run's plan asks: one row a role; a gate that asks nobody has a row without a role.
CREATE VIEW modelops_demand AS
SELECT r.id AS run, json_extract(s.value, '$.id') AS step, role.key AS role,
       CASE WHEN role.type IN ('integer', 'real') THEN role.value END AS persons,
       json_extract(CAST(d.body AS TEXT), '$.model.owner') AS owner,
       coalesce(json_extract(s.value, '$.options.meaning'), 'approve') = 'attest'
         AND (SELECT count(*) FROM json_each(s.value, '$.options.roles')) = 1 AND role.key = 'owner' AS attests
FROM modelops_run r
JOIN modelops_document d ON d.digest = r.plan
JOIN json_each(CAST(d.body AS TEXT), '$.steps') s
LEFT JOIN json_each(s.value, '$.options.roles') role
WHERE json_extract(s.value, '$.phase') = 'gate';

-- Who may not decide over a run's version, as names compare: the authors in the rows of all versions of the model with the same
-- bytes; developers whom the plans of their releases name; whom the provenance of these names; who started them or asked for them,
-- first with their plan; who wrote the list of approvers in force. But for the first, ASCII letters alone are folded; Python folds all.
CREATE VIEW modelops_author AS
SELECT r.id AS run, name.value AS name
FROM modelops_run r
JOIN modelops_version v ON v.id = r.version_id
JOIN modelops_version w ON w.model_id = v.model_id AND w.artifact = v.artifact
JOIN json_each(w.folded_authors) name
UNION ALL
SELECT r.id, lower(name.value)
FROM modelops_run r
JOIN modelops_version v ON v.id = r.version_id
JOIN modelops_version w ON w.model_id = v.model_id AND w.artifact = v.artifact
JOIN modelops_run o ON o.version_id = w.id AND o.environment IS NOT NULL
JOIN modelops_document d ON d.digest = o.plan
JOIN json_each(CAST(d.body AS TEXT), '$.model.developers') name
UNION ALL
SELECT r.id, lower(trim(name.value))
FROM modelops_run r
JOIN modelops_version v ON v.id = r.version_id
JOIN modelops_version w ON w.model_id = v.model_id AND w.artifact = v.artifact
JOIN modelops_run o ON o.version_id = w.id AND o.environment IS NOT NULL
JOIN json_each(o.provenance) file
JOIN json_each(file.value, '$.authors') name
UNION ALL
SELECT r.id, lower(trim(o.started_by))
FROM modelops_run r
JOIN modelops_version v ON v.id = r.version_id
JOIN modelops_version w ON w.model_id = v.model_id AND w.artifact = v.artifact
JOIN modelops_run o ON o.version_id = w.id AND o.environment IS NOT NULL
WHERE NOT EXISTS (SELECT 1 FROM modelops_run p WHERE p.version_id = o.version_id AND p.approved_plan = o.approved_plan
                  AND p.environment IS NOT NULL AND p.id < o.id)
UNION ALL
SELECT r.id, lower(trim(json_extract(CAST(e.body AS TEXT), '$.facts.by')))
FROM modelops_run r
JOIN modelops_version v ON v.id = r.version_id
JOIN modelops_version w ON w.model_id = v.model_id AND w.artifact = v.artifact
JOIN modelops_run o ON o.version_id = w.id AND o.environment IS NOT NULL
JOIN modelops_event e ON e.kind = 'run-requested' AND e.outcome = 'done' AND e.model_id = o.model_id
  AND json_extract(CAST(e.body AS TEXT), '$.facts.dag') = o.dag_id AND json_extract(CAST(e.body AS TEXT), '$.facts.run') = o.run_id
WHERE NOT EXISTS (SELECT 1 FROM modelops_run p WHERE p.version_id = o.version_id AND p.approved_plan = o.approved_plan
                  AND p.environment IS NOT NULL AND p.id < o.id)
UNION ALL
SELECT r.id, lower(trim(name.value))
FROM modelops_run r
JOIN modelops_governance a ON a.state = 'active'
JOIN json_each(a.changed_by) name;

-- The approvals that count for a run: in force, by a holder of the role who is no author, each person at one gate only,
-- and given at a gate of a run with the same artifact and the same plan.
CREATE VIEW modelops_counted AS
SELECT g.run, g.step, g.role, d.person
FROM modelops_demand g
JOIN modelops_run r ON r.id = g.run
JOIN modelops_governance a ON a.state = 'active'
JOIN modelops_decision d ON d.subject = r.subject AND d.step = g.step AND d.role = g.role
JOIN modelops_gate asked ON asked.id = d.gate AND asked.step = d.step
JOIN modelops_run seen ON seen.id = asked.run AND seen.version_id = r.version_id AND seen.artifact = r.artifact
WHERE d.decision = 'approve' AND d.withdrawn_at IS NULL
  AND (d.expires_at IS NULL OR julianday(d.expires_at) > julianday('now'))
  AND CASE WHEN g.role = 'owner' THEN d.person = g.owner
           ELSE EXISTS (SELECT 1 FROM json_each(a.facts, '$.holders') h, json_each(h.value) p WHERE h.key = g.role AND p.value = d.person) END
  AND (g.attests OR (EXISTS (SELECT 1 FROM json_each(a.facts, '$.names') n WHERE n.key = d.person) AND NOT EXISTS (
    SELECT 1 FROM json_each(a.facts, '$.names') n, json_each(n.value) name, modelops_author author
    WHERE n.key = d.person AND author.run = r.id AND author.name = name.value)))
  AND NOT EXISTS (  -- whoever approved at another gate first counts there
    SELECT 1 FROM modelops_decision e
    WHERE e.subject = d.subject AND e.person = d.person AND e.step <> d.step AND e.id < d.id
      AND e.decision = 'approve' AND e.withdrawn_at IS NULL AND (e.expires_at IS NULL OR julianday(e.expires_at) > julianday('now')))
  AND (seen.plan = r.plan OR (SELECT x.plan FROM modelops_approved_part x WHERE x.digest = seen.plan)
                           = (SELECT y.plan FROM modelops_approved_part y WHERE y.digest = r.plan));

-- What stands in the way of a run: anything at all; approvals; an emergency release in their place. Null where nothing does.
CREATE VIEW modelops_permission AS
SELECT r.id AS run,
  CASE
    WHEN r.verdict IS NOT 'pass' OR r.manifest IS NULL OR r.subject IS NULL THEN 'the run did not pass'
    WHEN r.artifact <> v.artifact OR r.model_id <> v.model_id THEN 'the run is of another artifact than its version'
    WHEN v.state NOT IN ('waiting', 'approved', 'in_use') THEN 'the version is neither waiting nor approved nor in use'
    WHEN NOT EXISTS (SELECT 1 FROM modelops_governance WHERE state = 'active') THEN 'no governance is in force'
    WHEN (SELECT json_extract(s.value, '$.options.to') FROM json_each(CAST(d.body AS TEXT), '$.steps') s
          WHERE json_extract(s.value, '$.uses') = 'deploy' ORDER BY s.key LIMIT 1) IS NOT r.environment
      OR json_extract(CAST(d.body AS TEXT), '$.model.id') <> r.model_id THEN 'the slot is not that of the plan'
    WHEN EXISTS (SELECT 1 FROM json_each(CAST(d.body AS TEXT), '$.steps') s
      WHERE json_extract(s.value, '$.phase') IN ('prepare', 'check') AND json_extract(s.value, '$.uses') <> 'pin' AND NOT EXISTS (
        SELECT 1 FROM modelops_result x WHERE x.run = r.id AND x.step = json_extract(s.value, '$.id') AND x.current = 1
          AND x.evidence IS NOT NULL
          AND (x.verdict = 'pass' OR (x.verdict = 'not_applicable' AND json_array_length(s.value, '$.required_by') = 0))))
      THEN 'a step that is judged has no result that passes'
    WHEN NOT EXISTS (SELECT 1 FROM modelops_demand g WHERE g.run = r.id) THEN 'the plan has no gate'
    WHEN EXISTS (SELECT 1 FROM modelops_demand g WHERE g.run = r.id AND (g.role IS NULL OR g.persons IS NULL OR g.persons < 1))
      THEN 'a gate of the plan asks nobody'
    WHEN EXISTS (SELECT 1 FROM modelops_decision d WHERE d.subject = r.subject AND d.decision = 'reject' AND d.withdrawn_at IS NULL)
      THEN 'a rejection is in force'
  END AS obstacle,
  CASE WHEN EXISTS (SELECT 1 FROM modelops_demand g WHERE g.run = r.id AND g.persons > (
    SELECT count(DISTINCT c.person) FROM modelops_counted c WHERE c.run = r.id AND c.step = g.step AND c.role = g.role))
    THEN 'approvals are missing' END AS lacking,
  CASE WHEN NOT EXISTS (SELECT 1 FROM modelops_break_glass b JOIN modelops_governance a ON a.state = 'active'
    WHERE b.subject = r.subject AND b.closed_at IS NULL AND julianday(b.due_at) > julianday('now')
      AND EXISTS (SELECT 1 FROM json_each(a.facts, '$.names') n WHERE n.key = b.person) AND NOT EXISTS (
        SELECT 1 FROM json_each(a.facts, '$.names') n, json_each(n.value) name, modelops_author author
        WHERE n.key = b.person AND author.run = r.id AND author.name = name.value))
    THEN 'no emergency release is in force' END AS no_emergency
FROM modelops_run r
JOIN modelops_version v ON v.id = r.version_id
JOIN modelops_document d ON d.digest = r.plan;

-- The verdict over one deployment; SQLite raises only literal messages, so the migration spells a trigger over this view.
CREATE VIEW modelops_deployment_reason AS
SELECT d.id AS deployment,
  CASE
    WHEN d.state IN ('intent', 'publishing') THEN coalesce(
      (SELECT coalesce(p.obstacle, CASE d.cause WHEN 'break-glass' THEN p.no_emergency ELSE p.lacking END, '')
       FROM modelops_run r
       JOIN modelops_permission p ON p.run = r.id
       JOIN modelops_slot s ON s.id = d.slot AND s.model_id = r.model_id AND s.environment = r.environment AND s.epoch = d.epoch
       WHERE r.id = d.run AND r.subject = d.subject AND r.artifact = d.artifact AND r.version_id = d.version_id
         AND r.model_id = d.model_id AND r.environment = d.environment),
      'no run, version and slot fit it under this fence')
    WHEN d.state = 'live' AND d.observed IS NOT d.artifact THEN 'the target was not read back with these bytes'
    WHEN d.state = 'live' AND NOT EXISTS (SELECT 1 FROM modelops_slot s WHERE s.id = d.slot AND s.epoch = d.epoch) THEN 'its fence is stale'
    ELSE ''
  END AS reason
FROM modelops_deployment d;
