-- Whether a run's version may go live, by rows alone: the second computation of what governance/obstacles.py explains.
-- Views, each of which an auditor can read: what the gates ask, who is an author, which approvals count, what stands in the way.

-- What people approve of a plan: all but when and where it runs.
CREATE FUNCTION modelops_approved_part(body bytea) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT (plan - 'schedule') || jsonb_build_object('steps', (
    SELECT coalesce(jsonb_agg(step - 'profile' ORDER BY nth), '[]') FROM jsonb_array_elements(plan -> 'steps') WITH ORDINALITY AS s(step, nth)))
  FROM (SELECT convert_from(body, 'UTF8')::jsonb AS plan) p
$$;

-- What each gate of a run's plan asks: one row a role; a gate that asks nobody has a row without a role.
CREATE VIEW modelops_demand AS
SELECT r.id AS run, s.step ->> 'id' AS step, role.key AS role,
       CASE WHEN jsonb_typeof(role.value) = 'number' THEN (role.value #>> '{}')::numeric END AS persons,
       p.plan #>> '{model,owner}' AS owner,
       coalesce(s.step #>> '{options,meaning}', 'approve') = 'attest'
         AND (SELECT count(*) FROM jsonb_object_keys(s.step #> '{options,roles}')) = 1 AND role.key = 'owner' AS attests
FROM modelops_run r
JOIN modelops_document d ON d.digest = r.plan
CROSS JOIN LATERAL (SELECT convert_from(d.body, 'UTF8')::jsonb AS plan) p
CROSS JOIN LATERAL jsonb_array_elements(p.plan -> 'steps') AS s(step)
LEFT JOIN LATERAL jsonb_each(s.step #> '{options,roles}') AS role ON true
WHERE s.step ->> 'phase' = 'gate';

-- Who may not decide over a run's version, as names compare: the authors in the rows of all versions of the model with the same
-- bytes; developers whom the plans of their releases name; whom the provenance of these names; who started them or asked for them,
-- first with their plan; who wrote the list of approvers in force. But for the first, ASCII letters alone are folded; Python folds all.
CREATE VIEW modelops_author AS
SELECT r.id AS run, n.name
FROM modelops_run r
JOIN modelops_version v ON v.id = r.version_id
JOIN modelops_version w ON w.model_id = v.model_id AND w.artifact = v.artifact
CROSS JOIN LATERAL jsonb_array_elements_text(w.folded_authors::jsonb) AS n(name)
UNION ALL
SELECT r.id, lower(n.name)
FROM modelops_run r
JOIN modelops_version v ON v.id = r.version_id
JOIN modelops_version w ON w.model_id = v.model_id AND w.artifact = v.artifact
JOIN modelops_run o ON o.version_id = w.id AND o.environment IS NOT NULL
JOIN modelops_document d ON d.digest = o.plan
CROSS JOIN LATERAL jsonb_array_elements_text(convert_from(d.body, 'UTF8')::jsonb #> '{model,developers}') AS n(name)
UNION ALL
SELECT r.id, lower(btrim(n.name))
FROM modelops_run r
JOIN modelops_version v ON v.id = r.version_id
JOIN modelops_version w ON w.model_id = v.model_id AND w.artifact = v.artifact
JOIN modelops_run o ON o.version_id = w.id AND o.environment IS NOT NULL
CROSS JOIN LATERAL jsonb_array_elements(o.provenance::jsonb) AS f(file)
CROSS JOIN LATERAL jsonb_array_elements_text(f.file -> 'authors') AS n(name)
UNION ALL
SELECT r.id, lower(btrim(o.started_by))
FROM modelops_run r
JOIN modelops_version v ON v.id = r.version_id
JOIN modelops_version w ON w.model_id = v.model_id AND w.artifact = v.artifact
JOIN modelops_run o ON o.version_id = w.id AND o.environment IS NOT NULL
WHERE NOT EXISTS (SELECT 1 FROM modelops_run p WHERE p.version_id = o.version_id AND p.approved_plan = o.approved_plan
                  AND p.environment IS NOT NULL AND p.id < o.id)
UNION ALL
SELECT r.id, lower(btrim(e.facts ->> 'by'))
FROM modelops_run r
JOIN modelops_version v ON v.id = r.version_id
JOIN modelops_version w ON w.model_id = v.model_id AND w.artifact = v.artifact
JOIN modelops_run o ON o.version_id = w.id AND o.environment IS NOT NULL
CROSS JOIN LATERAL (SELECT convert_from(one.body, 'UTF8')::jsonb -> 'facts' AS facts FROM modelops_event one
                    WHERE one.kind = 'run-requested' AND one.outcome = 'done' AND one.model_id = o.model_id) e
WHERE e.facts ->> 'dag' = o.dag_id AND e.facts ->> 'run' = o.run_id
  AND NOT EXISTS (SELECT 1 FROM modelops_run p WHERE p.version_id = o.version_id AND p.approved_plan = o.approved_plan
                  AND p.environment IS NOT NULL AND p.id < o.id)
UNION ALL
SELECT r.id, lower(btrim(n.name))
FROM modelops_run r
JOIN modelops_governance a ON a.state = 'active'
CROSS JOIN LATERAL jsonb_array_elements_text(a.changed_by::jsonb) AS n(name);

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
  AND (d.expires_at IS NULL OR d.expires_at > clock_timestamp())
  AND CASE WHEN g.role = 'owner' THEN d.person = g.owner
           ELSE coalesce(a.facts::jsonb -> 'holders' -> g.role ? d.person, false) END
  AND (g.attests OR (a.facts::jsonb -> 'names' ? d.person AND NOT EXISTS (
    SELECT 1 FROM jsonb_array_elements_text(a.facts::jsonb -> 'names' -> d.person) AS n(name)
    JOIN modelops_author author ON author.run = r.id AND author.name = n.name)))
  AND NOT EXISTS (  -- whoever approved at another gate first counts there
    SELECT 1 FROM modelops_decision e
    WHERE e.subject = d.subject AND e.person = d.person AND e.step <> d.step AND e.id < d.id
      AND e.decision = 'approve' AND e.withdrawn_at IS NULL AND (e.expires_at IS NULL OR e.expires_at > clock_timestamp()))
  AND (seen.plan = r.plan OR (SELECT modelops_approved_part(x.body) FROM modelops_document x WHERE x.digest = seen.plan)
                           = (SELECT modelops_approved_part(y.body) FROM modelops_document y WHERE y.digest = r.plan));

-- What stands in the way of a run: anything at all; approvals; an emergency release in their place. Null where nothing does.
CREATE VIEW modelops_permission AS
SELECT r.id AS run,
  CASE
    WHEN r.verdict IS DISTINCT FROM 'pass' OR r.manifest IS NULL OR r.subject IS NULL THEN 'the run did not pass'
    WHEN r.artifact <> v.artifact OR r.model_id <> v.model_id THEN 'the run is of another artifact than its version'
    WHEN v.state NOT IN ('waiting', 'approved', 'in_use') THEN 'the version is neither waiting nor approved nor in use'
    WHEN NOT EXISTS (SELECT 1 FROM modelops_governance WHERE state = 'active') THEN 'no governance is in force'
    WHEN (SELECT s.step #>> '{options,to}' FROM jsonb_array_elements(p.plan -> 'steps') WITH ORDINALITY AS s(step, nth)
          WHERE s.step ->> 'uses' = 'deploy' ORDER BY nth LIMIT 1) IS DISTINCT FROM r.environment
      OR p.plan #>> '{model,id}' <> r.model_id THEN 'the slot is not that of the plan'
    WHEN EXISTS (SELECT 1 FROM jsonb_array_elements(p.plan -> 'steps') AS s(step)
      WHERE s.step ->> 'phase' IN ('prepare', 'check') AND s.step ->> 'uses' <> 'pin' AND NOT EXISTS (
        SELECT 1 FROM modelops_result x WHERE x.run = r.id AND x.step = s.step ->> 'id' AND x.current AND x.evidence IS NOT NULL
          AND (x.verdict = 'pass' OR (x.verdict = 'not_applicable' AND s.step -> 'required_by' = '[]'))))
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
    WHERE b.subject = r.subject AND b.closed_at IS NULL AND b.due_at > clock_timestamp()
      AND a.facts::jsonb -> 'names' ? b.person AND NOT EXISTS (
        SELECT 1 FROM jsonb_array_elements_text(a.facts::jsonb -> 'names' -> b.person) AS n(name)
        JOIN modelops_author author ON author.run = r.id AND author.name = n.name))
    THEN 'no emergency release is in force' END AS no_emergency
FROM modelops_run r
JOIN modelops_version v ON v.id = r.version_id
JOIN modelops_document d ON d.digest = r.plan
CROSS JOIN LATERAL (SELECT convert_from(d.body, 'UTF8')::jsonb AS plan) p;

-- Deployments go their way, and only with permission.
CREATE FUNCTION modelops_deployment_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
DECLARE
  reason text := 'no run, version and slot fit it under this fence';
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.epoch < OLD.epoch THEN
    PERFORM modelops_refuse('the database refuses the deployment: its epoch only grows');
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.state, NEW.epoch) IS NOT DISTINCT FROM (OLD.state, OLD.epoch) THEN
    RETURN NEW;
  END IF;
  IF NEW.state IN ('intent', 'publishing') THEN
    SELECT coalesce(p.obstacle, CASE NEW.cause WHEN 'break-glass' THEN p.no_emergency ELSE p.lacking END) INTO reason
    FROM modelops_run r
    JOIN modelops_permission p ON p.run = r.id
    JOIN modelops_slot s ON s.id = NEW.slot AND s.model_id = r.model_id AND s.environment = r.environment AND s.epoch = NEW.epoch
    WHERE r.id = NEW.run AND r.subject = NEW.subject AND r.artifact = NEW.artifact AND r.version_id = NEW.version_id
      AND r.model_id = NEW.model_id AND r.environment = NEW.environment;
    IF NOT FOUND THEN
      reason := 'no run, version and slot fit it under this fence';
    END IF;
  ELSIF NEW.state = 'live' THEN
    reason := CASE
      WHEN TG_OP = 'INSERT' THEN 'nothing is live that was not published'
      WHEN OLD.state NOT IN ('publishing', 'live') THEN 'nothing is live that was not published'
      WHEN NEW.observed IS DISTINCT FROM NEW.artifact THEN 'the target was not read back with these bytes'
      WHEN NOT EXISTS (SELECT 1 FROM modelops_slot s WHERE s.id = NEW.slot AND s.epoch = NEW.epoch) THEN 'its fence is stale'
    END;
  ELSE
    reason := NULL;
  END IF;
  IF reason IS NOT NULL THEN
    PERFORM modelops_refuse('the database refuses the deployment: ' || reason);
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER modelops_deployment_permitted BEFORE INSERT OR UPDATE ON modelops_deployment
FOR EACH ROW EXECUTE FUNCTION modelops_deployment_guard();
