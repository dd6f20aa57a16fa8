CREATE TABLE alembic_version_municipality (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_municipality_pkc PRIMARY KEY (version_num)
);

CREATE TABLE jpk_return (
    id UUID NOT NULL, 
    year INTEGER NOT NULL, 
    month INTEGER NOT NULL, 
    version INTEGER NOT NULL, 
    purpose INTEGER NOT NULL, 
    declaration JSONB NOT NULL, 
    sums JSONB NOT NULL, 
    tax_due NUMERIC(16, 2) NOT NULL, 
    tax_input NUMERIC(16, 2) NOT NULL, 
    sale_count INTEGER NOT NULL, 
    purchase_count INTEGER NOT NULL, 
    inputs_hash VARCHAR(64) NOT NULL, 
    file_sha256 VARCHAR(64) NOT NULL, 
    file_bytes INTEGER NOT NULL, 
    missing JSONB DEFAULT '[]' NOT NULL, 
    release_reason VARCHAR(400), 
    made_by VARCHAR(120) NOT NULL, 
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_jpk_return PRIMARY KEY (id), 
    CONSTRAINT ck_jpk_return_purpose CHECK (purpose in (1, 2)), 
    CONSTRAINT uq_jpk_return_year_month_version UNIQUE (year, month, version)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON jpk_return FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON jpk_return FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE ksef_batch (
    id UUID NOT NULL, 
    source VARCHAR(400) NOT NULL, 
    imported_by VARCHAR(120) NOT NULL, 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_ksef_batch PRIMARY KEY (id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ksef_batch FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON ksef_batch FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE unit_directory (
    code VARCHAR(60) NOT NULL, 
    name VARCHAR(240) NOT NULL, 
    short_name VARCHAR(80) NOT NULL, 
    nip VARCHAR(10), 
    regon VARCHAR(14), 
    internal_id VARCHAR(16), 
    address_line VARCHAR(255), 
    postal_code VARCHAR(6), 
    city VARCHAR(100), 
    email VARCHAR(255), 
    aliases JSONB DEFAULT '[]' NOT NULL, 
    is_office BOOLEAN DEFAULT false NOT NULL, 
    valid_from_on DATE, 
    valid_to_on DATE, 
    CONSTRAINT pk_unit_directory PRIMARY KEY (code)
);

CREATE TABLE vat_taxpayer (
    id INTEGER NOT NULL, 
    nip VARCHAR(10) NOT NULL, 
    full_name VARCHAR(240) NOT NULL, 
    email VARCHAR(255) NOT NULL, 
    phone VARCHAR(16), 
    tax_office VARCHAR(4) NOT NULL, 
    carried_from_on DATE, 
    carried NUMERIC(16, 2), 
    CONSTRAINT pk_vat_taxpayer PRIMARY KEY (id)
);

CREATE TABLE jpk_return_part (
    return_id UUID NOT NULL, 
    unit_code VARCHAR(60) NOT NULL, 
    publication_id UUID NOT NULL, 
    publication_version INTEGER NOT NULL, 
    publication_hash VARCHAR(64) NOT NULL, 
    sums JSONB NOT NULL, 
    excluded JSONB DEFAULT '{}' NOT NULL, 
    first_sale_no INTEGER NOT NULL, 
    sale_count INTEGER NOT NULL, 
    first_purchase_no INTEGER NOT NULL, 
    purchase_count INTEGER NOT NULL, 
    CONSTRAINT pk_jpk_return_part PRIMARY KEY (return_id, unit_code), 
    CONSTRAINT fk_jpk_return_part_return_id FOREIGN KEY(return_id) REFERENCES jpk_return (id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON jpk_return_part FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON jpk_return_part FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE ksef_invoice (
    id UUID NOT NULL, 
    sha256 BYTEA NOT NULL, 
    content BYTEA NOT NULL, 
    ksef_number VARCHAR(36), 
    side VARCHAR(8) NOT NULL, 
    kind VARCHAR(8) NOT NULL, 
    number VARCHAR(256) NOT NULL, 
    issued_on DATE NOT NULL, 
    seller_nip VARCHAR(30), 
    seller_name VARCHAR(512), 
    buyer_nip VARCHAR(30), 
    buyer_name VARCHAR(512), 
    currency VARCHAR(3) NOT NULL, 
    year INTEGER NOT NULL, 
    month INTEGER NOT NULL, 
    net_pln NUMERIC(16, 2) NOT NULL, 
    vat_pln NUMERIC(16, 2) NOT NULL, 
    gross NUMERIC(16, 2) NOT NULL, 
    warnings JSONB DEFAULT '[]' NOT NULL, 
    batch_id UUID NOT NULL, 
    state VARCHAR(10) NOT NULL, 
    unit_code VARCHAR(60), 
    attribution_id UUID, 
    delivered_id UUID, 
    delivered_to VARCHAR(60), 
    undelivered_reason VARCHAR(400), 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_ksef_invoice PRIMARY KEY (id), 
    CONSTRAINT ck_ksef_invoice_side CHECK (side in ('sale','purchase','internal')), 
    CONSTRAINT ck_ksef_invoice_state CHECK (state in ('assigned','queued','internal')), 
    CONSTRAINT fk_ksef_invoice_batch_id FOREIGN KEY(batch_id) REFERENCES ksef_batch (id), 
    CONSTRAINT fk_ksef_invoice_unit_code FOREIGN KEY(unit_code) REFERENCES unit_directory (code), 
    CONSTRAINT uq_ksef_invoice_ksef_number UNIQUE (ksef_number), 
    CONSTRAINT uq_ksef_invoice_sha256 UNIQUE (sha256)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ksef_invoice FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('state', 'unit_code', 'attribution_id', 'delivered_id', 'delivered_to', 'undelivered_reason', 'ksef_number', 'year', 'month');

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON ksef_invoice FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE INDEX ix_ksef_invoice_due ON ksef_invoice (unit_code) WHERE attribution_id is distinct from delivered_id;

CREATE INDEX ix_ksef_invoice_number ON ksef_invoice (seller_nip, number);

CREATE INDEX ix_ksef_invoice_state ON ksef_invoice (state, year, month);

CREATE INDEX ix_ksef_invoice_unit_code ON ksef_invoice (unit_code, year, month);

CREATE TABLE ksef_quarantine (
    id UUID NOT NULL, 
    batch_id UUID NOT NULL, 
    name VARCHAR(400) NOT NULL, 
    reasons JSONB NOT NULL, 
    sha256 BYTEA NOT NULL, 
    content BYTEA, 
    truncated BOOLEAN DEFAULT false NOT NULL, 
    settled_by VARCHAR(120), 
    settled_note VARCHAR(400), 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_ksef_quarantine PRIMARY KEY (id), 
    CONSTRAINT fk_ksef_quarantine_batch_id FOREIGN KEY(batch_id) REFERENCES ksef_batch (id), 
    CONSTRAINT uq_ksef_quarantine_sha256_name UNIQUE (sha256, name)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ksef_quarantine FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('settled_by', 'settled_note');

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON ksef_quarantine FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE ksef_attribution (
    id UUID NOT NULL, 
    invoice_id UUID NOT NULL, 
    outcome VARCHAR(10) NOT NULL, 
    unit_code VARCHAR(60), 
    reason VARCHAR(400) NOT NULL, 
    candidates JSONB NOT NULL, 
    decided_by VARCHAR(120) NOT NULL, 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_ksef_attribution PRIMARY KEY (id), 
    CONSTRAINT fk_ksef_attribution_invoice_id FOREIGN KEY(invoice_id) REFERENCES ksef_invoice (id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ksef_attribution FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON ksef_attribution FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE INDEX ix_ksef_attribution_invoice_id ON ksef_attribution (invoice_id);

INSERT INTO alembic_version_municipality (version_num) VALUES ('0001') RETURNING alembic_version_municipality.version_num;

