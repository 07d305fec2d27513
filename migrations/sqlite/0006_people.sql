-- Members, the list of their sessions, and API keys.

CREATE TABLE member (
    organization_id BLOB    NOT NULL REFERENCES organization (id),
    id              BLOB    NOT NULL,
    email           TEXT    NOT NULL UNIQUE CHECK (email = lower(email)),
    name            TEXT    NOT NULL,
    password_hash   TEXT    NOT NULL,
    role            TEXT    NOT NULL CHECK (role IN ('owner', 'billing', 'viewer')),
    disabled        INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created_at      INTEGER  NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX member_by_id ON member (id);

-- The session store of the web layer keeps its own records; this list is what members see and revoke.
CREATE TABLE member_session (
    id           BLOB NOT NULL PRIMARY KEY,
    member_id    BLOB   NOT NULL REFERENCES member (id),
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX member_session_of ON member_session (member_id);
CREATE INDEX member_session_seen ON member_session (last_seen_at);

CREATE TABLE api_key (
    id              BLOB NOT NULL PRIMARY KEY,
    organization_id BLOB   REFERENCES organization (id),
    name            TEXT   NOT NULL,
    scope           TEXT   NOT NULL CHECK (scope IN ('metering', 'admin', 'read')),
    secret_hash     BLOB  NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    shown_prefix    TEXT   NOT NULL,
    created_at      INTEGER NOT NULL,
    revoked_at      INTEGER
) STRICT;
CREATE INDEX api_key_of ON api_key (organization_id, id);
