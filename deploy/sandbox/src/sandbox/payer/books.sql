CREATE TABLE IF NOT EXISTS file (
  account TEXT NOT NULL, idempotency_key TEXT NOT NULL, file_id TEXT NOT NULL, sha256 BLOB NOT NULL,
  received_at REAL NOT NULL, PRIMARY KEY (account, idempotency_key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempt (
  account TEXT NOT NULL, idempotency_key TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (account, idempotency_key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS interchange (
  account TEXT NOT NULL, sender_id TEXT NOT NULL, control_number INTEGER NOT NULL, file_id TEXT NOT NULL,
  PRIMARY KEY (account, sender_id, control_number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claim (
  seq INTEGER PRIMARY KEY, account TEXT NOT NULL, file_id TEXT NOT NULL, patient_control_number TEXT NOT NULL,
  frequency_code TEXT NOT NULL, payer_id TEXT NOT NULL, payer_sequence TEXT NOT NULL, member_id TEXT NOT NULL,
  charge_cents INTEGER NOT NULL, stage TEXT NOT NULL, outcome TEXT NOT NULL,
  payer_claim_control_number TEXT, duplicate INTEGER NOT NULL DEFAULT 0, unprocessable INTEGER NOT NULL DEFAULT 0,
  replaced INTEGER NOT NULL DEFAULT 0, paid_cents INTEGER NOT NULL DEFAULT 0,
  contractual_cents INTEGER NOT NULL DEFAULT 0, patient_cents INTEGER NOT NULL DEFAULT 0,
  prior_payer_cents INTEGER NOT NULL DEFAULT 0, denied_cents INTEGER NOT NULL DEFAULT 0,
  decision TEXT, received_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS claim_by_number ON claim (account, patient_control_number);
CREATE INDEX IF NOT EXISTS claim_by_payer_number ON claim (account, payer_claim_control_number);
CREATE TABLE IF NOT EXISTS service (
  fingerprint BLOB PRIMARY KEY, claim_seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accumulator (
  account TEXT NOT NULL, member_id TEXT NOT NULL, year INTEGER NOT NULL, deductible_cents INTEGER NOT NULL,
  PRIMARY KEY (account, member_id, year)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS installment (
  seq INTEGER PRIMARY KEY, claim_seq INTEGER NOT NULL, chain TEXT NOT NULL, account TEXT NOT NULL,
  payer_id TEXT NOT NULL, payee_id TEXT NOT NULL, road TEXT NOT NULL, parties TEXT NOT NULL, content TEXT NOT NULL,
  has_claims INTEGER NOT NULL, due_at REAL NOT NULL, trace_number TEXT);
CREATE INDEX IF NOT EXISTS installment_open ON installment (due_at) WHERE trace_number IS NULL;
CREATE INDEX IF NOT EXISTS installment_chain ON installment (chain) WHERE trace_number IS NULL;
CREATE TABLE IF NOT EXISTS forwarded_balance (
  account TEXT NOT NULL, payer_id TEXT NOT NULL, payee_id TEXT NOT NULL, cents INTEGER NOT NULL,
  trace_number TEXT NOT NULL, PRIMARY KEY (account, payer_id, payee_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS delivery (
  seq INTEGER PRIMARY KEY, webhook_id TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL,
  traceparent TEXT NOT NULL, claims TEXT NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  delivered_at REAL);
CREATE INDEX IF NOT EXISTS delivery_open ON delivery (due_at) WHERE delivered_at IS NULL;
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
