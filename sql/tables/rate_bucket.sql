-- Written with every failed login and the like, and worth nothing after some hours: a crash may empty it, a standby and
-- a dump do without.  Updates find room on their page and touch no index (heap-only); an index on full_until would
-- forbid that.
CREATE UNLOGGED TABLE jerry.rate_bucket (
	id uuid PRIMARY KEY,
	account uuid,
	network uuid,
	full_until timestamptz NOT NULL
) WITH (fillfactor = 80);
COMMENT ON TABLE jerry.rate_bucket IS
	'how much of a limit is used up, a row for each limit and each account, network or session that has used some of '
	'it of late; who that is is not told: ids are HMACs with the secret of jerry.installation_secret';
COMMENT ON COLUMN jerry.rate_bucket.id IS 'the limit, and whose it is';
COMMENT ON COLUMN jerry.rate_bucket.account IS 'the account, or its address if there is none; NULL: the limit has none';
COMMENT ON COLUMN jerry.rate_bucket.network IS 'the network; NULL: the limit has none';
COMMENT ON COLUMN jerry.rate_bucket.full_until IS
	'when nothing of it is used any more: the theoretical arrival time of GCRA';
