-- The queue: one row for each async migration that Flyway applied.
CREATE TABLE ${schema}.async_schema_migrations (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    history_table   TEXT        NOT NULL,
    entry_key       TEXT        NOT NULL,
    generation      INTEGER     NOT NULL DEFAULT 1,
    after_rank      INTEGER     NOT NULL DEFAULT 0,
    direction       TEXT        NOT NULL DEFAULT 'UP',
    version         TEXT,
    description     TEXT        NOT NULL,
    checksum        INTEGER,
    script          TEXT        NOT NULL,
    status          TEXT        NOT NULL DEFAULT 'QUEUED',
    came_from       TEXT,
    reason          TEXT,
    status_since    TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    max_attempts    INTEGER,
    run_window      TEXT,
    failed_attempts INTEGER     NOT NULL DEFAULT 0,
    worker_deaths   INTEGER     NOT NULL DEFAULT 0,
    next_attempt_at TIMESTAMPTZ,
    attempt         INTEGER     NOT NULL DEFAULT 0,
    worker          TEXT,
    token           BIGINT,
    holder          UUID        NOT NULL DEFAULT gen_random_uuid(), -- of the lease that claimed it last; before that, of none
    queued_at       TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    started_at      TIMESTAMPTZ,
    finished_at     TIMESTAMPTZ,
    CONSTRAINT async_schema_migrations_identity UNIQUE (history_table, entry_key, generation),
    CONSTRAINT async_schema_migrations_key CHECK (entry_key = COALESCE(version, 'R__' || description)),
    CONSTRAINT async_schema_migrations_direction CHECK (direction IN ('UP', 'DOWN')),
    CONSTRAINT async_schema_migrations_max_attempts CHECK (max_attempts >= 1),
    -- The conversion fails for an unknown zone, which would otherwise block the queue later.
    CONSTRAINT async_schema_migrations_run_window CHECK (
        run_window ~ '^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d \S+$'
        AND TIMESTAMPTZ '2000-01-01 00:00:00Z' AT TIME ZONE split_part(run_window, ' ', 2) > TIMESTAMP '-infinity'),
    CONSTRAINT async_schema_migrations_status CHECK (
        status IN ('QUEUED', 'RUNNING', 'RETRYABLE', 'FAILED', 'SUCCEEDED', 'SKIPPED', 'PAUSED', 'UNDONE')),
    -- IS TRUE: a CHECK lets NULL pass, and came_from may be NULL.
    CONSTRAINT async_schema_migrations_transition CHECK ((
        came_from IS NULL AND status IN ('QUEUED', 'SKIPPED', 'PAUSED', 'SUCCEEDED')
        OR came_from = 'QUEUED' AND status IN ('RUNNING', 'PAUSED', 'SKIPPED', 'SUCCEEDED', 'UNDONE')
        OR came_from = 'RUNNING' AND status IN ('SUCCEEDED', 'RETRYABLE', 'FAILED', 'QUEUED', 'PAUSED')
        OR came_from = 'RETRYABLE' AND status IN ('RUNNING', 'QUEUED', 'PAUSED', 'SKIPPED', 'SUCCEEDED')
        OR came_from = 'FAILED' AND status IN ('QUEUED', 'SKIPPED', 'PAUSED', 'SUCCEEDED')
        OR came_from = 'PAUSED' AND status IN ('QUEUED', 'RETRYABLE', 'FAILED', 'SKIPPED', 'SUCCEEDED')
        OR came_from = 'SUCCEEDED' AND status = 'UNDONE') IS TRUE),
    CONSTRAINT async_schema_migrations_running CHECK (
        (status = 'RUNNING') = (token IS NOT NULL) AND (status = 'RUNNING') = (worker IS NOT NULL)),
    CONSTRAINT async_schema_migrations_due CHECK ((status = 'RETRYABLE') = (next_attempt_at IS NOT NULL)),
    CONSTRAINT async_schema_migrations_finished CHECK (
        (status IN ('SUCCEEDED', 'SKIPPED', 'UNDONE')) = (finished_at IS NOT NULL)),
    CONSTRAINT async_schema_migrations_reason CHECK (status IN ('RUNNING', 'SUCCEEDED') OR reason IS NOT NULL)
);

CREATE INDEX async_schema_migrations_open ON ${schema}.async_schema_migrations (history_table, entry_key)
    WHERE status NOT IN ('SUCCEEDED', 'SKIPPED', 'UNDONE');

CREATE INDEX async_schema_migrations_finished ON ${schema}.async_schema_migrations (history_table, finished_at)
    WHERE finished_at IS NOT NULL;

-- The few that had an earlier entry; see what takes their place without looking at all.
CREATE INDEX async_schema_migrations_again ON ${schema}.async_schema_migrations (history_table, entry_key)
    WHERE generation > 1;

-- Every try at an entry, kept for good.
CREATE TABLE ${schema}.async_schema_attempts (
    entry_id      BIGINT      NOT NULL REFERENCES ${schema}.async_schema_migrations (id) ON DELETE CASCADE,
    attempt       INTEGER     NOT NULL,
    worker        TEXT        NOT NULL,
    token         BIGINT      NOT NULL,
    holder        UUID        NOT NULL DEFAULT gen_random_uuid(),
    backend_pid   INTEGER,
    backend_start TIMESTAMPTZ,
    started_at    TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    finished_at   TIMESTAMPTZ,
    outcome       TEXT        NOT NULL DEFAULT 'RUNNING',
    error_class   TEXT,
    error_message TEXT,
    sqlstate      TEXT,
    stack_trace   TEXT,
    warning       TEXT,
    PRIMARY KEY (entry_id, attempt),
    CONSTRAINT async_schema_attempts_outcome CHECK (
        outcome IN ('RUNNING', 'SUCCEEDED', 'FAILED', 'HANDED_BACK', 'LOST')),
    CONSTRAINT async_schema_attempts_finished CHECK ((outcome = 'RUNNING') = (finished_at IS NULL))
);

-- Where a migration goes on: written in the same transaction as the changes it stands for.
CREATE TABLE ${schema}.async_schema_checkpoints (
    entry_id BIGINT      NOT NULL REFERENCES ${schema}.async_schema_migrations (id) ON DELETE CASCADE,
    name     TEXT        NOT NULL,
    value    TEXT        NOT NULL,
    token    BIGINT      NOT NULL,
    holder   UUID        NOT NULL DEFAULT gen_random_uuid(),
    saved_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (entry_id, name)
);

-- How far a run says it is. Apart from the entry, since it is written beside the run's own transaction, which ends with an
-- update of the entry and must not meet a newer version of it under REPEATABLE READ.
CREATE TABLE ${schema}.async_schema_progress (
    entry_id BIGINT      NOT NULL PRIMARY KEY REFERENCES ${schema}.async_schema_migrations (id) ON DELETE CASCADE,
    attempt  INTEGER     NOT NULL,
    done     BIGINT,
    total    BIGINT,
    rate     DOUBLE PRECISION,
    phase    TEXT,
    waiting  TEXT,
    waiting_since TIMESTAMPTZ,
    utilisation   DOUBLE PRECISION,
    saved_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT async_schema_progress_waiting CHECK ((waiting IS NULL) = (waiting_since IS NULL))
);

-- What operators ask of a running entry. Apart from the entry for the same reason; deleted when the run has ended.
CREATE TABLE ${schema}.async_schema_requests (
    entry_id     BIGINT      NOT NULL REFERENCES ${schema}.async_schema_migrations (id) ON DELETE CASCADE,
    request      TEXT        NOT NULL,
    reason       TEXT        NOT NULL,
    requested_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    expires_at   TIMESTAMPTZ,
    PRIMARY KEY (entry_id, request),
    CONSTRAINT async_schema_requests_request CHECK (request IN ('PAUSE', 'CANCEL', 'THROTTLE')),
    CONSTRAINT async_schema_requests_expiry CHECK ((request = 'THROTTLE') = (expires_at IS NOT NULL))
);

-- Who may run entries of a queue. Token and holder are a key: FOR KEY SHARE on this row (the fence) lets renewals of the
-- lease pass, which change no key, and keeps out a takeover, which changes both. The token counts, and goes back when a standby
-- that lagged is promoted or a backup is restored; the holder is drawn for each lease, and so never given to two.
CREATE TABLE ${schema}.async_schema_lease (
    history_table TEXT        NOT NULL PRIMARY KEY,
    token         BIGINT      NOT NULL DEFAULT 0,
    holder        UUID        NOT NULL DEFAULT gen_random_uuid(),
    worker        TEXT,
    lease_until   TIMESTAMPTZ,
    renewed_at    TIMESTAMPTZ,
    -- That a worker lost its lease to a database that went back behind it, until a person took note.
    setback       TEXT,
    CONSTRAINT async_schema_lease_fence UNIQUE (history_table, token, holder),
    CONSTRAINT async_schema_lease_held CHECK ((worker IS NULL) = (lease_until IS NULL))
);

-- What people did to entries, and why.
CREATE TABLE ${schema}.async_schema_actions (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id    BIGINT      NOT NULL REFERENCES ${schema}.async_schema_migrations (id) ON DELETE CASCADE,
    action      TEXT        NOT NULL,
    actor       TEXT        NOT NULL,
    reason      TEXT        NOT NULL,
    from_status TEXT,
    to_status   TEXT        NOT NULL,
    acted_at    TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX async_schema_actions_entry ON ${schema}.async_schema_actions (entry_id);

-- For the head of a SQL migration: raises unless an async migration is SUCCEEDED or SKIPPED, or, without an entry, is listed as
-- applied. Waits so long for it if asked to.
CREATE OR REPLACE FUNCTION ${schema}.async_schema_requires(
    required TEXT, history TEXT DEFAULT 'flyway_schema_history', wait INTERVAL DEFAULT INTERVAL '0') RETURNS VOID
LANGUAGE plpgsql VOLATILE AS $requires$
DECLARE
    until    TIMESTAMPTZ := clock_timestamp() + wait;
    is_r     BOOLEAN := required !~ '^[vV]?[0-9]+([._][0-9]+)*$';
    wanted   TEXT := CASE WHEN is_r THEN 'R__' || replace(regexp_replace(required, '^R__', ''), '_', ' ')
                     ELSE replace(ltrim(required, 'vV'), '_', '.') END;
    parts    NUMERIC[] := CASE WHEN NOT is_r THEN string_to_array(regexp_replace(wanted, '([.]0+)+$', ''), '.') END;
    entry    RECORD;
    blocker  RECORD;
    found_in TEXT;
BEGIN
    -- The history is in the schema of these tables.
    SELECT n.nspname
    INTO found_in
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = (SELECT v.tableoid FROM ${schema}.async_schema_version v LIMIT 1);

    LOOP
        SELECT e.id, e.status, e.reason, e.entry_key, e.direction
        INTO entry
        FROM ${schema}.async_schema_migrations e
        WHERE e.history_table = history
            AND (e.direction = 'UP' OR e.status NOT IN ('SUCCEEDED', 'SKIPPED', 'UNDONE')) AND CASE
            WHEN is_r THEN e.version IS NULL AND lower(replace(e.entry_key, '_', ' ')) = lower(replace(wanted, '_', ' '))
            ELSE CAST(string_to_array(regexp_replace(e.version, '([.]0+)+$', ''), '.') AS NUMERIC[]) = parts END
        ORDER BY e.direction, e.generation DESC -- DOWN, an undo that is under way, before UP
        LIMIT 1;
        EXIT WHEN NOT FOUND;
        IF entry.direction = 'UP' AND entry.status IN ('SUCCEEDED', 'SKIPPED') THEN
            RETURN;
        END IF;
        -- The first applied entry up to it that a person has to act on.
        EXECUTE format($blocker$
            SELECT b.entry_key, b.status
            FROM %1$I.async_schema_migrations b
            CROSS JOIN LATERAL (
                SELECT h.installed_rank, h.success AND h.type <> 'DELETE' AND h.type NOT LIKE 'UNDO%%' AS applied
                FROM %1$I.%2$I h
                WHERE COALESCE(h.version, 'R__' || h.description) = b.entry_key
                ORDER BY h.installed_rank DESC
                LIMIT 1) AS place
            WHERE b.history_table = $1 AND b.status IN ('FAILED', 'PAUSED') AND (b.id = $2 OR place.applied)
                AND place.installed_rank <= (
                    SELECT max(h.installed_rank) FROM %1$I.%2$I h WHERE COALESCE(h.version, 'R__' || h.description) = $3)
            ORDER BY place.installed_rank, b.id
            LIMIT 1$blocker$, found_in, history)
            INTO blocker USING history, entry.id, entry.entry_key;
        IF blocker.entry_key IS NOT NULL OR entry.status = 'UNDONE' OR entry.direction = 'DOWN' THEN
            RAISE EXCEPTION 'async migration % is required and is %', entry.entry_key,
                    CASE entry.direction WHEN 'DOWN' THEN 'being undone' ELSE entry.status END
                USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = concat_ws('; ', entry.reason,
                    blocker.entry_key || ' is ' || blocker.status),
                HINT = 'Retry, resume or skip what holds it back (turnasync retry, resume, skip), and migrate again.';
        ELSIF clock_timestamp() >= until THEN
            RAISE EXCEPTION 'async migration % is required and is %', entry.entry_key, entry.status
                USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = COALESCE(entry.reason, 'a worker runs it'),
                HINT = 'Let a worker finish it and migrate again, or wait for it: async_schema_requires(''' || required
                    || ''', wait => interval ''10 minutes'').';
        END IF;
        PERFORM pg_sleep(LEAST(1, GREATEST(0.01, EXTRACT(EPOCH FROM until - clock_timestamp()))));
    END LOOP;

    EXECUTE format($newest$
        SELECT h.success AND h.type <> 'DELETE' AND h.type NOT LIKE 'UNDO%%' AS applied
        FROM %I.%I h
        WHERE CASE WHEN $1 THEN h.version IS NULL AND lower('R__' || replace(h.description, '_', ' ')) = lower($2)
            ELSE h.version ~ '^[0-9]+([.][0-9]+)*$' AND (
                h.type LIKE '%%BASELINE' AND CAST(string_to_array(h.version, '.') AS NUMERIC[]) >= $3
                OR CAST(string_to_array(regexp_replace(h.version, '([.]0+)+$', ''), '.') AS NUMERIC[]) = $3) END
        ORDER BY h.installed_rank DESC
        LIMIT 1$newest$, found_in, history)
        INTO entry USING is_r, wanted, parts;
    IF entry.applied IS NOT TRUE THEN
        RAISE EXCEPTION 'migration % is required, is not in the queue, and is not listed as applied in %', required, history
            USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Name an async migration that is applied before this one, and the history table if it is not the default.';
    END IF;
END
$requires$;
