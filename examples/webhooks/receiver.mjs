// An endpoint for Jerry's webhooks: WEBHOOK_SECRET=whsec_... node receiver.mjs PORT, behind something that speaks TLS.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const key = Buffer.from(process.env.WEBHOOK_SECRET.replace(/^whsec_/, ''), 'base64');
const seen = new Set(); // a real one keeps this in its database, in the transaction of its work

createServer(async (request, response) => {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) if ((size += chunk.length) <= 20000) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const id = request.headers['webhook-id'] ?? '';
  const sent = request.headers['webhook-timestamp'] ?? '';
  const mac = createHmac('sha256', key).update(`${id}.${sent}.`).update(body).digest('base64');
  const expected = Buffer.from('v1,' + mac);
  const signed = (request.headers['webhook-signature'] ?? '').split(' ').map((one) => Buffer.from(one))
    .some((one) => one.length === expected.length && timingSafeEqual(one, expected));
  if (!signed || !/^\d+$/.test(sent) || Math.abs(Date.now() / 1000 - sent) > 300) return response.writeHead(401).end();
  if (!seen.has(id)) {
    seen.add(id);
    console.log(id, JSON.parse(body).type); // the work
  }
  response.writeHead(204).end();
}).listen(Number(process.argv[2]), '127.0.0.1');
