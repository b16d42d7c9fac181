// The pages for links in mails: show one section at a time, and send a form when its button is pressed and not before.
'use strict';

// The link's secret is behind the '#', which browsers send to nobody. It leaves the address bar at once.
const link = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, '', location.pathname + location.search);
// another link to this page, opened in this tab
addEventListener('hashchange', () => location.reload());

const sections = [...document.querySelectorAll('section')];
const refusals = document.getElementById('refusals').children;
const origins = document.body.dataset.origins.split(' ');

function sectionFor(state) {
	return sections.find((section) => section.dataset.state === state);
}

function show(shown) {
	for (const section of sections)
		section.hidden = section !== shown;
}

// As show(), for what somebody did: who listens to the page is told by the heading.
function goOn(state) {
	const section = sectionFor(state);
	const heading = section.querySelector('h1');
	show(section);
	document.title = `${heading.textContent} – ${document.getElementById('name').textContent}`;
	heading.focus();
}

function refusalText(name) {
	for (const refusal of refusals)
		if (refusal.dataset.refusal === name)
			return refusal.textContent;
	return null;
}

function inWords(seconds) {
	const format = new Intl.RelativeTimeFormat(document.documentElement.lang);
	return seconds < 90 ? format.format(seconds, 'second') : format.format(Math.ceil(seconds / 60), 'minute');
}

function refuse(form, { code, details = {} }) {
	const text = refusalText(details.issue) || refusalText(code) || refusalText('FAILED');
	for (const input of form.querySelectorAll('input'))
		input.setAttribute('aria-invalid', input.name === details.field);
	form.querySelector('[role="alert"]').textContent = text.replace('{when}', inWords(details.retry_after || 1));
	form.querySelector('[aria-invalid="true"]')?.focus();
}

// What the API answers, as far as it has an answer.
async function ask(form) {
	const fields = Object.fromEntries(new FormData(form));
	for (const name of (form.dataset.with || '').split(' ').filter(Boolean))
		fields[name] = link.get(name);
	try {
		const response = await fetch(form.dataset.post, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify(fields),
		});
		return { error: {}, ...await response.json() };
	} catch {
		// no answer, or one of somebody in between
		return { error: {} };
	}
}

// Leaves for the application with a session behind the '#', where its script finds it and no server does.
function leadOn(session) {
	const next = new URL(place);
	const names = ['access_token', 'refresh_token', 'token_type', 'expires_in'];
	next.hash = new URLSearchParams(names.map((name) => [name, session[name]]));
	location.replace(next);
}

async function send(form) {
	const button = form.querySelector('button');
	if (button.getAttribute('aria-disabled') === 'true')
		return;
	button.setAttribute('aria-disabled', 'true');
	const { success, data, error } = await ask(form);
	button.removeAttribute('aria-disabled');
	if (success && 'session' in form.dataset)
		leadOn(data);
	if (success)
		goOn(form.dataset.if && !data[form.dataset.if] ? form.dataset.else : form.dataset.then);
	else if (form.dataset.with && ['INVALID_TOKEN', 'EXPIRED_TOKEN'].includes(error.code))
		goOn('again');
	else
		refuse(form, error);
}

// Where the link says that one goes on, if that is a place of ours.
function nextPlace() {
	try {
		const place = new URL(link.get('continue'));
		// the origin of blob:https://... is that of what follows
		const isOurs = /^https?:$/.test(place.protocol) && origins.includes(place.origin);
		return isOurs && !place.username && !place.password ? place.href : null;
	} catch {
		return null;
	}
}

for (const form of document.querySelectorAll('form'))
	form.addEventListener('submit', (event) => {
		event.preventDefault();
		send(form);
	});

// for who keeps passwords, and for who needs another link
for (const input of document.querySelectorAll('[autocomplete="username"], [type="email"]'))
	input.value = link.get('email') || '';

const place = nextPlace();
for (const next of document.querySelectorAll('a.continue')) {
	next.hidden = place === null;
	if (place !== null)
		next.href = place;
}

// a day, of this browser's time zone
const date = Date.parse(link.get('deletes_at'));
const inDays = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'full', timeStyle: 'short' });
for (const dated of document.querySelectorAll('[data-dated]'))
	dated.textContent = dated.textContent.replace('{date}', isNaN(date) ? '…' : inDays.format(date));

// What the link is for, if it can be used.
function firstSection() {
	const isWhole = sectionFor('over') ? !isNaN(date) : Boolean(link.get('token'));
	if (sectionFor('nowhere') && place === null && (isWhole || origins[0] === ''))
		return sectionFor('nowhere');
	if (!isWhole)
		return sectionFor('again');
	return (date <= Date.now() && sectionFor('over')) || sectionFor(`ask-${link.get('action')}`) || sectionFor('ask');
}

show(firstSection());
