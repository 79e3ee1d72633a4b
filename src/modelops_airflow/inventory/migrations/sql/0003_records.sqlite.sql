-- What was recorded stays. Which columns of which table may change, and that none is deleted or replaced, is in the migration.

-- A decision is taken back once, now.
CREATE TRIGGER modelops_decision_once BEFORE UPDATE ON modelops_decision
WHEN NEW.withdrawn_at IS NOT OLD.withdrawn_at AND (OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
  OR (julianday('now') - julianday(NEW.withdrawn_at)) * 86400 NOT BETWEEN -2 AND 60)
BEGIN SELECT RAISE(ABORT, 'the database refuses: a decision is taken back once, now'); END;

-- Governance begins as pending, and goes one way.
CREATE TRIGGER modelops_governance_begin BEFORE INSERT ON modelops_governance
WHEN NEW.state <> 'pending' OR NEW.activated_by IS NOT NULL OR json_array_length(NEW.confirmed_by) <> 0
BEGIN SELECT RAISE(ABORT, 'the database refuses: governance begins as pending'); END;
CREATE TRIGGER modelops_governance_way BEFORE UPDATE ON modelops_governance
WHEN (OLD.state, NEW.state) NOT IN (VALUES ('pending', 'pending'), ('pending', 'active'), ('pending', 'superseded'),
                                           ('active', 'active'), ('active', 'superseded'), ('superseded', 'superseded'))
BEGIN SELECT RAISE(ABORT, 'the database refuses: governance goes from pending to active to superseded'); END;

-- A key is proposed, confirmed, revoked: never back.
CREATE TRIGGER modelops_key_begin BEFORE INSERT ON modelops_key
WHEN NEW.state <> 'pending'
BEGIN SELECT RAISE(ABORT, 'the database refuses: a key begins as pending'); END;
CREATE TRIGGER modelops_key_way BEFORE UPDATE ON modelops_key
WHEN (OLD.state, NEW.state) NOT IN (VALUES ('pending', 'pending'), ('pending', 'active'), ('pending', 'revoked'),
                                           ('active', 'active'), ('active', 'revoked'), ('revoked', 'revoked'))
BEGIN SELECT RAISE(ABORT, 'the database refuses: a key goes from pending to active to revoked'); END;

-- Authors only grow.
CREATE TRIGGER modelops_version_authors BEFORE UPDATE ON modelops_version
WHEN EXISTS (SELECT value FROM json_each(OLD.authors) EXCEPT SELECT value FROM json_each(NEW.authors))
  OR EXISTS (SELECT value FROM json_each(OLD.folded_authors) EXCEPT SELECT value FROM json_each(NEW.folded_authors))
BEGIN SELECT RAISE(ABORT, 'the database refuses: authors of a version only grow'); END;

-- A release is of a version whose authors have the developers that its plan names.
CREATE TRIGGER modelops_run_developers BEFORE INSERT ON modelops_run
WHEN NEW.environment IS NOT NULL AND EXISTS (
  SELECT 1 FROM modelops_document d, json_each(CAST(d.body AS TEXT), '$.model.developers') named
  WHERE d.digest = NEW.plan AND NOT EXISTS (
    SELECT 1 FROM modelops_version v, json_each(v.folded_authors) author WHERE v.id = NEW.version_id AND author.value = lower(named.value)))
BEGIN SELECT RAISE(ABORT, 'the database refuses: the plan names a developer who is not among the authors of the version'); END;

-- Retired is retired: a new release takes a new version.
CREATE TRIGGER modelops_version_retired BEFORE UPDATE ON modelops_version
WHEN OLD.state = 'retired' AND NEW.state IS NOT 'retired'
BEGIN SELECT RAISE(ABORT, 'the database refuses: a retired version stays retired'); END;

-- The fence of a slot only grows.
CREATE TRIGGER modelops_slot_epoch BEFORE UPDATE ON modelops_slot
WHEN NEW.epoch < OLD.epoch
BEGIN SELECT RAISE(ABORT, 'the database refuses: the epoch of a slot only grows'); END;

-- Closed is closed.
CREATE TRIGGER modelops_break_glass_end BEFORE UPDATE ON modelops_break_glass
WHEN OLD.closed_at IS NOT NULL AND NEW.closed_at IS NOT OLD.closed_at
BEGIN SELECT RAISE(ABORT, 'the database refuses: an emergency release ends once'); END;

-- An emergency lasts while its version is in service, or on its way there, without the approvals.
CREATE TRIGGER modelops_break_glass_lasts BEFORE UPDATE ON modelops_break_glass
WHEN OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL
  AND EXISTS (SELECT 1 FROM modelops_deployment d WHERE d.subject = OLD.subject AND d.state IN ('live', 'intent', 'publishing'))
  AND NOT EXISTS (SELECT 1 FROM modelops_permission p JOIN modelops_run r ON r.id = p.run
    WHERE r.id = OLD.run AND r.subject = OLD.subject AND p.lacking IS NULL)
BEGIN SELECT RAISE(ABORT, 'the database refuses: an emergency release lasts until it is approved or out of service'); END;

-- What tells of an emergency stays open as long as it, and what it says stays; it may be added to.
CREATE TRIGGER modelops_finding_says BEFORE UPDATE ON modelops_finding
WHEN OLD.kind = 'break-glass' AND substr(NEW.message, 1, length(OLD.message)) <> OLD.message
BEGIN SELECT RAISE(ABORT, 'the database refuses: what a finding says of an emergency release stays'); END;
CREATE TRIGGER modelops_finding_lasts BEFORE UPDATE ON modelops_finding
WHEN OLD.kind = 'break-glass' AND OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL
  AND EXISTS (SELECT 1 FROM modelops_break_glass b WHERE b.model_id = OLD.model_id AND b.closed_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'the database refuses: the finding stays open as long as the emergency release'); END;

-- Deployments go their way.
CREATE TRIGGER modelops_deployment_epoch BEFORE UPDATE ON modelops_deployment
WHEN NEW.epoch < OLD.epoch
BEGIN SELECT RAISE(ABORT, 'the database refuses the deployment: its epoch only grows'); END;
CREATE TRIGGER modelops_deployment_not_live BEFORE INSERT ON modelops_deployment
WHEN NEW.state = 'live'
BEGIN SELECT RAISE(ABORT, 'the database refuses the deployment: nothing is live that was not published'); END;
CREATE TRIGGER modelops_deployment_published BEFORE UPDATE ON modelops_deployment
WHEN NEW.state = 'live' AND OLD.state NOT IN ('publishing', 'live')
BEGIN SELECT RAISE(ABORT, 'the database refuses the deployment: nothing is live that was not published'); END;
