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

-- Who may run entries of a queue. The token is part of a key: FOR KEY SHARE on this row (the fence) lets renewals of the
-- lease pass, which change no key, and keeps out a takeover, which changes the token.
CREATE TABLE ${schema}.async_schema_lease (
    history_table TEXT        NOT NULL PRIMARY KEY,
    token         BIGINT      NOT NULL DEFAULT 0,
    worker        TEXT,
    lease_until   TIMESTAMPTZ,
    renewed_at    TIMESTAMPTZ,
    CONSTRAINT async_schema_lease_fence UNIQUE (history_table, token),
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
