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
	CONSTRAINT ck_purchase_substitute_dates CHECK (until_on >= since_on), 
	CONSTRAINT ck_purchase_substitute_step_kind CHECK (step_kind in ('describe','substance','formal','vat','control','head'))
);

CREATE INDEX ix_purchase_substitute_login ON purchase_substitute (login, until_on);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON purchase_substitute FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('ended_at', 'ended_by');

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON purchase_substitute FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

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

CREATE TABLE vat_period (
	year INTEGER NOT NULL, 
	month INTEGER NOT NULL, 
	state VARCHAR(12) DEFAULT 'open' NOT NULL, 
	version INTEGER DEFAULT '0' NOT NULL, 
	completed_by VARCHAR(120), 
	completed_at TIMESTAMP WITH TIME ZONE, 
	reopened_reason VARCHAR(400), 
	CONSTRAINT pk_vat_period PRIMARY KEY (year, month), 
	CONSTRAINT ck_vat_period_month CHECK (month between 1 and 12), 
	CONSTRAINT ck_vat_period_state CHECK (state in ('open','completed','published'))
);

CREATE TABLE vat_publication (
	id UUID NOT NULL, 
	year INTEGER NOT NULL, 
	month INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	sums JSONB NOT NULL, 
	sale_count INTEGER NOT NULL, 
	purchase_count INTEGER NOT NULL, 
	completed_by VARCHAR(120) NOT NULL, 
	signed_by VARCHAR(120) NOT NULL, 
	published_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_vat_publication PRIMARY KEY (id), 
	CONSTRAINT uq_vat_publication_year_month_version UNIQUE (year, month, version)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_publication FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_publication FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE vat_purchase (
	id UUID NOT NULL, 
	year INTEGER NOT NULL, 
	month INTEGER NOT NULL, 
	source VARCHAR(10) NOT NULL, 
	source_key VARCHAR(120) NOT NULL, 
	invoice_id UUID, 
	description VARCHAR(400), 
	sort_name VARCHAR(600) GENERATED ALWAYS AS (magistrat.pl_key(counterparty_name)) STORED, 
	void_reason VARCHAR(400), 
	created_by VARCHAR(120) NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	counterparty_no VARCHAR(50) NOT NULL, 
	counterparty_name VARCHAR(512) NOT NULL, 
	country VARCHAR(2), 
	document_no VARCHAR(256) NOT NULL, 
	issued_on DATE NOT NULL, 
	marker VARCHAR(6) NOT NULL, 
	ksef_number VARCHAR(36), 
	document_type VARCHAR(6), 
	margin_gross NUMERIC(16, 2), 
	received_on DATE, 
	imported BOOLEAN DEFAULT false NOT NULL, 
	k_40 NUMERIC(16, 2), 
	k_41 NUMERIC(16, 2), 
	k_42 NUMERIC(16, 2), 
	k_43 NUMERIC(16, 2), 
	k_44 NUMERIC(16, 2), 
	k_45 NUMERIC(16, 2), 
	k_46 NUMERIC(16, 2), 
	k_47 NUMERIC(16, 2), 
	net NUMERIC(16, 2) NOT NULL, 
	vat NUMERIC(16, 2) NOT NULL, 
	asset BOOLEAN DEFAULT false NOT NULL, 
	use VARCHAR(24), 
	pre_ratio_pct INTEGER, 
	ratio_pct INTEGER, 
	CONSTRAINT pk_vat_purchase PRIMARY KEY (id), 
	CONSTRAINT ck_vat_purchase_marker CHECK (marker in ('NrKSeF','OFF','BFK','DI')), 
	CONSTRAINT ck_vat_purchase_ksef_number CHECK ((marker = 'NrKSeF') = (ksef_number is not null)), 
	CONSTRAINT ck_vat_purchase_pair_k_40 CHECK ((k_40 is null) = (k_41 is null)), 
	CONSTRAINT ck_vat_purchase_pair_k_42 CHECK ((k_42 is null) = (k_43 is null)), 
	CONSTRAINT ck_vat_purchase_source CHECK (source in ('ksef','internal','manual')), 
	CONSTRAINT uq_vat_purchase_source_source_key UNIQUE (source, source_key)
);

CREATE INDEX ix_vat_purchase_year_month ON vat_purchase (year, month);

CREATE TABLE vat_ratio (
	id UUID NOT NULL, 
	year INTEGER NOT NULL, 
	kind VARCHAR(12) NOT NULL, 
	pct INTEGER NOT NULL, 
	basis JSONB NOT NULL, 
	decided_by VARCHAR(120) NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_vat_ratio PRIMARY KEY (id), 
	CONSTRAINT ck_vat_ratio_kind CHECK (kind in ('pre_ratio','ratio')), 
	CONSTRAINT ck_vat_ratio_pct CHECK (pct between 0 and 100)
);

CREATE INDEX ix_vat_ratio_year ON vat_ratio (year, kind, recorded_at);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_ratio FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_ratio FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE vat_sale (
	id UUID NOT NULL, 
	year INTEGER NOT NULL, 
	month INTEGER NOT NULL, 
	source VARCHAR(10) NOT NULL, 
	source_key VARCHAR(120) NOT NULL, 
	invoice_id UUID, 
	description VARCHAR(400), 
	sort_name VARCHAR(600) GENERATED ALWAYS AS (magistrat.pl_key(counterparty_name)) STORED, 
	void_reason VARCHAR(400), 
	created_by VARCHAR(120) NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	counterparty_no VARCHAR(50) NOT NULL, 
	counterparty_name VARCHAR(512) NOT NULL, 
	country VARCHAR(2), 
	document_no VARCHAR(256) NOT NULL, 
	issued_on DATE NOT NULL, 
	marker VARCHAR(6) NOT NULL, 
	ksef_number VARCHAR(36), 
	document_type VARCHAR(6), 
	margin_gross NUMERIC(16, 2), 
	sold_on DATE, 
	flags VARCHAR(16)[] DEFAULT '{}' NOT NULL, 
	bad_debt_due_on DATE, 
	bad_debt_paid_on DATE, 
	k_10 NUMERIC(16, 2), 
	k_11 NUMERIC(16, 2), 
	k_12 NUMERIC(16, 2), 
	k_13 NUMERIC(16, 2), 
	k_14 NUMERIC(16, 2), 
	k_15 NUMERIC(16, 2), 
	k_16 NUMERIC(16, 2), 
	k_17 NUMERIC(16, 2), 
	k_18 NUMERIC(16, 2), 
	k_19 NUMERIC(16, 2), 
	k_20 NUMERIC(16, 2), 
	k_21 NUMERIC(16, 2), 
	k_22 NUMERIC(16, 2), 
	k_23 NUMERIC(16, 2), 
	k_24 NUMERIC(16, 2), 
	k_25 NUMERIC(16, 2), 
	k_26 NUMERIC(16, 2), 
	k_27 NUMERIC(16, 2), 
	k_28 NUMERIC(16, 2), 
	k_29 NUMERIC(16, 2), 
	k_30 NUMERIC(16, 2), 
	k_31 NUMERIC(16, 2), 
	k_32 NUMERIC(16, 2), 
	k_33 NUMERIC(16, 2), 
	k_34 NUMERIC(16, 2), 
	k_35 NUMERIC(16, 2), 
	k_36 NUMERIC(16, 2), 
	k_360 NUMERIC(16, 2), 
	CONSTRAINT pk_vat_sale PRIMARY KEY (id), 
	CONSTRAINT ck_vat_sale_source CHECK (source in ('ksef','cash','internal','manual')), 
	CONSTRAINT ck_vat_sale_marker CHECK (marker in ('NrKSeF','OFF','BFK','DI')), 
	CONSTRAINT ck_vat_sale_ksef_number CHECK ((marker = 'NrKSeF') = (ksef_number is not null)), 
	CONSTRAINT ck_vat_sale_pair_k_15 CHECK ((k_15 is null) = (k_16 is null)), 
	CONSTRAINT ck_vat_sale_pair_k_17 CHECK ((k_17 is null) = (k_18 is null)), 
	CONSTRAINT ck_vat_sale_pair_k_19 CHECK ((k_19 is null) = (k_20 is null)), 
	CONSTRAINT ck_vat_sale_pair_k_23 CHECK ((k_23 is null) = (k_24 is null)), 
	CONSTRAINT ck_vat_sale_pair_k_25 CHECK ((k_25 is null) = (k_26 is null)), 
	CONSTRAINT ck_vat_sale_pair_k_27 CHECK ((k_27 is null) = (k_28 is null)), 
	CONSTRAINT ck_vat_sale_pair_k_29 CHECK ((k_29 is null) = (k_30 is null)), 
	CONSTRAINT ck_vat_sale_pair_k_31 CHECK ((k_31 is null) = (k_32 is null)), 
	CONSTRAINT uq_vat_sale_source_source_key UNIQUE (source, source_key)
);

CREATE INDEX ix_vat_sale_year_month ON vat_sale (year, month);

CREATE TABLE vat_setting (
	id INTEGER NOT NULL, 
	default_use VARCHAR(24), 
	purchase_net VARCHAR(8) DEFAULT 'whole' NOT NULL, 
	CONSTRAINT pk_vat_setting PRIMARY KEY (id), 
	CONSTRAINT ck_vat_setting_purchase_net CHECK (purchase_net in ('whole','share'))
);

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
	CONSTRAINT ck_whitelist_answer_via CHECK (via in ('api','flat')), 
	CONSTRAINT ck_whitelist_answer_request_id CHECK ((via = 'api') = (request_id is not null)), 
	CONSTRAINT ck_whitelist_answer_file_on CHECK ((via = 'flat') = (file_on is not null))
);

CREATE INDEX ix_whitelist_answer_account ON whitelist_answer (account, nip, asked_on);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON whitelist_answer FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON whitelist_answer FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

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
	CONSTRAINT uq_purchase_case_source_source_key UNIQUE (source, source_key), 
	CONSTRAINT ck_purchase_case_source CHECK (source in ('ksef','register','paper')), 
	CONSTRAINT ck_purchase_case_state CHECK (state in ('open','ready','rejected','withdrawn')), 
	CONSTRAINT fk_purchase_case_scheme_id FOREIGN KEY(scheme_id) REFERENCES purchase_scheme (id)
);

CREATE INDEX ix_purchase_case_seller ON purchase_case (seller_nip, number);

CREATE INDEX ix_purchase_case_state ON purchase_case (state, step, due_on);

CREATE TABLE vat_published_purchase (
	publication_id UUID NOT NULL, 
	pos INTEGER NOT NULL, 
	row_id UUID NOT NULL, 
	body TEXT NOT NULL, 
	counterparty_no VARCHAR(50) NOT NULL, 
	counterparty_name VARCHAR(512) NOT NULL, 
	country VARCHAR(2), 
	document_no VARCHAR(256) NOT NULL, 
	issued_on DATE NOT NULL, 
	marker VARCHAR(6) NOT NULL, 
	ksef_number VARCHAR(36), 
	document_type VARCHAR(6), 
	margin_gross NUMERIC(16, 2), 
	received_on DATE, 
	imported BOOLEAN DEFAULT false NOT NULL, 
	k_40 NUMERIC(16, 2), 
	k_41 NUMERIC(16, 2), 
	k_42 NUMERIC(16, 2), 
	k_43 NUMERIC(16, 2), 
	k_44 NUMERIC(16, 2), 
	k_45 NUMERIC(16, 2), 
	k_46 NUMERIC(16, 2), 
	k_47 NUMERIC(16, 2), 
	CONSTRAINT pk_vat_published_purchase PRIMARY KEY (publication_id, pos), 
	CONSTRAINT fk_vat_published_purchase_publication_id FOREIGN KEY(publication_id) REFERENCES vat_publication (id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_published_purchase FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_published_purchase FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE vat_published_sale (
	publication_id UUID NOT NULL, 
	pos INTEGER NOT NULL, 
	row_id UUID NOT NULL, 
	body TEXT NOT NULL, 
	counterparty_no VARCHAR(50) NOT NULL, 
	counterparty_name VARCHAR(512) NOT NULL, 
	country VARCHAR(2), 
	document_no VARCHAR(256) NOT NULL, 
	issued_on DATE NOT NULL, 
	marker VARCHAR(6) NOT NULL, 
	ksef_number VARCHAR(36), 
	document_type VARCHAR(6), 
	margin_gross NUMERIC(16, 2), 
	sold_on DATE, 
	flags VARCHAR(16)[] DEFAULT '{}' NOT NULL, 
	bad_debt_due_on DATE, 
	bad_debt_paid_on DATE, 
	k_10 NUMERIC(16, 2), 
	k_11 NUMERIC(16, 2), 
	k_12 NUMERIC(16, 2), 
	k_13 NUMERIC(16, 2), 
	k_14 NUMERIC(16, 2), 
	k_15 NUMERIC(16, 2), 
	k_16 NUMERIC(16, 2), 
	k_17 NUMERIC(16, 2), 
	k_18 NUMERIC(16, 2), 
	k_19 NUMERIC(16, 2), 
	k_20 NUMERIC(16, 2), 
	k_21 NUMERIC(16, 2), 
	k_22 NUMERIC(16, 2), 
	k_23 NUMERIC(16, 2), 
	k_24 NUMERIC(16, 2), 
	k_25 NUMERIC(16, 2), 
	k_26 NUMERIC(16, 2), 
	k_27 NUMERIC(16, 2), 
	k_28 NUMERIC(16, 2), 
	k_29 NUMERIC(16, 2), 
	k_30 NUMERIC(16, 2), 
	k_31 NUMERIC(16, 2), 
	k_32 NUMERIC(16, 2), 
	k_33 NUMERIC(16, 2), 
	k_34 NUMERIC(16, 2), 
	k_35 NUMERIC(16, 2), 
	k_36 NUMERIC(16, 2), 
	k_360 NUMERIC(16, 2), 
	CONSTRAINT pk_vat_published_sale PRIMARY KEY (publication_id, pos), 
	CONSTRAINT fk_vat_published_sale_publication_id FOREIGN KEY(publication_id) REFERENCES vat_publication (id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_published_sale FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_published_sale FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

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
	CONSTRAINT fk_payment_proposal_case_id FOREIGN KEY(case_id) REFERENCES purchase_case (id), 
	CONSTRAINT fk_payment_proposal_answer_id FOREIGN KEY(answer_id) REFERENCES whitelist_answer (id)
);

CREATE INDEX ix_payment_proposal_due ON payment_proposal (due_on) WHERE void_reason is null and released_on is null;

CREATE UNIQUE INDEX uq_payment_proposal_case ON payment_proposal (case_id) WHERE void_reason is null;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payment_proposal FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('released_on', 'released_by', 'release_note', 'notify_by_on', 'answer_id', 'void_reason');

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON payment_proposal FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

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

CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));

INSERT INTO alembic_version (version_num) VALUES ('0002');

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
	CONSTRAINT uq_jpk_return_year_month_version UNIQUE (year, month, version), 
	CONSTRAINT ck_jpk_return_purpose CHECK (purpose in (1, 2))
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
	CONSTRAINT uq_ksef_invoice_sha256 UNIQUE (sha256), 
	CONSTRAINT uq_ksef_invoice_ksef_number UNIQUE (ksef_number), 
	CONSTRAINT fk_ksef_invoice_batch_id FOREIGN KEY(batch_id) REFERENCES ksef_batch (id), 
	CONSTRAINT fk_ksef_invoice_unit_code FOREIGN KEY(unit_code) REFERENCES unit_directory (code)
);

CREATE INDEX ix_ksef_invoice_due ON ksef_invoice (unit_code) WHERE attribution_id is distinct from delivered_id;

CREATE INDEX ix_ksef_invoice_number ON ksef_invoice (seller_nip, number);

CREATE INDEX ix_ksef_invoice_state ON ksef_invoice (state, year, month);

CREATE INDEX ix_ksef_invoice_unit_code ON ksef_invoice (unit_code, year, month);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ksef_invoice FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('state', 'unit_code', 'attribution_id', 'delivered_id', 'delivered_to', 'undelivered_reason', 'ksef_number', 'year', 'month');

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON ksef_invoice FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

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
	CONSTRAINT uq_ksef_quarantine_sha256_name UNIQUE (sha256, name), 
	CONSTRAINT fk_ksef_quarantine_batch_id FOREIGN KEY(batch_id) REFERENCES ksef_batch (id)
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

CREATE INDEX ix_ksef_attribution_invoice_id ON ksef_attribution (invoice_id);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ksef_attribution FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON ksef_attribution FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

CREATE TABLE alembic_version_municipality (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_municipality_pkc PRIMARY KEY (version_num));

INSERT INTO alembic_version_municipality (version_num) VALUES ('0001');

