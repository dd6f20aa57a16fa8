CREATE TABLE purchase_scheme (
    id UUID NOT NULL, 
    valid_from_on DATE NOT NULL, 
    steps JSONB NOT NULL, 
    basis VARCHAR(400) NOT NULL, 
    decided_by VARCHAR(120) NOT NULL, 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_purchase_scheme PRIMARY KEY (id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON purchase_scheme FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON purchase_scheme FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE purchase_substitute (
    id UUID NOT NULL, 
    step_kind VARCHAR(12) NOT NULL, 
    for_login VARCHAR(120) NOT NULL, 
    login VARCHAR(120) NOT NULL, 
    name VARCHAR(200) NOT NULL, 
    since_on DATE NOT NULL, 
    until_on DATE NOT NULL, 
    limit_gross NUMERIC(16, 2), 
    basis VARCHAR(400) NOT NULL, 
    given_by VARCHAR(120) NOT NULL, 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    ended_at TIMESTAMP WITH TIME ZONE, 
    ended_by VARCHAR(120), 
    CONSTRAINT pk_purchase_substitute PRIMARY KEY (id), 
    CONSTRAINT ck_purchase_substitute_step_kind CHECK (step_kind in ('describe','substance','formal','vat','control','head')), 
    CONSTRAINT ck_purchase_substitute_dates CHECK (until_on >= since_on)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON purchase_substitute FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('ended_at', 'ended_by');

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON purchase_substitute FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE INDEX ix_purchase_substitute_login ON purchase_substitute (login, until_on);

CREATE TABLE purchase_work (
    case_id UUID NOT NULL, 
    unit_slug VARCHAR(60) NOT NULL, 
    unit_code VARCHAR(20) NOT NULL, 
    unit_name VARCHAR(80) NOT NULL, 
    kind VARCHAR(12) NOT NULL, 
    number VARCHAR(256) NOT NULL, 
    seller_name VARCHAR(512) NOT NULL, 
    sort_name VARCHAR(600) GENERATED ALWAYS AS (magistrat.pl_key(seller_name)) STORED, 
    gross NUMERIC(16, 2) NOT NULL, 
    currency VARCHAR(3) NOT NULL, 
    issued_on DATE NOT NULL, 
    due_on DATE, 
    state VARCHAR(10) NOT NULL, 
    step VARCHAR(20), 
    step_kind VARCHAR(12), 
    alarm VARCHAR(8), 
    alarm_title VARCHAR(120), 
    seq INTEGER NOT NULL, 
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_purchase_work PRIMARY KEY (case_id)
);

CREATE INDEX ix_purchase_work_state ON purchase_work (state, due_on);

CREATE INDEX ix_purchase_work_step ON purchase_work (step_kind, due_on) WHERE state = 'open';

CREATE INDEX ix_purchase_work_unit ON purchase_work (unit_slug, state, due_on);

CREATE TABLE whitelist_answer (
    id UUID NOT NULL, 
    nip VARCHAR(10) NOT NULL, 
    account VARCHAR(26) NOT NULL, 
    asked_on DATE NOT NULL, 
    assigned BOOLEAN NOT NULL, 
    status VARCHAR(12) NOT NULL, 
    via VARCHAR(4) NOT NULL, 
    request_id VARCHAR(60), 
    file_on DATE, 
    purpose VARCHAR(120) NOT NULL, 
    asked_by VARCHAR(120) NOT NULL, 
    answered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_whitelist_answer PRIMARY KEY (id), 
    CONSTRAINT ck_whitelist_answer_request_id CHECK ((via = 'api') = (request_id is not null)), 
    CONSTRAINT ck_whitelist_answer_file_on CHECK ((via = 'flat') = (file_on is not null)), 
    CONSTRAINT ck_whitelist_answer_via CHECK (via in ('api','flat'))
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON whitelist_answer FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON whitelist_answer FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE INDEX ix_whitelist_answer_account ON whitelist_answer (account, nip, asked_on);

CREATE TABLE purchase_case (
    id UUID NOT NULL, 
    source VARCHAR(10) NOT NULL, 
    source_key VARCHAR(120) NOT NULL, 
    kind VARCHAR(12) NOT NULL, 
    number VARCHAR(256) NOT NULL, 
    issued_on DATE NOT NULL, 
    due_on DATE, 
    seller_nip VARCHAR(50) NOT NULL, 
    seller_name VARCHAR(512) NOT NULL, 
    sort_name VARCHAR(600) GENERATED ALWAYS AS (magistrat.pl_key(seller_name)) STORED, 
    gross NUMERIC(16, 2) NOT NULL, 
    currency VARCHAR(3) NOT NULL, 
    account VARCHAR(26), 
    document JSONB NOT NULL, 
    description JSONB, 
    content VARCHAR(64) NOT NULL, 
    state VARCHAR(10) DEFAULT 'open' NOT NULL, 
    step VARCHAR(20), 
    seq INTEGER NOT NULL, 
    alarms JSONB DEFAULT '[]' NOT NULL, 
    silent_at TIMESTAMP WITH TIME ZONE, 
    scheme_id UUID, 
    opened_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_purchase_case PRIMARY KEY (id), 
    CONSTRAINT ck_purchase_case_source CHECK (source in ('ksef','register','paper')), 
    CONSTRAINT ck_purchase_case_state CHECK (state in ('open','ready','rejected','withdrawn')), 
    CONSTRAINT fk_purchase_case_scheme_id FOREIGN KEY(scheme_id) REFERENCES purchase_scheme (id), 
    CONSTRAINT uq_purchase_case_source_source_key UNIQUE (source, source_key)
);

CREATE INDEX ix_purchase_case_seller ON purchase_case (seller_nip, number);

CREATE INDEX ix_purchase_case_state ON purchase_case (state, step, due_on);

CREATE TABLE payment_proposal (
    id UUID NOT NULL, 
    case_id UUID NOT NULL, 
    content VARCHAR(64) NOT NULL, 
    payee_name VARCHAR(512) NOT NULL, 
    payee_nip VARCHAR(50) NOT NULL, 
    account VARCHAR(26), 
    amount NUMERIC(16, 2) NOT NULL, 
    currency VARCHAR(3) NOT NULL, 
    split BOOLEAN NOT NULL, 
    vat_amount NUMERIC(16, 2) NOT NULL, 
    number VARCHAR(256) NOT NULL, 
    title VARCHAR(140) NOT NULL, 
    due_on DATE, 
    approved_by VARCHAR(120) NOT NULL, 
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    released_on DATE, 
    released_by VARCHAR(120), 
    release_note VARCHAR(1000), 
    notify_by_on DATE, 
    answer_id UUID, 
    void_reason VARCHAR(400), 
    CONSTRAINT pk_payment_proposal PRIMARY KEY (id), 
    CONSTRAINT ck_payment_proposal_released CHECK ((released_on is null) = (released_by is null)), 
    CONSTRAINT fk_payment_proposal_answer_id FOREIGN KEY(answer_id) REFERENCES whitelist_answer (id), 
    CONSTRAINT fk_payment_proposal_case_id FOREIGN KEY(case_id) REFERENCES purchase_case (id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payment_proposal FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('released_on', 'released_by', 'release_note', 'notify_by_on', 'answer_id', 'void_reason');

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON payment_proposal FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE INDEX ix_payment_proposal_due ON payment_proposal (due_on) WHERE void_reason is null and released_on is null;

CREATE UNIQUE INDEX uq_payment_proposal_case ON payment_proposal (case_id) WHERE void_reason is null;

CREATE TABLE purchase_act (
    case_id UUID NOT NULL, 
    seq INTEGER NOT NULL, 
    kind VARCHAR(10) NOT NULL, 
    step VARCHAR(20), 
    to_step VARCHAR(20), 
    actor VARCHAR(120) NOT NULL, 
    for_login VARCHAR(120), 
    mandate VARCHAR(120), 
    content VARCHAR(64) NOT NULL, 
    note VARCHAR(1000), 
    data JSONB DEFAULT '{}' NOT NULL, 
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_purchase_act PRIMARY KEY (case_id, seq), 
    CONSTRAINT ck_purchase_act_kind CHECK (kind in ('open','describe','approve','return','reject','object','order','override','change','withdraw')), 
    CONSTRAINT fk_purchase_act_case_id FOREIGN KEY(case_id) REFERENCES purchase_case (id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON purchase_act FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON purchase_act FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';

