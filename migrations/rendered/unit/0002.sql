CREATE TABLE vat_asset (
    id UUID NOT NULL, 
    number VARCHAR(40) NOT NULL, 
    name VARCHAR(240) NOT NULL, 
    kind VARCHAR(12) NOT NULL, 
    initial_value NUMERIC(16, 2) NOT NULL, 
    vat NUMERIC(16, 2) NOT NULL, 
    in_use_since DATE NOT NULL, 
    use VARCHAR(24) NOT NULL, 
    deducted_pct NUMERIC(7, 4) NOT NULL, 
    purchase_id UUID, 
    struck_reason VARCHAR(400), 
    recorded_by VARCHAR(120) NOT NULL, 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_vat_asset PRIMARY KEY (id), 
    CONSTRAINT ck_vat_asset_kind CHECK (kind in ('movable','real_estate')), 
    CONSTRAINT ck_vat_asset_deducted_pct CHECK (deducted_pct between 0 and 100), 
    CONSTRAINT ck_vat_asset_vat CHECK (vat >= 0 and initial_value >= 0), 
    CONSTRAINT uq_vat_asset_number UNIQUE (number)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_asset FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('struck_reason');

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_asset FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE vat_correction (
    id UUID NOT NULL, 
    year INTEGER NOT NULL, 
    version INTEGER NOT NULL, 
    k_44 NUMERIC(16, 2) NOT NULL, 
    k_45 NUMERIC(16, 2) NOT NULL, 
    lines JSONB NOT NULL, 
    use_relief BOOLEAN NOT NULL, 
    inputs_hash VARCHAR(64) NOT NULL, 
    made_by VARCHAR(120) NOT NULL, 
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    row_id UUID, 
    accepted_by VARCHAR(120), 
    accepted_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_vat_correction PRIMARY KEY (id), 
    CONSTRAINT uq_vat_correction_year_version UNIQUE (year, version)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_correction FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('row_id', 'accepted_by', 'accepted_at');

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_correction FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE vat_note_received (
    id UUID NOT NULL, 
    year INTEGER NOT NULL, 
    month INTEGER NOT NULL, 
    return_version INTEGER NOT NULL, 
    kind VARCHAR(12) NOT NULL, 
    title VARCHAR(40) NOT NULL, 
    issued_on DATE NOT NULL, 
    issuer VARCHAR(240) NOT NULL, 
    amount NUMERIC(16, 2) NOT NULL, 
    settled NUMERIC(16, 2) NOT NULL, 
    carried_on NUMERIC(16, 2) NOT NULL, 
    lines JSONB NOT NULL, 
    received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_vat_note_received PRIMARY KEY (id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_note_received FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_note_received FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE vat_payment (
    id UUID NOT NULL, 
    side VARCHAR(8) NOT NULL, 
    row_id UUID NOT NULL, 
    paid_on DATE NOT NULL, 
    amount NUMERIC(16, 2) NOT NULL, 
    note VARCHAR(240), 
    recorded_by VARCHAR(120) NOT NULL, 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_vat_payment PRIMARY KEY (id), 
    CONSTRAINT ck_vat_payment_side CHECK (side in ('sale','purchase')), 
    CONSTRAINT ck_vat_payment_amount CHECK (amount <> 0)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_payment FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_payment FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE INDEX ix_vat_payment_row_id ON vat_payment (row_id);

CREATE TABLE vat_reminder (
    year INTEGER NOT NULL, 
    month INTEGER NOT NULL, 
    step VARCHAR(8) NOT NULL, 
    kind VARCHAR(8) NOT NULL, 
    due_on DATE NOT NULL, 
    said_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_vat_reminder PRIMARY KEY (year, month, step, kind), 
    CONSTRAINT ck_vat_reminder_known CHECK (step in ('complete','sign') and kind in ('soon','late'))
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_reminder FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_reminder FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE vat_asset_event (
    id UUID NOT NULL, 
    asset_id UUID NOT NULL, 
    what VARCHAR(8) NOT NULL, 
    happened_on DATE NOT NULL, 
    taxable BOOLEAN, 
    use VARCHAR(24), 
    note VARCHAR(400) NOT NULL, 
    recorded_by VARCHAR(120) NOT NULL, 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_vat_asset_event PRIMARY KEY (id), 
    CONSTRAINT ck_vat_asset_event_purpose CHECK ((what = 'purpose') = (use is not null)), 
    CONSTRAINT ck_vat_asset_event_sold CHECK ((what = 'sold') = (taxable is not null)), 
    CONSTRAINT ck_vat_asset_event_what CHECK (what in ('sold','purpose')), 
    CONSTRAINT fk_vat_asset_event_asset_id FOREIGN KEY(asset_id) REFERENCES vat_asset (id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_asset_event FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_asset_event FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE INDEX ix_vat_asset_event_asset_id ON vat_asset_event (asset_id);

ALTER TABLE vat_purchase ADD COLUMN internal_kind VARCHAR(20);

ALTER TABLE vat_purchase ADD COLUMN due_on DATE;

ALTER TABLE vat_purchase ADD COLUMN split_payment BOOLEAN;

ALTER TABLE vat_purchase ADD COLUMN corrects_id UUID;

ALTER TABLE vat_purchase ADD COLUMN decision JSONB;

ALTER TABLE vat_ratio ADD COLUMN stage VARCHAR(12) DEFAULT 'preliminary' NOT NULL;

ALTER TABLE vat_sale ADD COLUMN internal_kind VARCHAR(20);

ALTER TABLE vat_sale ADD COLUMN due_on DATE;

ALTER TABLE vat_sale ADD COLUMN split_payment BOOLEAN;

ALTER TABLE vat_sale ADD COLUMN corrects_id UUID;

ALTER TABLE vat_sale ADD COLUMN decision JSONB;

ALTER TABLE vat_sale ADD COLUMN till_no VARCHAR(20);

ALTER TABLE vat_sale ADD COLUMN report_no INTEGER;

ALTER TABLE vat_sale ADD COLUMN report_kind VARCHAR(8);

ALTER TABLE vat_sale ADD COLUMN returns_gross NUMERIC(16, 2);

ALTER TABLE vat_sale ADD COLUMN receipt_no VARCHAR(40);

ALTER TABLE vat_ratio ADD CONSTRAINT ck_vat_ratio_stage CHECK (stage in ('preliminary','final'));

ALTER TABLE vat_sale ADD CONSTRAINT ck_vat_sale_report_kind CHECK (report_kind in ('daily','monthly'));

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';

