CREATE TABLE invoice_prefix (
    prefix VARCHAR(16) NOT NULL, 
    unit_code VARCHAR(60) NOT NULL, 
    taken_by VARCHAR(120) NOT NULL, 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_invoice_prefix PRIMARY KEY (prefix), 
    CONSTRAINT uq_invoice_prefix_unit_code UNIQUE (unit_code)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON invoice_prefix FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON invoice_prefix FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE ksef_call (
    id UUID NOT NULL, 
    group_name VARCHAR(16) NOT NULL, 
    called_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_ksef_call PRIMARY KEY (id)
);

CREATE INDEX ix_ksef_call_group_name ON ksef_call (group_name, called_at);

CREATE TABLE ksef_clue (
    kind VARCHAR(12) NOT NULL, 
    key VARCHAR(160) NOT NULL, 
    unit_code VARCHAR(60) NOT NULL, 
    confirmed INTEGER NOT NULL, 
    denied INTEGER NOT NULL, 
    CONSTRAINT pk_ksef_clue PRIMARY KEY (kind, key, unit_code)
);

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

CREATE TABLE ksef_signal (
    name VARCHAR(40) NOT NULL, 
    right_count INTEGER NOT NULL, 
    wrong_count INTEGER NOT NULL, 
    CONSTRAINT pk_ksef_signal PRIMARY KEY (name)
);

CREATE TABLE vat_draft (
    year INTEGER NOT NULL, 
    month INTEGER NOT NULL, 
    unit_code VARCHAR(60) NOT NULL, 
    stage JSONB NOT NULL, 
    share JSONB NOT NULL, 
    is_published BOOLEAN NOT NULL, 
    error VARCHAR(240), 
    asked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_vat_draft PRIMARY KEY (year, month, unit_code)
);

CREATE TABLE vat_draft_seen (
    login VARCHAR(120) NOT NULL, 
    year INTEGER NOT NULL, 
    month INTEGER NOT NULL, 
    amounts JSONB NOT NULL, 
    seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_vat_draft_seen PRIMARY KEY (login, year, month)
);

CREATE TABLE vat_policy (
    id UUID NOT NULL, 
    since_on DATE NOT NULL, 
    complete_by INTEGER NOT NULL, 
    sign_by INTEGER NOT NULL, 
    surplus VARCHAR(8) NOT NULL, 
    charges_interest BOOLEAN NOT NULL, 
    basis VARCHAR(400) NOT NULL, 
    set_by VARCHAR(120) NOT NULL, 
    set_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_vat_policy PRIMARY KEY (id), 
    CONSTRAINT ck_vat_policy_surplus CHECK (surplus in ('city','unit')), 
    CONSTRAINT ck_vat_policy_order CHECK (complete_by <= sign_by), 
    CONSTRAINT ck_vat_policy_days CHECK (complete_by between 1 and 28 and sign_by between 1 and 28)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_policy FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_policy FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE vat_return_options (
    id UUID NOT NULL, 
    year INTEGER NOT NULL, 
    month INTEGER NOT NULL, 
    number INTEGER NOT NULL, 
    choices JSONB NOT NULL, 
    basis VARCHAR(400) NOT NULL, 
    set_by VARCHAR(120) NOT NULL, 
    set_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_vat_return_options PRIMARY KEY (id), 
    CONSTRAINT uq_vat_return_options_year_month_number UNIQUE (year, month, number)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_return_options FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_return_options FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE jpk_filing (
    id UUID NOT NULL, 
    return_id UUID NOT NULL, 
    number INTEGER NOT NULL, 
    metadata_sha256 VARCHAR(64) NOT NULL, 
    metadata_bytes INTEGER NOT NULL, 
    pieces JSONB NOT NULL, 
    prepared_by VARCHAR(120) NOT NULL, 
    prepared_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_jpk_filing PRIMARY KEY (id), 
    CONSTRAINT fk_jpk_filing_return_id FOREIGN KEY(return_id) REFERENCES jpk_return (id), 
    CONSTRAINT uq_jpk_filing_return_id_number UNIQUE (return_id, number)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON jpk_filing FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON jpk_filing FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE vat_settlement (
    return_id UUID NOT NULL, 
    surplus VARCHAR(8) NOT NULL, 
    lines JSONB NOT NULL, 
    interest JSONB DEFAULT '{}' NOT NULL, 
    issued_by VARCHAR(120) NOT NULL, 
    issued_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_vat_settlement PRIMARY KEY (return_id), 
    CONSTRAINT fk_vat_settlement_return_id FOREIGN KEY(return_id) REFERENCES jpk_return (id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_settlement FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_settlement FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE jpk_filing_event (
    filing_id UUID NOT NULL, 
    pos INTEGER NOT NULL, 
    kind VARCHAR(12) NOT NULL, 
    code INTEGER, 
    reference VARCHAR(64), 
    note VARCHAR(2000), 
    payload JSONB DEFAULT '{}' NOT NULL, 
    file_sha256 VARCHAR(64), 
    actor VARCHAR(120) NOT NULL, 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
    CONSTRAINT pk_jpk_filing_event PRIMARY KEY (filing_id, pos), 
    CONSTRAINT fk_jpk_filing_event_filing_id FOREIGN KEY(filing_id) REFERENCES jpk_filing (id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON jpk_filing_event FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON jpk_filing_event FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE vat_note (
    id UUID NOT NULL, 
    return_id UUID NOT NULL, 
    year INTEGER NOT NULL, 
    month INTEGER NOT NULL, 
    unit_code VARCHAR(60) NOT NULL, 
    kind VARCHAR(12) NOT NULL, 
    series_year INTEGER NOT NULL, 
    number INTEGER NOT NULL, 
    issued_on DATE NOT NULL, 
    amount NUMERIC(16, 2) NOT NULL, 
    settled NUMERIC(16, 2) NOT NULL, 
    carried_on NUMERIC(16, 2) NOT NULL, 
    lines JSONB NOT NULL, 
    issued_by VARCHAR(120) NOT NULL, 
    CONSTRAINT pk_vat_note PRIMARY KEY (id), 
    CONSTRAINT ck_vat_note_kind CHECK (kind in ('settlement','interest')), 
    CONSTRAINT fk_vat_note_return_id FOREIGN KEY(return_id) REFERENCES vat_settlement (return_id), 
    CONSTRAINT uq_vat_note_return_id_unit_code_kind UNIQUE (return_id, unit_code, kind), 
    CONSTRAINT uq_vat_note_series_year_number UNIQUE (series_year, number)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_note FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_note FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE ksef_share (
    id UUID NOT NULL, 
    invoice_id UUID NOT NULL, 
    attribution_id UUID NOT NULL, 
    unit_code VARCHAR(60) NOT NULL, 
    amounts JSONB NOT NULL, 
    net_pln NUMERIC(16, 2) NOT NULL, 
    vat_pln NUMERIC(16, 2) NOT NULL, 
    delivered BOOLEAN DEFAULT false NOT NULL, 
    sent BOOLEAN DEFAULT false NOT NULL, 
    undelivered_reason VARCHAR(400), 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_ksef_share PRIMARY KEY (id), 
    CONSTRAINT fk_ksef_share_attribution_id FOREIGN KEY(attribution_id) REFERENCES ksef_attribution (id), 
    CONSTRAINT fk_ksef_share_invoice_id FOREIGN KEY(invoice_id) REFERENCES ksef_invoice (id), 
    CONSTRAINT fk_ksef_share_unit_code FOREIGN KEY(unit_code) REFERENCES unit_directory (code), 
    CONSTRAINT uq_ksef_share_attribution_id_unit_code UNIQUE (attribution_id, unit_code)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ksef_share FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('delivered', 'sent', 'undelivered_reason');

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON ksef_share FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE INDEX ix_ksef_share_invoice_id ON ksef_share (invoice_id);

CREATE INDEX ix_ksef_share_unit_code ON ksef_share (unit_code);

ALTER TABLE jpk_return ADD COLUMN made_from JSONB DEFAULT '{}' NOT NULL;

ALTER TABLE ksef_invoice ADD COLUMN lesson JSONB;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON ksef_invoice FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('state', 'unit_code', 'attribution_id', 'delivered_id', 'delivered_to', 'undelivered_reason', 'lesson', 'ksef_number', 'year', 'month');

ALTER TABLE ksef_invoice DROP CONSTRAINT ck_ksef_invoice_state;

ALTER TABLE ksef_invoice ADD CONSTRAINT ck_ksef_invoice_state CHECK (state in ('assigned','queued','internal','split'));

UPDATE alembic_version_municipality SET version_num='0002' WHERE alembic_version_municipality.version_num = '0001';

