-- jerry.verify_password: does a password belong to a bcrypt hash
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('verify_password(text,text)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true,
	call => 'SELECT jerry.verify_password(''x'', ''x'')', reason => 'the planner must not call it');

-- the first three are of python3-bcrypt and passlib
SELECT is(jerry.verify_password(password, hash), true, name)
FROM (VALUES
	('Secret-123', '$2a$04$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh6', 'a $2a$ hash of Python is verified'),
	('Secret-123', '$2b$04$nwnd4iyRPAePjF9dgLvr.u9JI7xKHC/tHDwY/4S/eEHTn7cDLSoJq', 'a $2b$ hash of Python is verified'),
	('Secret-123', '$2y$04$ehBOUQ/kPRCEfWx8kpyrheK0snu.je6iOEYOf8UWfa0BQ7/Lk7xKa', 'a $2y$ hash of Python is verified'),
	(U&'P\00E4ssw\00F6rd-1', '$2b$04$PKpC8MQ2cStueD5iyayK7e5HyeKYsQk5EcyL.TzDKE5FN/DnfCT/u', 'passwords are UTF-8'),
	(repeat('x', 72), '$2b$04$X./wRC1LSdes9rAAuwcp7uFny8N.m6eiVWd7jBoKvWTZtdx8rdsdy', '72 bytes are verified'),
	('Secret-123', jerry.hash_password('Secret-123'), 'Jerry''s own hash is verified'),
	('', jerry.hash_password(''), 'an empty password is verified'),
	('Secret-123', crypt('Secret-123', gen_salt('bf', 6)), 'the cost is that of the hash')
) AS t (password, hash, name);

SELECT is(jerry.verify_password(password, '$2b$04$nwnd4iyRPAePjF9dgLvr.u9JI7xKHC/tHDwY/4S/eEHTn7cDLSoJq'), false, name)
FROM (VALUES
	('secret-123', 'the case of a password matters'),
	('Secret-12', 'the beginning of a password is not enough'),
	('Secret-1234', 'a password with more behind it is another one'),
	('', 'an empty password is another one'),
	(E'Secret-123\n', 'a line break makes it another one'),
	('$2b$04$nwnd4iyRPAePjF9dgLvr.u9JI7xKHC/tHDwY/4S/eEHTn7cDLSoJq', 'the hash is not its own password')
) AS t (password, name);

-- composed in two ways it is the same password, whichever of the two was hashed: Jerry's hash is of the normal form,
-- others' of what was typed
SELECT is(jerry.verify_password(password, hash), true, name)
FROM (VALUES
	(U&'Pa\0308ssw\00F6rd-1', '$2b$04$PKpC8MQ2cStueD5iyayK7e5HyeKYsQk5EcyL.TzDKE5FN/DnfCT/u',
		'a hash of the normal form, typed in another'),
	(U&'Pa\0308ssword-1', crypt(U&'Pa\0308ssword-1', gen_salt('bf', 4)), 'a hash of what was typed'),
	(U&'Pa\0308ssword-1', jerry.hash_password(U&'P\00E4ssword-1'), 'a hash of Jerry''s')
) AS t (password, hash, name);
SELECT is(jerry.verify_password(U&'P\00E4ssword-1', crypt(U&'Pa\0308ssword-1', gen_salt('bf', 4))), false,
	'what was typed otherwise cannot be guessed from the normal form');

-- bcrypt ignores what is behind 72 bytes: others' hashes may be of such a password, Jerry's own never are
SELECT is(jerry.verify_password(password, hash), expected, name)
FROM (VALUES
	(repeat('x', 73), '$2b$04$X./wRC1LSdes9rAAuwcp7uFny8N.m6eiVWd7jBoKvWTZtdx8rdsdy', true,
		'$2b$ is of the first 72 bytes'),
	(repeat('x', 90), overlay('$2b$04$X./wRC1LSdes9rAAuwcp7uFny8N.m6eiVWd7jBoKvWTZtdx8rdsdy' placing 'y' from 3), true,
		'$2y$ too'),
	(repeat('x', 73), overlay('$2b$04$X./wRC1LSdes9rAAuwcp7uFny8N.m6eiVWd7jBoKvWTZtdx8rdsdy' placing 'a' from 3), false,
		'$2a$ is of the whole password'),
	(repeat('x', 73), jerry.hash_password(repeat('x', 72)), false, 'which is what Jerry makes'),
	(repeat('x', 71) || 'yx', '$2b$04$X./wRC1LSdes9rAAuwcp7uFny8N.m6eiVWd7jBoKvWTZtdx8rdsdy', false, 'byte 72 counts'),
	(repeat('x', 71), '$2b$04$X./wRC1LSdes9rAAuwcp7uFny8N.m6eiVWd7jBoKvWTZtdx8rdsdy', false,
		'the beginning is not enough')
) AS t (password, hash, expected, name);

SELECT is(jerry.verify_password('Secret-123', hash), false, name)
FROM (VALUES
	('', 'an empty hash is none'),
	('Secret-123', 'a password in the clear is no hash'),
	('$2a$04$', 'a hash without salt is none'),
	('$2a$04$reLhStKtXFSixVLjO/0Ce.', 'a salt is no hash'),
	('$2a$04$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh', 'a hash of 59 letters is none'),
	('$2a$04$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh66', 'a hash of 61 letters is none'),
	('$2a$04$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh!', 'a hash with a foreign letter is none'),
	(U&'$2a$04$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9H\00E9', 'a hash with a letter beyond ASCII is none'),
	('$2x$04$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh6', '$2x$ is not accepted'),
	('$2$04$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh66', '$2$ is not accepted'),
	('$2A$04$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh6', 'the case of the prefix matters'),
	('$3a$04$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh6', 'another scheme is not accepted'),
	('$2a$03$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh6', 'a cost of 3 is not accepted'),
	('$2a$16$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh6', 'a cost of 16 is not accepted'),
	('$2a$31$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh6', 'a cost of 31 does not keep the server busy'),
	('$2a$4$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh66', 'a cost has two digits'),
	(crypt('Secret-123', 'ab'), 'DES is not accepted'),
	(crypt('Secret-123', gen_salt('md5')), 'MD5 is not accepted')
) AS t (hash, name);

SELECT is(jerry.verify_password(NULL, jerry.hash_password('x')), NULL, 'no password has no answer');
SELECT is(jerry.verify_password('x', NULL), NULL, 'no hash has no answer');
SELECT is(jerry.verify_password(repeat('x', 1000000), jerry.hash_password('x')), false, 'a megabyte is no password');
SELECT is(jerry.verify_password('x', repeat('x', 1000000)), false, 'a megabyte is no hash');

SELECT * FROM finish();
ROLLBACK;
