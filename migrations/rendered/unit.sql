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

CREATE INDEX ix_invoice_issuer_since_on ON invoice_issuer (since_on, recorded_at);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON invoice_issuer FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON invoice_issuer FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

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
	CONSTRAINT ck_sales_invoice_state CHECK (state in ('issued','sent','accepted','rejected','replaced')), 
	CONSTRAINT ck_sales_invoice_mode CHECK (mode in ('online','offline24')), 
	CONSTRAINT ck_sales_invoice_ksef_number CHECK ((state = 'accepted') = (ksef_number is not null)), 
	CONSTRAINT fk_sales_invoice_root_id FOREIGN KEY(root_id) REFERENCES sales_invoice (id), 
	CONSTRAINT fk_sales_invoice_replaces_id FOREIGN KEY(replaces_id) REFERENCES sales_invoice (id), 
	CONSTRAINT uq_sales_invoice_sha256 UNIQUE (sha256), 
	CONSTRAINT uq_sales_invoice_ksef_number UNIQUE (ksef_number)
);

CREATE INDEX ix_sales_invoice_due ON sales_invoice (send_by_on) WHERE state in ('issued','sent');

CREATE INDEX ix_sales_invoice_issued_on ON sales_invoice (issued_on);

CREATE INDEX ix_sales_invoice_root_id ON sales_invoice (root_id);

CREATE UNIQUE INDEX uq_sales_invoice_number ON sales_invoice (number) WHERE state <> 'replaced';

CREATE UNIQUE INDEX uq_sales_invoice_place ON sales_invoice (series, period, place) WHERE state <> 'replaced';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON sales_invoice FOR EACH ROW EXECUTE FUNCTION magistrat.append_only('state', 'session_ref', 'invoice_ref', 'sent_at', 'ksef_number', 'accepted_at', 'upo', 'rejected_code', 'rejected_text');

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON sales_invoice FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

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

CREATE INDEX ix_vat_payment_row_id ON vat_payment (row_id);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_payment FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_payment FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

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
	internal_kind VARCHAR(20), 
	due_on DATE, 
	split_payment BOOLEAN, 
	corrects_id UUID, 
	decision JSONB, 
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
	stage VARCHAR(12) DEFAULT 'preliminary' NOT NULL, 
	pct INTEGER NOT NULL, 
	basis JSONB NOT NULL, 
	decided_by VARCHAR(120) NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_vat_ratio PRIMARY KEY (id), 
	CONSTRAINT ck_vat_ratio_kind CHECK (kind in ('pre_ratio','ratio')), 
	CONSTRAINT ck_vat_ratio_pct CHECK (pct between 0 and 100), 
	CONSTRAINT ck_vat_ratio_stage CHECK (stage in ('preliminary','final'))
);

CREATE INDEX ix_vat_ratio_year ON vat_ratio (year, kind, recorded_at);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_ratio FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_ratio FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

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

CREATE TABLE vat_sale (
	id UUID NOT NULL, 
	year INTEGER NOT NULL, 
	month INTEGER NOT NULL, 
	source VARCHAR(10) NOT NULL, 
	source_key VARCHAR(120) NOT NULL, 
	invoice_id UUID, 
	description VARCHAR(400), 
	sort_name VARCHAR(600) GENERATED ALWAYS AS (magistrat.pl_key(counterparty_name)) STORED, 
	internal_kind VARCHAR(20), 
	due_on DATE, 
	split_payment BOOLEAN, 
	corrects_id UUID, 
	decision JSONB, 
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
	till_no VARCHAR(20), 
	report_no INTEGER, 
	report_kind VARCHAR(8), 
	returns_gross NUMERIC(16, 2), 
	receipt_no VARCHAR(40), 
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
	CONSTRAINT ck_vat_sale_report_kind CHECK (report_kind in ('daily','monthly')), 
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
	CONSTRAINT ck_vat_asset_event_what CHECK (what in ('sold','purpose')), 
	CONSTRAINT ck_vat_asset_event_sold CHECK ((what = 'sold') = (taxable is not null)), 
	CONSTRAINT ck_vat_asset_event_purpose CHECK ((what = 'purpose') = (use is not null)), 
	CONSTRAINT fk_vat_asset_event_asset_id FOREIGN KEY(asset_id) REFERENCES vat_asset (id)
);

CREATE INDEX ix_vat_asset_event_asset_id ON vat_asset_event (asset_id);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vat_asset_event FOR EACH ROW EXECUTE FUNCTION magistrat.append_only();

CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vat_asset_event FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only();

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

