-- Three roles for the register on Postgres. Run it as a superuser or as the database's owner, in the register's database,
-- after every `modelops db migrate`. It may be run again at any time: it makes what is missing and takes what is too much.
--
--   @owner@   owns the tables; nobody logs in as it. Migrations run as it: `modelops db migrate --as @owner@`
--   @api@     the API server: records what people do
--   @worker@  tasks, scheduler, DAG processor and triggerer: record what was measured and deployed, and never a decision
--
-- Passwords are not in here: ALTER ROLE @api@ PASSWORD '...'.

DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '@owner@') THEN CREATE ROLE "@owner@" NOLOGIN; END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '@api@') THEN CREATE ROLE "@api@" LOGIN NOINHERIT; END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '@worker@') THEN CREATE ROLE "@worker@" LOGIN NOINHERIT; END IF;
END $$;

-- The owner owns what is ours, and nothing in the schema is anybody's to make.
DO $$
DECLARE one record;
BEGIN
  EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC, "@api@", "@worker@"', current_schema());
  EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO "@owner@"', current_schema());
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO "@api@", "@worker@"', current_schema());
  FOR one IN SELECT oid::regclass AS name, relkind FROM pg_class
             WHERE relnamespace = current_schema()::regnamespace AND starts_with(relname, 'modelops_') AND relkind IN ('r', 'v') LOOP
    EXECUTE format('ALTER %s %s OWNER TO "@owner@"', CASE one.relkind WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END, one.name);
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, "@api@", "@worker@"', one.name);
    EXECUTE format('GRANT SELECT ON %s TO "@api@", "@worker@"', one.name);
  END LOOP;
  FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
             WHERE pronamespace = current_schema()::regnamespace AND starts_with(proname, 'modelops_') LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO "@owner@"', one.name);
  END LOOP;
END $$;

-- Both: the ledger only by its function, which checks who tells what; documents under their digest.
GRANT EXECUTE ON FUNCTION modelops_append(bytea) TO "@api@", "@worker@";
GRANT INSERT ON modelops_document, modelops_finding, modelops_slot, modelops_deployment, modelops_imported_pack TO "@api@", "@worker@";
GRANT UPDATE (message, closed_at, flips, calm_since, state, expires_at, ended) ON modelops_finding TO "@api@", "@worker@";
GRANT UPDATE (epoch) ON modelops_slot TO "@api@", "@worker@";
GRANT UPDATE (epoch, state, target, strength, at) ON modelops_deployment TO "@api@", "@worker@";
GRANT UPDATE (state, reason, authors, folded_authors) ON modelops_version TO "@api@", "@worker@";
GRANT UPDATE (state, settled_at) ON modelops_gate TO "@api@", "@worker@";
GRANT UPDATE (closed_at) ON modelops_break_glass TO "@api@", "@worker@";

-- The API server: what people do, and how many requests they make (no record: old counts are thrown away).
GRANT INSERT ON modelops_decision, modelops_key, modelops_break_glass, modelops_incident, modelops_incident_entry, modelops_waiver TO "@api@";
GRANT UPDATE (withdrawn_at) ON modelops_decision TO "@api@";
GRANT UPDATE (owner, due_at) ON modelops_finding TO "@api@";
GRANT UPDATE (state) ON modelops_waiver TO "@api@";
GRANT UPDATE (state, activated_by, activated_at, revoked_at, counter) ON modelops_key TO "@api@";
GRANT UPDATE (state, activated_by, activated_at, confirmed_by) ON modelops_governance TO "@api@";
GRANT INSERT, UPDATE, DELETE ON modelops_rate TO "@api@";
GRANT UPDATE (state, attempt, starts, reason, run_id, ended_at) ON modelops_recertification TO "@api@";

-- Tasks: what was defined, measured, opened and deployed. Governance they can only offer.
GRANT INSERT ON modelops_model, modelops_version, modelops_run, modelops_result, modelops_gate, modelops_pack,
  modelops_checkpoint, modelops_governance, modelops_scored, modelops_waived, modelops_campaign, modelops_recertification TO "@worker@";
GRANT UPDATE (campaign, state, attempt, starts, dag_id, run_id, lease_holder, lease_until, verdict, reason, started_at, ended_at)
  ON modelops_recertification TO "@worker@";
GRANT INSERT, UPDATE, DELETE ON modelops_scan TO "@worker@";
GRANT INSERT, UPDATE ON modelops_notice TO "@worker@";
GRANT UPDATE ON modelops_model TO "@worker@";
GRANT UPDATE (manifest, subject, verdict, warned, decided_at) ON modelops_run TO "@worker@";
GRANT UPDATE (current) ON modelops_result TO "@worker@";
GRANT UPDATE (subject, meaning, rules, opened_at, due_at) ON modelops_gate TO "@worker@";
GRANT UPDATE (observed, observed_at) ON modelops_deployment TO "@worker@";
GRANT UPDATE (anchors, stamp) ON modelops_checkpoint TO "@worker@";
GRANT UPDATE (state) ON modelops_governance TO "@worker@";
GRANT UPDATE (title) ON modelops_finding TO "@worker@";  -- the guard: emptied with its words
GRANT UPDATE (body) ON modelops_document TO "@worker@";

-- Numbers of new rows, where rows may be made.
DO $$
DECLARE one record;
BEGIN
  FOR one IN SELECT s.oid::regclass AS name, d.refobjid AS made_for FROM pg_class s
             JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'a'
             WHERE s.relkind = 'S' AND s.relnamespace = current_schema()::regnamespace AND starts_with(s.relname, 'modelops_') LOOP
    EXECUTE format('REVOKE ALL ON SEQUENCE %s FROM PUBLIC, "@api@", "@worker@"', one.name);
    IF has_table_privilege('@api@', one.made_for, 'INSERT') THEN
      EXECUTE format('GRANT USAGE ON SEQUENCE %s TO "@api@"', one.name);
    END IF;
    IF has_table_privilege('@worker@', one.made_for, 'INSERT') THEN
      EXECUTE format('GRANT USAGE ON SEQUENCE %s TO "@worker@"', one.name);
    END IF;
  END LOOP;
END $$;
