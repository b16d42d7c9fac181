-- jerry.verify_password: does a password belong to a bcrypt hash
BEGIN;
\ir setup.psql
SELECT plan(38);

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
SELECT is(jerry.verify_password(U&'Pa\0308ssw\00F6rd-1', '$2b$04$PKpC8MQ2cStueD5iyayK7e5HyeKYsQk5EcyL.TzDKE5FN/DnfCT/u'), false,
	'a letter that is composed differently is another one');
SELECT is(jerry.verify_password(repeat('x', 73), '$2b$04$X./wRC1LSdes9rAAuwcp7uFny8N.m6eiVWd7jBoKvWTZtdx8rdsdy'), false,
	'what bcrypt would ignore is not ignored');

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
