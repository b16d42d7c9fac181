// The mails of a Jerry in development: a list, which follows the courier's folder, or one of them. The sidecar hands out
// files as they are; what stands in them is read here, as src/courier/mail/mime.c writes it. Nothing of a mail becomes a
// part of this page but as text, or in a frame that is of no origin and runs no script.
'use strict';

const INTERVAL = 1000;
const AWAY = 'Jerry does not answer. Is it still running?';

const folder = new URL('.', document.currentScript.src);
const said = document.getElementById('status');

function say(text) {
	// who listens to the page hears only what is new
	if (said.textContent !== text)
		said.textContent = text;
}

// "=C3=A9" is "é".
function decodeBytes(text) {
	return text.replace(/(?:=[0-9A-F]{2})+/gi, (run) =>
		new TextDecoder().decode(Uint8Array.from(run.slice(1).split('='), (hex) => parseInt(hex, 16))));
}

function decodeBody(text) {
	return decodeBytes(text.replace(/=\r\n/g, '')).replace(/\r\n/g, '\n');
}

// A header's value; the space between two encoded words is a part of neither.
function decodeHeader(text) {
	return text.replace(/\?=\s+=\?/g, '?==?')
		.replace(/=\?UTF-8\?Q\?([^?]*)\?=/gi, (_, word) => decodeBytes(word.replace(/_/g, ' ')));
}

// Headers by their names, and the rest.
function split(text) {
	const end = text.indexOf('\r\n\r\n');
	const head = end < 0 ? text : text.slice(0, end);
	const headers = new Map();
	for (const line of head.replace(/\r\n(?=[ \t])/g, '').split('\r\n')) {
		const colon = line.indexOf(':');
		if (colon > 0)
			headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
	}
	return { headers, body: end < 0 ? '' : text.slice(end + 4) };
}

function parse(file) {
	const { headers, body } = split(file);
	const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type') || '');
	const mail = { text: boundary ? '' : body, html: '' };
	for (const name of ['subject', 'from', 'to', 'date'])
		mail[name] = decodeHeader(headers.get(name) || '');
	// the line break before a boundary is a part of that
	for (const section of boundary ? `\r\n${body}`.split(`\r\n--${boundary[1]}`).slice(1) : []) {
		if (section.startsWith('--'))
			break;
		const part = split(section.slice(2));
		mail[(part.headers.get('content-type') || '').startsWith('text/html') ? 'html' : 'text'] = decodeBody(part.body);
	}
	return mail;
}

// Text of the sidecar's, or an error that says why not.
async function get(name) {
	const response = await fetch(new URL(name, folder)).catch(() => null);
	if (!response?.ok)
		throw new Error(await response?.json().then((answer) => answer.error.message, () => null) || AWAY);
	return response.text();
}

function inWords(date) {
	return isNaN(Date.parse(date)) ? date : new Date(date).toLocaleString();
}

function add(parent, tag, className, text) {
	const element = parent.appendChild(document.createElement(tag));
	element.className = className;
	element.textContent = text;
	return element;
}

// ---- the list

const rows = new Map(); // by line of the list: a mail that was written anew has another one

async function rowOf(line) {
	const name = line.split(' ')[0];
	let mail;
	try {
		mail = parse(await get(`${name}.eml`));
	} catch (error) {
		mail = { subject: name, to: error.message, date: '' };
	}
	const row = document.createElement('li');
	const link = add(row, 'a', '', '');
	link.href = new URL(name, folder);
	add(link, 'span', 'subject', mail.subject);
	add(link, 'span', 'to', mail.to);
	add(link, 'span', 'date', inWords(mail.date));
	return row;
}

async function showList(list) {
	try {
		const lines = (await get('list')).split('\n').filter(Boolean);
		const isWhole = lines.at(-1) !== '...';
		const shown = isWhole ? lines : lines.slice(0, -1);
		for (const line of rows.keys())
			if (!shown.includes(line))
				rows.delete(line);
		await Promise.all(shown.map(async (line) => {
			if (!rows.has(line))
				rows.set(line, await rowOf(line));
		}));
		const wanted = shown.map((line) => rows.get(line));
		if (wanted.length !== list.children.length || wanted.some((row, i) => row !== list.children[i]))
			list.replaceChildren(...wanted);
		say(isWhole ? shown.length ? '' : 'There are no mails yet.'
			: 'The folder is so full that only a part of it was looked at: there may be newer mails.');
	} catch (error) {
		say(error.message);
	}
}

async function follow(list) {
	for (;;) {
		if (!document.hidden)
			await showList(list);
		await new Promise((resolve) => setTimeout(resolve, INTERVAL));
	}
}

// ---- one mail

// Text, in which addresses of pages are links.
function addText(parent, text) {
	text.split(/(https?:\/\/[^\s<>"]+)/).forEach((piece, i) => {
		if (i % 2 === 0)
			return parent.append(piece);
		const link = add(parent, 'a', '', piece);
		link.href = piece;
		link.target = '_blank';
		link.rel = 'noreferrer';
	});
}

async function showMail(page) {
	const name = location.pathname.split('/').pop();
	const frame = document.getElementById('html');
	try {
		const mail = parse(await get(`${name}.eml`));
		for (const element of page.querySelectorAll('[data-header]'))
			element.textContent = mail[element.dataset.header];
		page.querySelector('[data-header="date"]').textContent = inWords(mail.date);
		document.title = `${mail.subject} – Jerry`;
		// a link in the frame would otherwise lead to a page that refuses to be in one
		frame.srcdoc = `<!DOCTYPE html><base target="_blank">${mail.html}`;
		frame.hidden = !mail.html;
		page.querySelector('details').open = !mail.html;
		addText(document.getElementById('text'), mail.text);
		document.getElementById('file').href = new URL(`${name}.eml`, folder);
		page.hidden = false;
	} catch (error) {
		say(error.message);
	}
}

const list = document.getElementById('mails');
if (list)
	follow(list);
else
	showMail(document.getElementById('mail'));
