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

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';

