-- Whether a person restricted a version, or any of a model, and no two people in different roles have lifted it
-- (governance/restrictions.py, policy/restriction.py).
CREATE FUNCTION modelops_restricted_by_person(model text, version_told text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT EXISTS (
    SELECT 1 FROM modelops_event r
    CROSS JOIN LATERAL (SELECT convert_from(r.body, 'UTF8')::jsonb -> 'facts' AS facts) AS t
    WHERE r.model_id = model AND r.kind = 'restricted-by-person' AND r.outcome = 'done'
      AND (version_told IS NULL OR t.facts ->> 'version' = version_told)
      AND (SELECT least(count(DISTINCT m.facts ->> 'by'), count(DISTINCT n.role)) FROM modelops_event e
           CROSS JOIN LATERAL (SELECT convert_from(e.body, 'UTF8')::jsonb -> 'facts' AS facts) AS m
           CROSS JOIN LATERAL jsonb_array_elements_text(m.facts -> 'roles') AS n(role)
           WHERE e.model_id = model AND e.kind = 'conditions-met' AND e.outcome = 'done'
             AND m.facts ->> 'version' = t.facts ->> 'version' AND m.facts ->> 'restriction' = r.idx::text) < 2)
$$;

-- Tasks neither put such a version into full use nor close its finding.
CREATE FUNCTION modelops_restriction_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF NOT modelops_decides() AND modelops_restricted_by_person(NEW.model_id, to_jsonb(NEW) ->> 'version') THEN
    PERFORM modelops_refuse('the database refuses: a person restricted it, and two people lift that');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER modelops_version_restricted BEFORE UPDATE ON modelops_version FOR EACH ROW
WHEN (NEW.state = 'in_use' AND OLD.state <> 'in_use') EXECUTE FUNCTION modelops_restriction_guard();
CREATE TRIGGER modelops_finding_restricted BEFORE UPDATE ON modelops_finding FOR EACH ROW
WHEN (NEW.kind = 'restricted' AND OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL) EXECUTE FUNCTION modelops_restriction_guard();
