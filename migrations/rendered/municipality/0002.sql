CREATE TABLE ksef_clue (
    kind VARCHAR(12) NOT NULL, 
    key VARCHAR(160) NOT NULL, 
    unit_code VARCHAR(60) NOT NULL, 
    confirmed INTEGER NOT NULL, 
    denied INTEGER NOT NULL, 
    CONSTRAINT pk_ksef_clue PRIMARY KEY (kind, key, unit_code)
);

CREATE TABLE ksef_signal (
    name VARCHAR(40) NOT NULL, 
    right_count INTEGER NOT NULL, 
    wrong_count INTEGER NOT NULL, 
    CONSTRAINT pk_ksef_signal PRIMARY KEY (name)
);

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

ALTER TABLE ksef_invoice ADD COLUMN lesson JSONB;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON ksef_invoice FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('state', 'unit_code', 'attribution_id', 'delivered_id', 'delivered_to', 'undelivered_reason', 'lesson', 'ksef_number', 'year', 'month');

ALTER TABLE ksef_invoice DROP CONSTRAINT ck_ksef_invoice_state;

ALTER TABLE ksef_invoice ADD CONSTRAINT ck_ksef_invoice_state CHECK (state in ('assigned','queued','internal','split'));

UPDATE alembic_version_municipality SET version_num='0002' WHERE alembic_version_municipality.version_num = '0001';

