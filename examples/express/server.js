// An Express application whose routes only users of Jerry get into.
//
//     npm install
//     JERRY_URL=http://localhost:8000 PORT=3000 npm start
//     curl -H "Authorization: Bearer $ACCESS_TOKEN" http://localhost:3000/protected
//
// A route names the middleware currentUser and finds the user in req.user. Jerry is asked about every request, so a session that was revoked is out
// at once; the application knows no key. The same with FastAPI: ../protected_route.py.
'use strict';

const express = require('express');

const jerry = process.env.JERRY_URL || 'http://localhost:8000';

async function currentUser(req, res, next) {
	const [, token] = /^Bearer +(\S+)$/i.exec(req.get('authorization') || '') || [];
	if (!token)
		return res.status(401).set('WWW-Authenticate', 'Bearer').json({ detail: 'Log in first' });

	let answer;
	try {
		answer = await fetch(`${jerry}/api/v1/auth/validate-token`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ token }),
			signal: AbortSignal.timeout(5000),
		});
		if (answer.ok)
			req.user = (await answer.json()).data;
	} catch {
		return res.status(503).json({ detail: 'Jerry cannot be reached' });
	}
	if (answer.status === 401)
		return res.status(401).set('WWW-Authenticate', 'Bearer error="invalid_token"').json({ detail: 'Log in first' });
	if (!answer.ok)
		return res.status(503).json({ detail: 'Jerry cannot answer now' });
	next();
}

const app = express();

app.get('/protected', currentUser, (req, res) => {
	res.json({ message: `Hello ${req.user.email}` });
});

app.listen(process.env.PORT || 3000);
