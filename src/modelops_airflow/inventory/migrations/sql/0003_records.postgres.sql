-- What was recorded stays: for everybody, the owner too. Which columns of which table may change is in the migration.

CREATE FUNCTION modelops_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  PERFORM modelops_refuse('the database refuses: rows of ' || TG_TABLE_NAME || ' are kept');
  RETURN NULL;
END $$;

-- The arguments are the columns that may change; without any, TG_ARGV is null.
CREATE FUNCTION modelops_fixed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
DECLARE
  may text[] := coalesce(TG_ARGV::text[], ARRAY[]::text[]);
BEGIN
  IF to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
    PERFORM modelops_refuse('the database refuses: what a row of ' || TG_TABLE_NAME || ' says is fixed');
  END IF;
  RETURN NEW;
END $$;

-- A document lies under its own digest.
CREATE FUNCTION modelops_document_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF NEW.digest <> 'sha256:' || encode(sha256(NEW.body), 'hex') THEN
    PERFORM modelops_refuse('the database refuses: a document lies under its own digest');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER modelops_document_digest BEFORE INSERT ON modelops_document
FOR EACH ROW EXECUTE FUNCTION modelops_document_guard();

-- A decision is taken back once, now.
CREATE FUNCTION modelops_decision_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF NEW.withdrawn_at IS NOT DISTINCT FROM OLD.withdrawn_at THEN
    RETURN NEW;
  END IF;
  IF OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
     OR NEW.withdrawn_at NOT BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp() + interval '1 second' THEN
    PERFORM modelops_refuse('the database refuses: a decision is taken back once, now');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER modelops_decision_once BEFORE UPDATE ON modelops_decision
FOR EACH ROW EXECUTE FUNCTION modelops_decision_guard();

-- Governance begins as pending; whoever may not decide can only offer it or take the offer back.
CREATE FUNCTION modelops_governance_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'pending' OR NEW.activated_by IS NOT NULL OR NEW.confirmed_by::jsonb <> '[]' THEN
      PERFORM modelops_refuse('the database refuses: governance begins as pending');
    END IF;
    RETURN NEW;
  END IF;
  IF (OLD.state, NEW.state) NOT IN (('pending', 'pending'), ('pending', 'active'), ('pending', 'superseded'),
                                    ('active', 'active'), ('active', 'superseded'), ('superseded', 'superseded')) THEN
    PERFORM modelops_refuse('the database refuses: governance goes from pending to active to superseded');
  END IF;
  IF NOT modelops_decides() AND ((OLD.state, NEW.state) <> ('pending', 'superseded')
     OR (NEW.activated_by, NEW.activated_at) IS DISTINCT FROM (OLD.activated_by, OLD.activated_at)
     OR NEW.confirmed_by::jsonb <> OLD.confirmed_by::jsonb) THEN
    PERFORM modelops_refuse('the database refuses: the login ' || session_user || ' may not put governance in force');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER modelops_governance_way BEFORE INSERT OR UPDATE ON modelops_governance
FOR EACH ROW EXECUTE FUNCTION modelops_governance_guard();

-- Authors only grow; retired is retired: a new release takes a new version.
CREATE FUNCTION modelops_version_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT jsonb_array_elements(OLD.authors::jsonb) EXCEPT SELECT jsonb_array_elements(NEW.authors::jsonb))
     OR EXISTS (SELECT jsonb_array_elements(OLD.folded_authors::jsonb) EXCEPT SELECT jsonb_array_elements(NEW.folded_authors::jsonb)) THEN
    PERFORM modelops_refuse('the database refuses: authors of a version only grow');
  END IF;
  IF OLD.state = 'retired' AND NEW.state IS DISTINCT FROM 'retired' THEN
    PERFORM modelops_refuse('the database refuses: a retired version stays retired');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER modelops_version_authors BEFORE UPDATE ON modelops_version
FOR EACH ROW EXECUTE FUNCTION modelops_version_guard();

-- A release is of a version whose authors have the developers that its plan names.
CREATE FUNCTION modelops_run_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF NEW.environment IS NOT NULL AND EXISTS (
    SELECT 1 FROM modelops_document d
    CROSS JOIN LATERAL jsonb_array_elements_text(convert_from(d.body, 'UTF8')::jsonb #> '{model,developers}') AS n(name)
    WHERE d.digest = NEW.plan AND NOT EXISTS (
      SELECT 1 FROM modelops_version v WHERE v.id = NEW.version_id AND v.folded_authors::jsonb ? lower(n.name))) THEN
    PERFORM modelops_refuse('the database refuses: the plan names a developer who is not among the authors of the version');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER modelops_run_developers BEFORE INSERT ON modelops_run
FOR EACH ROW EXECUTE FUNCTION modelops_run_guard();

-- The fence of a slot only grows.
CREATE FUNCTION modelops_slot_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF NEW.epoch < OLD.epoch THEN
    PERFORM modelops_refuse('the database refuses: the epoch of a slot only grows');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER modelops_slot_epoch BEFORE UPDATE ON modelops_slot
FOR EACH ROW EXECUTE FUNCTION modelops_slot_guard();

-- Closed is closed; an emergency lasts while its version is in service, or on its way there, without the approvals.
CREATE FUNCTION modelops_break_glass_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at THEN
    PERFORM modelops_refuse('the database refuses: an emergency release ends once');
  END IF;
  IF OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL
     AND EXISTS (SELECT 1 FROM modelops_deployment d WHERE d.subject = OLD.subject AND d.state IN ('live', 'intent', 'publishing'))
     AND NOT EXISTS (SELECT 1 FROM modelops_permission p JOIN modelops_run r ON r.id = p.run
       WHERE r.id = OLD.run AND r.subject = OLD.subject AND p.lacking IS NULL) THEN
    PERFORM modelops_refuse('the database refuses: an emergency release lasts until it is approved or out of service');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER modelops_break_glass_end BEFORE UPDATE ON modelops_break_glass
FOR EACH ROW EXECUTE FUNCTION modelops_break_glass_guard();

-- Whether the rows have what an event tells of the end of an emergency release; the ledger asks it where a task tells.
CREATE FUNCTION modelops_glass_ended(model text, facts jsonb) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT EXISTS (SELECT 1 FROM modelops_break_glass b
    WHERE b.model_id = model AND b.run::text = facts ->> 'run' AND b.subject = facts ->> 'subject' AND b.closed_at IS NOT NULL
      AND CASE facts ->> 'how'
        WHEN 'late' THEN b.due_at <= clock_timestamp()
        WHEN 'rejected' THEN EXISTS (SELECT 1 FROM modelops_decision d
          WHERE d.subject = b.subject AND d.decision = 'reject' AND d.withdrawn_at IS NULL)
        WHEN 'approved' THEN EXISTS (SELECT 1 FROM modelops_permission p WHERE p.run = b.run AND p.lacking IS NULL)
        ELSE false END)
    AND NOT EXISTS (SELECT 1 FROM modelops_break_glass o WHERE o.subject = facts ->> 'subject' AND o.closed_at IS NULL)
$$;

-- What tells of an emergency stays open as long as it, and what it says stays: only whoever decides adds to it.
CREATE FUNCTION modelops_finding_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF OLD.kind = 'break-glass' AND NEW.message <> OLD.message
     AND NOT (modelops_decides() AND starts_with(NEW.message, OLD.message)) THEN
    PERFORM modelops_refuse('the database refuses: what a finding says of an emergency release stays');
  END IF;
  IF OLD.kind = 'break-glass' AND OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL
     AND EXISTS (SELECT 1 FROM modelops_break_glass b WHERE b.model_id = OLD.model_id AND b.closed_at IS NULL) THEN
    PERFORM modelops_refuse('the database refuses: the finding stays open as long as the emergency release');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER modelops_finding_lasts BEFORE UPDATE ON modelops_finding
FOR EACH ROW EXECUTE FUNCTION modelops_finding_guard();

-- A key is proposed, confirmed, revoked: never back.
CREATE FUNCTION modelops_key_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'pending' THEN
      PERFORM modelops_refuse('the database refuses: a key begins as pending');
    END IF;
    RETURN NEW;
  END IF;
  IF (OLD.state, NEW.state) NOT IN (('pending', 'pending'), ('pending', 'active'), ('pending', 'revoked'),
                                    ('active', 'active'), ('active', 'revoked'), ('revoked', 'revoked')) THEN
    PERFORM modelops_refuse('the database refuses: a key goes from pending to active to revoked');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER modelops_key_way BEFORE INSERT OR UPDATE ON modelops_key
FOR EACH ROW EXECUTE FUNCTION modelops_key_guard();
