-- passwords that somebody guesses who knows the address or the service
BEGIN;
\ir setup.psql

CREATE FUNCTION pg_temp.issue(email text, password text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text := pg_temp.complaint(jerry.register(email, password, password));
BEGIN
	DELETE FROM jerry."user";
	RETURN replace(result, 'WEAK_PASSWORD/password/Password must not contain ', '');
END
$$;

-- ---------- parts of the address ----------

SELECT is(pg_temp.issue(email, password), 'a part of the email address',
	concat_ws(': ', email, to_json(password), name))
FROM (VALUES
	('ada.lovelace@example.com', 'Lovelace-1815', 'a run of letters of the local part'),
	('ada.lovelace@example.com', 'lOVELACE-1815', 'in any case'),
	('ada.lovelace@example.com', 'X1-ada.lovelace', 'the whole of it'),
	('ada.lee@example.com', 'X1-ada.lee', 'the whole, of which no run is long enough'),
	('ada.lee@example.com', 'X1-AdaLee-99', 'without its dots'),
	('adalee@example.com', 'A.d.a-L.e.e-1', 'with other characters between the letters'),
	('ada1815@example.com', 'X-ADA1815', 'letters and digits'),
	('lovelace1815@example.com', 'Lovelace-2', 'the letters without their digits'),
	('13800138000@example.com', 'Aa-13800138000', 'a number'),
	('lovelace+shop@example.com', 'Lovelace-1815', 'without a tag'),
	('a.d.l+shop7@example.com', 'Shop-1234', 'the tag alone'),
	('ad18+bookshop@example.com', 'X-AD18-ok', 'what is in front of a tag'),
	('ada@example.com', 'Example-1', 'a label of the domain'),
	('ada@my-company.co.uk', 'Company-1', 'a run of letters of a label'),
	('ada@my-company.co.uk', 'MyCompany-1', 'a label without its hyphen'),
	('ada@sub.wonderland.example', 'Wonderland-1', 'each label but the last'),
	('ada@gmail.com', 'Gmail-2026', 'a provider that everybody has'),
	('ada@xn--bcher-kva.example', U&'B\00DCCHER-1', 'a label in its letters'),
	(U&'ada@b\00FCcher.example', U&'BU\0308CHER-1', 'in whatever form they are typed'),
	(U&'stra\00DFe@example.com', 'STRASSE-1', 'letters that have two capitals'),
	(U&'\0394\03A6\03A3\03C2@example.com', U&'\03B4\03C6\03C3\03C3-12A', 'both forms of a sigma'),
	(U&'\674E\660E@example.com', U&'Ab-1234-\674E\660E', 'two characters that are a name'),
	(U&'\0418\0432\0430\043D@example.com', U&'\0438\0432\0430\043D-ABC1', 'four letters of any script')
) AS t (email, password, name);

SELECT is(pg_temp.issue(email, password), 'OK', concat_ws(': ', email, to_json(password), name))
FROM (VALUES
	('ada@example.com', 'Canada-1815', 'three letters are in too many words'),
	('ada.lee@example.com', 'Ada-1815-x', 'as a run too'),
	('a.lovelace@example.com', 'Lovelac-1815', 'a part of a part is none'),
	('x@mail.example.com', 'Blackmail-1', 'a label that says nothing'),
	('x@abc.com.museum', 'Museum-1815', 'the last label'),
	('lovelace.1815@example.com', 'Xyz-1815-abc', 'a run of digits'),
	(U&'\0418\0432\0430@example.com', U&'\0438\0432\0430-ABC-1', 'three letters of any script'),
	(U&'\674E@example.com', U&'Ab-1234-\674E', 'one character'),
	('+@example.com', 'Secret-123', 'a local part without letters'),
	('+++++@example.com', 'Secret+++++123', 'or without any at all'),
	('ada@ab-cd.example', 'Secret-123', 'labels of short runs')
) AS t (email, password, name);

SELECT is(pg_temp.complaint(jerry.register('lovelace@example.com', 'Lovelace1', 'Lovelace1')),
	'WEAK_PASSWORD/password/Password must contain at least one special character',
	'a rule that everybody can read is told first');
SELECT is(pg_temp.verdict(jerry.register(repeat('a', 64) || '@' || repeat(repeat('b', 61) || '.', 3) || 'com',
	'Aa-1' || repeat('x', 68), 'Aa-1' || repeat('x', 68))), 'OK', 'the longest address and the longest password');
INSERT INTO jerry."user" (email, password_hash) VALUES ('old@xn--a.com', jerry.hash_password('Old-12345'));
SELECT is(pg_temp.verdict(jerry.login('old@xn--a.com', 'Old-12345')), 'OK',
	'a password that is there is asked nothing');

-- ---------- the name of the service ----------

SELECT is(pg_temp.issue('ada@example.com', 'Wonderland-1'), 'OK', 'without a name there is none to refuse');
SELECT jerry.configure('jerry.service_name', U&'Wonder Land, W\00D6NDER,  tea, xy,,-') \g /dev/null
SELECT is(pg_temp.issue('ada@example.com', password), 'the name of this service', to_json(password)::text)
FROM unnest(ARRAY['Wonder Land 1', 'WONDERLAND-1', 'my_wonder.land1A', U&'W\00F6nder-12', 'Tea-12345']) AS password;
SELECT is(pg_temp.issue('ada@example.com', password), 'OK', to_json(password) || ' is another word')
FROM unnest(ARRAY['Wonder-123', 'Oxygen-xy1', 'Secret-123']) AS password;
SELECT is(pg_temp.issue('wonder@example.com', 'Wonderland-1'), 'a part of the email address',
	'the address is told first');

SELECT * FROM finish();
ROLLBACK;
