CREATE TABLE invoice_counter (
    series VARCHAR(8) NOT NULL, 
    period VARCHAR(7) NOT NULL, 
    last INTEGER NOT NULL, 
    CONSTRAINT pk_invoice_counter PRIMARY KEY (series, period)
);

CREATE TABLE invoice_draft (
    id UUID NOT NULL, 
    draft JSONB NOT NULL, 
    corrects_id UUID, 
    advance_ids JSONB DEFAULT '[]' NOT NULL, 
    buyer_name VARCHAR(512), 
    gross NUMERIC(16, 2) NOT NULL, 
    written_by VARCHAR(120) NOT NULL, 
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_invoice_draft PRIMARY KEY (id)
);

CREATE TABLE invoice_issuer (
    id UUID NOT NULL, 
    since_on DATE NOT NULL, 
    issuer JSONB NOT NULL, 
    pattern VARCHAR(80) NOT NULL, 
    decided_by VARCHAR(120) NOT NULL, 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_invoice_issuer PRIMARY KEY (id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON invoice_issuer FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON invoice_issuer FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE INDEX ix_invoice_issuer_since_on ON invoice_issuer (since_on, recorded_at);

CREATE TABLE sales_invoice (
    id UUID NOT NULL, 
    number VARCHAR(256) NOT NULL, 
    series VARCHAR(8) NOT NULL, 
    period VARCHAR(7) NOT NULL, 
    place INTEGER NOT NULL, 
    kind VARCHAR(8) NOT NULL, 
    issued_on DATE NOT NULL, 
    year INTEGER NOT NULL, 
    month INTEGER NOT NULL, 
    buyer_name VARCHAR(512), 
    buyer_number VARCHAR(50), 
    currency VARCHAR(3) NOT NULL, 
    net_pln NUMERIC(16, 2) NOT NULL, 
    vat_pln NUMERIC(16, 2) NOT NULL, 
    gross NUMERIC(16, 2) NOT NULL, 
    draft JSONB NOT NULL, 
    root_id UUID, 
    advance_ids JSONB DEFAULT '[]' NOT NULL, 
    replaces_id UUID, 
    content BYTEA NOT NULL, 
    sha256 BYTEA NOT NULL, 
    mode VARCHAR(9) NOT NULL, 
    send_by_on DATE NOT NULL, 
    certificate_link VARCHAR(1000), 
    issued_by VARCHAR(120) NOT NULL, 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    state VARCHAR(8) NOT NULL, 
    session_ref VARCHAR(60), 
    invoice_ref VARCHAR(60), 
    sent_at TIMESTAMP WITH TIME ZONE, 
    ksef_number VARCHAR(36), 
    accepted_at TIMESTAMP WITH TIME ZONE, 
    upo BYTEA, 
    rejected_code INTEGER, 
    rejected_text VARCHAR(1000), 
    CONSTRAINT pk_sales_invoice PRIMARY KEY (id), 
    CONSTRAINT ck_sales_invoice_ksef_number CHECK ((state = 'accepted') = (ksef_number is not null)), 
    CONSTRAINT ck_sales_invoice_mode CHECK (mode in ('online','offline24')), 
    CONSTRAINT ck_sales_invoice_state CHECK (state in ('issued','sent','accepted','rejected','replaced')), 
    CONSTRAINT fk_sales_invoice_replaces_id FOREIGN KEY(replaces_id) REFERENCES sales_invoice (id), 
    CONSTRAINT fk_sales_invoice_root_id FOREIGN KEY(root_id) REFERENCES sales_invoice (id), 
    CONSTRAINT uq_sales_invoice_ksef_number UNIQUE (ksef_number), 
    CONSTRAINT uq_sales_invoice_sha256 UNIQUE (sha256)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON sales_invoice FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('state', 'session_ref', 'invoice_ref', 'sent_at', 'ksef_number', 'accepted_at', 'upo', 'rejected_code', 'rejected_text');

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON sales_invoice FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE INDEX ix_sales_invoice_due ON sales_invoice (send_by_on) WHERE state in ('issued','sent');

CREATE INDEX ix_sales_invoice_issued_on ON sales_invoice (issued_on);

CREATE INDEX ix_sales_invoice_root_id ON sales_invoice (root_id);

CREATE UNIQUE INDEX uq_sales_invoice_number ON sales_invoice (number) WHERE state <> 'replaced';

CREATE UNIQUE INDEX uq_sales_invoice_place ON sales_invoice (series, period, place) WHERE state <> 'replaced';

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';

