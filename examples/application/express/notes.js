// The notes application with Express: accounts over HTTP, notes by SQL under row-level security.
//
//     npm install
//     JERRY_URL=http://localhost:8000 DATABASE_URL=postgresql://app:...@127.0.0.1/app PORT=3000 npm start
//
// Signing up and logging in are the sidecar's own routes, passed on; a browser could call them itself. Only what is ours
// needs the database: the profile at sign-up, in one transaction with the user, and the notes.
'use strict';

const express = require('express');
const { Pool } = require('pg');

const jerry = process.env.JERRY_URL || 'http://localhost:8000';
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 8 });
const app = express();
app.use(express.json());

// docs/ERROR_CODES.md; the codes that are not here are 400
const STATUS = { USER_NOT_FOUND: 404, INVALID_CREDENTIALS: 401, INVALID_TOKEN: 401, EXPIRED_TOKEN: 401, EMAIL_NOT_VERIFIED: 403 };

// Runs work(db) as one transaction; with a token, its user is the identity that the policies see.
async function transaction(token, work) {
	const db = await pool.connect();
	try {
		await db.query('BEGIN');
		if (token)
			await db.query('SELECT jerry.unwrap(jerry.authenticate($1))', [token]);
		const result = await work(db);
		await db.query('COMMIT');
		db.release();
		return result;
	} catch (error) {
		// closes the connection: its transaction is rolled back, whatever state it is in
		db.release(true);
		throw error;
	}
}

// A route as an async function that returns [status, body].
function route(handler) {
	return async (req, res) => {
		try {
			const [status, body] = await handler(req);
			res.status(status);
			body === undefined ? res.end() : res.json(body);
		} catch (error) {
			if (error.code?.startsWith('JR')) // jerry.unwrap: the hint is the code
				res.status(STATUS[error.hint] || 400).json({ code: error.hint, detail: error.message });
			else if (error.status === 401)
				res.status(401).set('WWW-Authenticate', 'Bearer').json({ detail: 'Log in first' });
			else
				res.status(503).set('Retry-After', '1').json({ detail: 'Try again later' });
		}
	};
}

function bearer(req) {
	const [, token] = /^Bearer +(\S+)$/i.exec(req.get('authorization') || '') || [];
	if (!token)
		throw Object.assign(new Error('no token'), { status: 401 });
	return token;
}

// Passes a request on to the sidecar, with its token and what body() makes of its body, and the answer back.
const pass = (path, body = () => undefined) => route(async (req) => {
	const { id = '' } = req.params;
	const answer = await fetch(`${jerry}/api/v1/auth/${path}${encodeURIComponent(id)}`, {
		method: req.method,
		headers: {
			'Content-Type': 'application/json',
			'User-Agent': req.get('user-agent') || '',
			'X-Forwarded-For': req.ip,
			...(req.get('authorization') && { Authorization: req.get('authorization') }),
		},
		body: JSON.stringify(body(req.body)),
		signal: AbortSignal.timeout(6000),
	});
	const { data, error } = await answer.json();
	return [answer.status, data || { code: error.code, detail: error.message }];
});

app.post('/sign-up', route((req) => transaction(null, async (db) => {
	const { name, email, password } = req.body;
	const { rows: [{ user }] } = await db.query('SELECT jerry.unwrap(jerry.register($1, $2, $2)) AS user', [email, password]);
	await db.query('INSERT INTO profile (user_id, name) VALUES ($1, $2)', [user.user_id, name]);
	return [201, { user_id: user.user_id }];
})));
app.post('/verify', pass('verify-email', ({ token }) => ({ token })));
app.post('/login', pass('login', ({ email, password }) => ({ email, password })));
app.post('/refresh', pass('refresh', ({ token }) => ({ refresh_token: token })));

app.get('/notes', route((req) => transaction(bearer(req), async (db) =>
	[200, (await db.query('SELECT id::int, body FROM note ORDER BY id')).rows])));
app.post('/notes', route((req) => transaction(bearer(req), async (db) =>
	[201, (await db.query('INSERT INTO note (body) VALUES ($1) RETURNING id::int', [req.body.body])).rows[0]])));

app.get('/sessions', pass('sessions'));
app.delete('/sessions/:id', pass('sessions/'));
app.post('/log-out', pass('logout'));

app.listen(process.env.PORT || 3000);
