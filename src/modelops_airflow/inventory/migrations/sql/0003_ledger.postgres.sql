-- The ledger on Postgres is appended by one function, which checks what it is told and hashes it itself.
-- It runs as its owner: a login needs EXECUTE, and no right to write the table. `session_user` stays the login.

-- What the next event must say. Takes the lock that makes writers wait for each other until they commit.
CREATE FUNCTION modelops_turn(OUT idx integer, OUT at timestamptz, OUT login text)
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7885631859322744947);
  SELECT coalesce(max(e.idx) + 1, 0), clock_timestamp(), session_user INTO idx, at, login FROM modelops_event e;
END $$;

CREATE FUNCTION modelops_refuse(reason text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = reason;
END $$;

-- Whether the login may write decisions: the API server may, tasks may not, the owner may everything.
CREATE FUNCTION modelops_decides() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT has_table_privilege(session_user, 'modelops_decision', 'INSERT')
$$;

-- Whether the login may record results: tasks may, the API server may not.
CREATE FUNCTION modelops_measures() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT has_table_privilege(session_user, 'modelops_result', 'INSERT')
$$;

-- What people do is told by the API server alone, what tasks do by tasks alone; the rest by both.
CREATE FUNCTION modelops_may_tell(kind text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT CASE
    WHEN kind IN ('decision', 'withdrawal', 'governance-confirmed', 'governance-activated', 'governance-first-use',
                  'break-glass', 'suspended', 'retired', 'rollback', 'run-requested') OR starts_with(kind, 'key-')
      THEN modelops_decides()
    WHEN kind IN ('governance-proposed', 'governance-withdrawn', 'defined', 'definition-missing', 'pinned', 'recorded',
                  'decided', 'gate-opened', 'publishing', 'live', 'packed')
      THEN modelops_measures()
    ELSE true
  END
$$;

-- What readers of the ledger look up in what was done (governance/on_record.py, signing.py, key_record.py, assured.py).
CREATE FUNCTION modelops_looked_up(kind text) RETURNS text[]
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
    WHEN 'assurance' THEN ARRAY['forgers', 'lacks', 'level', 'meaning', 'setup']
    ELSE ARRAY[]::text[]
  END
$$;

CREATE FUNCTION modelops_texts(list jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_typeof(list) = 'array' AND NOT jsonb_path_exists(list, 'strict $[*] ? (@.type() != "string")')
$$;

-- Names of facts that are not there or that no reader could make sense of: names are lists of texts, an envelope or a set-up
-- is an object, all else is one value.
CREATE FUNCTION modelops_unreadable(kind text, facts jsonb) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, @schema@, pg_temp AS $$
  SELECT string_agg(one, ', ' ORDER BY one) FROM unnest(modelops_looked_up(kind)) one
  WHERE NOT coalesce(CASE
    WHEN one IN ('authors', 'forgers', 'lacks', 'versions') THEN modelops_texts(facts -> one)
    WHEN one = 'envelope' THEN jsonb_typeof(facts -> one) IN ('object', 'null')
    WHEN one = 'setup' THEN jsonb_typeof(facts -> one) = 'object' AND coalesce(modelops_texts(facts -> one -> 'anchors'), true)
    ELSE jsonb_typeof(facts -> one) NOT IN ('array', 'object')
  END, false)
$$;

-- Whether an event is larger or deeper than readers must cope with; null if not. The text counts, not what a parser
-- makes of it: of a key that stands there twice jsonb keeps one. The same limits as in ledger/append.py.
CREATE FUNCTION modelops_too_large(told text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  nested text;
BEGIN
  IF octet_length(told) > 262144 THEN
    RETURN 'it has ' || octet_length(told) || ' bytes, at most 262144 are kept';
  END IF;
  nested := regexp_replace(regexp_replace(told, '"(?:[^"\\]|\\.)*"', '', 'g'), '[^][{}]', '', 'g');
  nested := translate(nested, '{}', '[]');
  FOR level IN 1..20 LOOP
    nested := replace(nested, '[]', '');  -- the innermost of what is left
  END LOOP;
  RETURN CASE WHEN nested <> '' THEN 'it is nested more than 20 deep' END;
END $$;

-- What is wrong with an event that somebody wants to append; null if nothing is.
CREATE FUNCTION modelops_event_problem(told text, next integer) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, @schema@, pg_temp AS $$
DECLARE
  event jsonb := told::jsonb;
  at timestamptz;
BEGIN
  IF modelops_too_large(told) IS NOT NULL THEN
    RETURN modelops_too_large(told);
  END IF;
  IF (SELECT array_agg(one ORDER BY one) FROM json_object_keys(told::json) one)
     IS DISTINCT FROM ARRAY['at', 'facts', 'index', 'kind', 'login', 'model', 'outcome'] THEN
    RETURN 'it must have at, facts, index, kind, login, model and outcome, each once';
  END IF;
  IF jsonb_typeof(event -> 'index') IS DISTINCT FROM 'number' OR event ->> 'index' IS DISTINCT FROM next::text THEN
    RETURN 'its index is ' || coalesce(event ->> 'index', 'none')
      || CASE jsonb_typeof(event -> 'index') WHEN 'string' THEN ' as a text' ELSE '' END || ', the next one is ' || next;
  END IF;
  IF event ->> 'login' IS DISTINCT FROM session_user::text THEN
    RETURN 'it says login ' || coalesce(event ->> 'login', 'none') || ', the login is ' || session_user;
  END IF;
  at := (event ->> 'at')::timestamptz;
  IF at IS NULL OR to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') <> event ->> 'at'
     OR at NOT BETWEEN clock_timestamp() - interval '10 seconds' AND clock_timestamp() + interval '1 second' THEN
    RETURN 'its time is ' || coalesce(event ->> 'at', 'none') || ', the database''s clock says ' || clock_timestamp();
  END IF;
  IF jsonb_typeof(event -> 'facts') <> 'object' OR coalesce(event ->> 'kind', '') = '' THEN
    RETURN 'it has no kind or no facts';
  END IF;
  IF NOT modelops_may_tell(event ->> 'kind') THEN
    RETURN 'the login ' || session_user || ' may not tell of ' || (event ->> 'kind');
  END IF;
  IF event ->> 'outcome' = 'done' AND modelops_unreadable(event ->> 'kind', event -> 'facts') IS NOT NULL THEN
    RETURN 'its facts lack ' || modelops_unreadable(event ->> 'kind', event -> 'facts');
  END IF;
  IF event ->> 'outcome' = 'done' AND event ->> 'kind' = 'break-glass-ended' AND NOT modelops_decides()
     AND NOT modelops_glass_ended(event ->> 'model', event -> 'facts') THEN
    RETURN 'the rows do not have that this emergency release ended so';
  END IF;
  RETURN NULL;
END $$;

-- Appends the event whose canonical bytes are given; answers its row.
CREATE FUNCTION modelops_append(told bytea) RETURNS modelops_event
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, @schema@, pg_temp AS $$
DECLARE
  event jsonb := convert_from(told, 'UTF8')::jsonb;
  last modelops_event;
  made modelops_event;
  parts text[];
  size integer;
  top bytea := sha256('\x00'::bytea || told);
  problem text;
BEGIN
  PERFORM pg_advisory_xact_lock(7885631859322744947);
  SELECT * INTO last FROM modelops_event ORDER BY idx DESC LIMIT 1;
  size := coalesce(last.idx + 1, 0);
  problem := modelops_event_problem(convert_from(told, 'UTF8'), size);
  IF problem IS NOT NULL THEN
    PERFORM modelops_refuse('the ledger refuses the event: ' || problem);
  END IF;
  made.idx := size;
  made.leaf := encode(top, 'hex');
  parts := coalesce((SELECT array_agg(part ORDER BY nth) FROM json_array_elements_text(last.frontier)
                     WITH ORDINALITY AS one(part, nth)), ARRAY[]::text[]);
  WHILE size & 1 = 1 LOOP  -- RFC 6962: two full subtrees of one size become one
    top := sha256('\x01'::bytea || decode(parts[cardinality(parts)], 'hex') || top);
    parts := parts[1:cardinality(parts) - 1];
    size := size >> 1;
  END LOOP;
  made.frontier := to_json(parts || encode(top, 'hex'));
  made.kind := event ->> 'kind';
  made.outcome := event ->> 'outcome';
  made.model_id := event ->> 'model';
  made.at := (event ->> 'at')::timestamptz;
  made.body := told;
  INSERT INTO modelops_event (idx, kind, outcome, model_id, body, leaf, frontier, at)
  VALUES (made.idx, made.kind, made.outcome, made.model_id, made.body, made.leaf, made.frontier, made.at);
  RETURN made;
END $$;

REVOKE EXECUTE ON FUNCTION modelops_append(bytea) FROM PUBLIC;
