CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE blob (
	tenant VARCHAR NOT NULL, 
	digest BLOB NOT NULL, 
	text BLOB NOT NULL, 
	PRIMARY KEY (tenant, digest)
);

CREATE TABLE finding (
	event INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	entity VARCHAR NOT NULL, 
	border VARCHAR NOT NULL, 
	detector VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	rule VARCHAR, 
	PRIMARY KEY (event, position), 
	FOREIGN KEY(event) REFERENCES event (idx)
)
 WITHOUT ROWID;

CREATE TABLE response (
	seq INTEGER NOT NULL, 
	id BLOB NOT NULL, 
	at INTEGER NOT NULL, 
	tenant VARCHAR NOT NULL, 
	application VARCHAR NOT NULL, 
	end_user VARCHAR NOT NULL, 
	model VARCHAR NOT NULL, 
	trace BLOB, 
	PRIMARY KEY (seq), 
	FOREIGN KEY(seq) REFERENCES event (idx), 
	UNIQUE (id)
);

CREATE INDEX ix_response_tenant_seq ON response (tenant, seq);

CREATE TABLE salt (
	event INTEGER NOT NULL, 
	secret BLOB NOT NULL, 
	PRIMARY KEY (event), 
	FOREIGN KEY(event) REFERENCES event (idx)
);

CREATE TABLE source (
	id INTEGER NOT NULL, 
	event INTEGER NOT NULL, 
	tenant VARCHAR NOT NULL, 
	namespace VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(event) REFERENCES event (idx), 
	UNIQUE (tenant, namespace, name)
);

CREATE INDEX ix_source_event ON source (event);

CREATE TABLE document (
	id INTEGER NOT NULL, 
	event INTEGER NOT NULL, 
	source INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(event) REFERENCES event (idx), 
	FOREIGN KEY(source) REFERENCES source (id), 
	UNIQUE (source, name)
);

CREATE INDEX ix_document_event ON document (event);

CREATE INDEX ix_document_name ON document (name);

CREATE TABLE outcome (
	seq INTEGER NOT NULL, 
	event INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	decision VARCHAR NOT NULL, 
	error VARCHAR NOT NULL, 
	PRIMARY KEY (seq), 
	FOREIGN KEY(event) REFERENCES event (idx), 
	FOREIGN KEY(seq) REFERENCES response (seq)
);

CREATE TABLE document_version (
	id INTEGER NOT NULL, 
	event INTEGER NOT NULL, 
	document INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	title VARCHAR, 
	url VARCHAR, 
	labels VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(document) REFERENCES document (id), 
	FOREIGN KEY(event) REFERENCES event (idx), 
	UNIQUE (document, digest)
);

CREATE INDEX ix_document_version_event ON document_version (event);

CREATE TABLE chunk (
	id INTEGER NOT NULL, 
	event INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	ordinal INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	kept BOOLEAN NOT NULL, 
	title VARCHAR, 
	url VARCHAR, 
	labels VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(event) REFERENCES event (idx), 
	FOREIGN KEY(version) REFERENCES document_version (id), 
	UNIQUE (version, ordinal, digest)
);

CREATE INDEX ix_chunk_event ON chunk (event);

CREATE TABLE ingestion (
	event INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	title VARCHAR, 
	url VARCHAR, 
	labels VARCHAR NOT NULL, 
	PRIMARY KEY (event, position), 
	FOREIGN KEY(event) REFERENCES event (idx), 
	FOREIGN KEY(version) REFERENCES document_version (id)
);

CREATE INDEX ix_ingestion_version_event ON ingestion (version, event);

CREATE TABLE passage (
	id INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	algorithm INTEGER NOT NULL, 
	kin INTEGER NOT NULL, 
	words BLOB NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);

CREATE TABLE registration (
	seq INTEGER NOT NULL, 
	identity BLOB NOT NULL, 
	passage INTEGER NOT NULL, 
	gone BOOLEAN NOT NULL, 
	owner BLOB NOT NULL, 
	tenant VARCHAR NOT NULL, 
	namespace VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	document VARCHAR NOT NULL, 
	version BLOB NOT NULL, 
	ordinal INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	title VARCHAR, 
	url VARCHAR, 
	labels VARCHAR NOT NULL, 
	PRIMARY KEY (seq), 
	FOREIGN KEY(passage) REFERENCES passage (id), 
	UNIQUE (identity)
);

CREATE INDEX ix_registration_passage ON registration (passage);

CREATE INDEX ix_registration_owner ON registration (owner);

CREATE TABLE answer_print (
	tenant VARCHAR NOT NULL, 
	hash INTEGER NOT NULL, 
	run BLOB NOT NULL, 
	PRIMARY KEY (tenant, hash, run)
)
 WITHOUT ROWID;

CREATE TABLE leaf (
	idx INTEGER NOT NULL, 
	hashes BLOB NOT NULL, 
	data BLOB, 
	PRIMARY KEY (idx), 
	FOREIGN KEY(idx) REFERENCES event (idx)
);

CREATE TABLE checkpoint (
	size INTEGER NOT NULL, 
	base INTEGER NOT NULL, 
	root BLOB NOT NULL, 
	"key" BLOB NOT NULL, 
	signature BLOB NOT NULL, 
	PRIMARY KEY (size)
);

CREATE TABLE signing_key (
	event INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	PRIMARY KEY (event), 
	FOREIGN KEY(event) REFERENCES event (idx)
);

CREATE TABLE anchor (
	event INTEGER NOT NULL, 
	url VARCHAR NOT NULL, 
	size INTEGER NOT NULL, 
	root BLOB NOT NULL, 
	PRIMARY KEY (event), 
	FOREIGN KEY(event) REFERENCES event (idx)
);

CREATE TABLE follower (
	name VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	owner VARCHAR NOT NULL, 
	until INTEGER NOT NULL, 
	PRIMARY KEY (name)
);

CREATE TABLE access (
	event INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	subject VARCHAR NOT NULL, 
	PRIMARY KEY (event, position), 
	FOREIGN KEY(event) REFERENCES event (idx)
);

CREATE INDEX ix_access_subject_event ON access (subject, event);

CREATE TABLE lineage_report (
	event INTEGER NOT NULL, 
	tenant VARCHAR NOT NULL, 
	run BLOB NOT NULL, 
	namespace VARCHAR NOT NULL, 
	job VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	wrote BOOLEAN NOT NULL, 
	at INTEGER NOT NULL, 
	PRIMARY KEY (event), 
	FOREIGN KEY(event) REFERENCES event (idx)
);

CREATE INDEX ix_lineage_report_tenant_run ON lineage_report (tenant, run);

CREATE TABLE lineage_edge (
	event INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	tenant VARCHAR NOT NULL, 
	namespace VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	part VARCHAR NOT NULL, 
	run BLOB NOT NULL, 
	tagged BOOLEAN NOT NULL, 
	at INTEGER NOT NULL, 
	PRIMARY KEY (event, position), 
	FOREIGN KEY(event) REFERENCES event (idx)
)
 WITHOUT ROWID;

CREATE INDEX ix_lineage_edge_dataset ON lineage_edge (tenant, namespace, name, part, at);

CREATE INDEX ix_chunk_digest ON chunk (digest);

CREATE INDEX ix_document_version_digest ON document_version (digest);

CREATE TABLE breach (
	event INTEGER NOT NULL, 
	tenant VARCHAR NOT NULL, 
	PRIMARY KEY (event), 
	FOREIGN KEY(event) REFERENCES event (idx)
);

CREATE INDEX ix_breach_tenant ON breach (tenant, event);

CREATE TABLE span (
	tenant VARCHAR NOT NULL, 
	trace BLOB NOT NULL, 
	name BLOB NOT NULL, 
	until INTEGER NOT NULL, 
	size INTEGER NOT NULL, 
	sealed BLOB NOT NULL, 
	PRIMARY KEY (tenant, trace, name)
);

CREATE INDEX ix_span_until ON span (until);

CREATE INDEX ix_response_trace ON response (trace) WHERE trace IS NOT NULL;

CREATE TABLE content_key (
	id INTEGER NOT NULL, 
	tenant VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	owner BLOB NOT NULL, 
	master BLOB NOT NULL, 
	wrapped BLOB NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (tenant, kind, owner)
);

CREATE TABLE sealed_text (
	name BLOB NOT NULL, 
	"key" INTEGER NOT NULL, 
	used INTEGER NOT NULL, 
	text BLOB NOT NULL, 
	PRIMARY KEY (name, "key")
);

CREATE INDEX ix_sealed_text_used ON sealed_text (used);

CREATE TABLE "tree" (
	id INTEGER NOT NULL, 
	size INTEGER NOT NULL, 
	root BLOB NOT NULL, 
	frontier BLOB NOT NULL, 
	keys VARCHAR NOT NULL, 
	epoch INTEGER NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE quarantine (
	event INTEGER NOT NULL, 
	tenant VARCHAR NOT NULL, 
	namespace VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	document VARCHAR NOT NULL, 
	released BOOLEAN NOT NULL, 
	PRIMARY KEY (event), 
	FOREIGN KEY(event) REFERENCES event (idx)
);

CREATE TABLE incident (
	event INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	incident BLOB NOT NULL, 
	step VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	PRIMARY KEY (event, position), 
	FOREIGN KEY(event) REFERENCES event (idx)
);

CREATE INDEX ix_incident_incident_event ON incident (incident, event);

CREATE INDEX ix_incident_subject_event ON incident (subject, event);

CREATE TABLE conversation (
	seq INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	PRIMARY KEY (seq), 
	FOREIGN KEY(seq) REFERENCES response (seq)
);

CREATE INDEX ix_conversation_name_seq ON conversation (name, seq);

CREATE INDEX ix_response_end_user_seq ON response (end_user, seq);

CREATE TABLE hold (
	event INTEGER NOT NULL, 
	tenant VARCHAR NOT NULL, 
	id BLOB NOT NULL, 
	action VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	target VARCHAR NOT NULL, 
	PRIMARY KEY (event), 
	FOREIGN KEY(event) REFERENCES event (idx)
);

CREATE INDEX ix_hold_tenant ON hold (tenant, event);

CREATE TABLE erasure (
	event INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	PRIMARY KEY (event), 
	FOREIGN KEY(event) REFERENCES event (idx)
);

CREATE TABLE attribution (
	seq INTEGER NOT NULL, 
	sentence INTEGER NOT NULL, 
	start INTEGER NOT NULL, 
	"end" INTEGER NOT NULL, 
	chunk INTEGER, 
	score INTEGER NOT NULL, 
	method VARCHAR NOT NULL, 
	PRIMARY KEY (seq, sentence)
)
 WITHOUT ROWID;

CREATE INDEX ix_attribution_chunk_seq ON attribution (chunk, seq);

CREATE TABLE caller_block (
	number INTEGER NOT NULL, 
	columns BLOB NOT NULL, 
	applications VARCHAR NOT NULL, 
	PRIMARY KEY (number)
);

CREATE TABLE edge (
	seq INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	chunk INTEGER NOT NULL, 
	state INTEGER NOT NULL, 
	how INTEGER NOT NULL, 
	PRIMARY KEY (seq, position), 
	FOREIGN KEY(chunk) REFERENCES chunk (id), 
	FOREIGN KEY(seq) REFERENCES response (seq)
)
 WITHOUT ROWID;

CREATE INDEX ix_edge_chunk_seq ON edge (chunk, seq, state);

CREATE TABLE "event" (
	idx INTEGER NOT NULL, 
	id BLOB NOT NULL, 
	run BLOB NOT NULL, 
	type VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	at INTEGER NOT NULL, 
	tenant VARCHAR NOT NULL, 
	detail BLOB NOT NULL, 
	catalogue BLOB, 
	PRIMARY KEY (idx)
);

CREATE INDEX ix_event_policy ON event (idx) WHERE type = 'policy';

CREATE UNIQUE INDEX ix_event_id ON event (id) WHERE type NOT IN ('intent', 'outcome');

INSERT INTO "alembic_version" VALUES ('0018');

INSERT INTO "tree" VALUES (1, 0, X'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', X'0000000000000000', '', 0);
