-- Members, the list of their sessions, and API keys.

CREATE TABLE member (
    organization_id UUID    NOT NULL REFERENCES organization (id),
    id              UUID    NOT NULL,
    email           TEXT    NOT NULL UNIQUE CHECK (email = lower(email)),
    name            TEXT    NOT NULL,
    password_hash   TEXT    NOT NULL,
    role            TEXT    NOT NULL CHECK (role IN ('owner', 'billing', 'viewer')),
    disabled        BOOLEAN NOT NULL DEFAULT FALSE,
    created_at      BIGINT  NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX member_by_id ON member (id);

-- The session store of the web layer keeps its own records; this list is what members see and revoke.
CREATE TABLE member_session (
    id           UUID   PRIMARY KEY,
    member_id    UUID   NOT NULL REFERENCES member (id),
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX member_session_of ON member_session (member_id);
CREATE INDEX member_session_seen ON member_session (last_seen_at);

CREATE TABLE api_key (
    id              UUID   PRIMARY KEY,
    organization_id UUID   REFERENCES organization (id),
    name            TEXT   NOT NULL,
    scope           TEXT   NOT NULL CHECK (scope IN ('metering', 'admin', 'read')),
    secret_hash     BYTEA  NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    shown_prefix    TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    revoked_at      BIGINT
);
CREATE INDEX api_key_of ON api_key (organization_id, id);
