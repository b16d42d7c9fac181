-- An argument of every function that acts for somebody: what a later version wants to know is an attribute more here,
-- and no new signature.
CREATE TYPE jerry.client AS (ip inet, user_agent text, request_id text, device_token text);
COMMENT ON TYPE jerry.client IS
	'Who is asking. A caller that acts for somebody else says for whom: '
	'json_populate_record(NULL::jerry.client, ''{"ip": "192.0.2.7", "user_agent": "curl/8.5"}''). A later version may '
	'have more attributes: ROW(''192.0.2.7'', ''curl/8.5'', NULL, NULL)::jerry.client, which lacks them, fails '
	'there. A NULL attribute is unknown; NULL is a client about which nothing is known. Sessions keep its address and '
	'user agent, events its address.';
COMMENT ON COLUMN jerry.client.ip IS 'the address; a mask is ignored';
COMMENT ON COLUMN jerry.client.user_agent IS 'what the client calls itself, of which 512 bytes are kept';
COMMENT ON COLUMN jerry.client.request_id IS
	'the id under which the caller logs the request, of which 512 bytes are kept';
COMMENT ON COLUMN jerry.client.device_token IS
	'what a login on the same device has answered as device_token: it is then known, and not limited by who guesses '
	'elsewhere; 512 bytes are kept';
-- To call with it nobody needs this; whoever makes a table with such a column keeps the type from being changed.
GRANT USAGE ON TYPE jerry.client TO jerry_api, jerry_admin;
