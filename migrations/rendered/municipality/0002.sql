CREATE TABLE ksef_call (
    id UUID NOT NULL, 
    group_name VARCHAR(16) NOT NULL, 
    called_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_ksef_call PRIMARY KEY (id)
);

CREATE INDEX ix_ksef_call_group_name ON ksef_call (group_name, called_at);

CREATE TABLE ksef_connection (
    id INTEGER NOT NULL, 
    base_url VARCHAR(255) NOT NULL, 
    context VARCHAR(16) NOT NULL, 
    method VARCHAR(12) NOT NULL, 
    secret BYTEA NOT NULL, 
    fingerprint VARCHAR(16) NOT NULL, 
    subjects JSONB NOT NULL, 
    state VARCHAR(8) DEFAULT 'active' NOT NULL, 
    rates JSONB, 
    skew_s INTEGER, 
    failures INTEGER DEFAULT '0' NOT NULL, 
    wait_until TIMESTAMP WITH TIME ZONE, 
    error VARCHAR(1000), 
    error_at TIMESTAMP WITH TIME ZONE, 
    ok_at TIMESTAMP WITH TIME ZONE, 
    lease UUID, 
    leased_until TIMESTAMP WITH TIME ZONE, 
    connected_by VARCHAR(120) NOT NULL, 
    connected_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_ksef_connection PRIMARY KEY (id), 
    CONSTRAINT ck_ksef_connection_method CHECK (method in ('token','certificate')), 
    CONSTRAINT ck_ksef_connection_state CHECK (state in ('active','paused','broken'))
);

CREATE TABLE ksef_mark (
    subject VARCHAR(8) NOT NULL, 
    from_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    next_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    checked_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_ksef_mark PRIMARY KEY (subject)
);

CREATE TABLE ksef_package (
    id UUID NOT NULL, 
    subject VARCHAR(8) NOT NULL, 
    from_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    until_at TIMESTAMP WITH TIME ZONE, 
    sealing BYTEA, 
    state VARCHAR(10) NOT NULL, 
    reference VARCHAR(60), 
    count INTEGER, 
    resume_at TIMESTAMP WITH TIME ZONE, 
    truncated BOOLEAN, 
    sha256 VARCHAR(64), 
    result JSONB, 
    attempts INTEGER DEFAULT '0' NOT NULL, 
    due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    error VARCHAR(1000), 
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    requested_at TIMESTAMP WITH TIME ZONE, 
    received_at TIMESTAMP WITH TIME ZONE, 
    finished_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_ksef_package PRIMARY KEY (id), 
    CONSTRAINT ck_ksef_package_state CHECK (state in ('asked','requested','received','imported','lost'))
);

CREATE UNIQUE INDEX uq_ksef_package_open ON ksef_package (subject) WHERE state in ('asked','requested','received');

UPDATE alembic_version_municipality SET version_num='0002' WHERE alembic_version_municipality.version_num = '0001';

