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

UPDATE alembic_version_municipality SET version_num='0003' WHERE alembic_version_municipality.version_num = '0002';

