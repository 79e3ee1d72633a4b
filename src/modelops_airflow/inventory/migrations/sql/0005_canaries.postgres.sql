-- Canaries: a release may also be at the environment that its plan goes through, and what was pulled back goes nowhere.

-- The environment of the canary that a run's plan goes through; null for none.
CREATE VIEW modelops_through AS
SELECT r.id AS run,
  (SELECT s.step #>> '{options,through}' FROM jsonb_array_elements(convert_from(d.body, 'UTF8')::jsonb -> 'steps') WITH ORDINALITY AS s(step, nth)
   WHERE s.step ->> 'uses' = 'deploy' ORDER BY nth LIMIT 1) AS through
FROM modelops_run r
JOIN modelops_document d ON d.digest = r.plan;

-- As of 0003, but for the environment, the canary and the ledger.
CREATE OR REPLACE FUNCTION modelops_deployment_guard() RETURNS trigger
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
    SELECT coalesce(p.obstacle, CASE NEW.cause WHEN 'break-glass' THEN p.no_emergency ELSE p.lacking END,
      CASE
        WHEN EXISTS (SELECT 1 FROM modelops_event e WHERE e.kind = 'pulled-back' AND e.outcome = 'done' AND e.model_id = r.model_id
                     AND convert_from(e.body, 'UTF8')::jsonb #>> '{facts,subject}' = r.subject)
          THEN 'the ledger says that it was pulled back'
        WHEN NEW.cause = 'release' AND t.through IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM modelops_deployment c WHERE c.run = r.id AND c.subject = r.subject AND c.cause = 'canary'
            AND c.environment = t.through AND c.state = 'live')
          THEN 'it is not live in the canary of its plan'
      END) INTO reason
    FROM modelops_run r
    JOIN modelops_permission p ON p.run = r.id
    JOIN modelops_through t ON t.run = r.id
    JOIN modelops_slot s ON s.id = NEW.slot AND s.model_id = r.model_id AND s.environment = NEW.environment AND s.epoch = NEW.epoch
    WHERE r.id = NEW.run AND r.subject = NEW.subject AND r.artifact = NEW.artifact AND r.version_id = NEW.version_id
      AND r.model_id = NEW.model_id AND NEW.environment = CASE NEW.cause WHEN 'canary' THEN t.through ELSE r.environment END;
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
