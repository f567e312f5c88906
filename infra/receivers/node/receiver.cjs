// Receives Keyturn's callbacks and keeps the token in a file up to date. See README.md.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const { Webhook } = require("standardwebhooks");

const { HOST = "127.0.0.1", PORT, KEYTURN_URL, SIGNING_SECRET, TOKEN_FILE } = process.env;
const webhook = new Webhook(SIGNING_SECRET);
const TYPES = ["apiAccessToken.renewalRequested", "apiAccessToken.test"];
const MAX_BODY_BYTES = 64 * 1024;
const MAX_PAUSE_MS = 60_000;

// The token and the pending request token.
let state = { pending: null, done: null, ...JSON.parse(fs.readFileSync(TOKEN_FILE, "utf8")) };
let redeeming = false;

/** Replaces the file atomically. */
function save(changes) {
  const next = { ...state, ...changes };
  const file = fs.openSync(`${TOKEN_FILE}.new`, "w", 0o600);
  try {
    fs.writeFileSync(file, JSON.stringify(next));
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(`${TOKEN_FILE}.new`, TOKEN_FILE);
  state = next;
}

/** Calls the configured URL, never the `redeemUrl` of a callback: the old token is sent there. */
function call(path, token, body) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const options = { headers, redirect: "error", signal: AbortSignal.timeout(10_000) };
  if (body) Object.assign(options, { method: "POST", body: JSON.stringify(body) });
  return fetch(KEYTURN_URL.replace(/\/+$/, "") + path, options);
}

/** Redeems once. Returns the new token, or null if the request token is no longer redeemable. */
async function redeem(requestToken, token) {
  const answer = await call("/apiAccessTokens/requestRenewedToken", token, { requestToken });
  if (answer.ok) return (await answer.json()).token;
  console.log(`not redeemed: ${answer.status}`);
  if (answer.status < 500 && answer.status !== 429) return null;
  throw new Error(`status ${answer.status}`);
}

/** Redeems request tokens, retrying with the same one: Keyturn repeats a response that was lost. */
async function redeemPending() {
  if (redeeming) return;
  redeeming = true;
  for (let failures = 0; state.pending; ) {
    const { pending, token } = state;
    try {
      // Null: the next callback comes in 24 hours.
      const renewed = await redeem(pending.requestToken, token);
      const next = state.pending.id === pending.id ? null : state.pending;
      save({ token: renewed ?? token, done: pending.id, pending: next });
      failures = 0;
    } catch (error) {
      console.log(`redemption will be retried: ${error.name}`);
      // The first retry is immediate: usually the connection was lost.
      const pause = Math.min((2 ** failures - 1) * 1000, MAX_PAUSE_MS);
      await new Promise((resume) => setTimeout(resume, pause));
      failures = Math.min(failures + 1, 10);
    }
  }
  redeeming = false;
}

/** Handles a callback and returns the status. Stores the request token first, so that an accepted one is never lost. */
function receive(headers, body) {
  let message;
  try {
    message = webhook.verify(body, headers);
  } catch {
    return 401;
  }
  const id = headers["webhook-id"];
  // A repeated delivery changes nothing.
  if (TYPES.includes(message.type) && id !== state.done && id !== state.pending?.id) {
    save({ pending: { id, requestToken: message.data.requestToken } });
  }
  setImmediate(redeemPending);
  return 204;
}

/** Your use of the token; here, one call to the API. */
const work = async () => (await call("/apiAccessTokens/self", state.token)).status;

async function readBody(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function respond(request) {
  if (request.method === "GET") return work();
  const received = await readBody(request);
  return received === null ? 413 : receive(request.headers, received);
}

const server = http.createServer((request, response) => {
  respond(request).then((status) => response.writeHead(status).end(), () => response.writeHead(502).end());
});
server.listen(Number(PORT), HOST, () => {
  console.log(`Listening: http://${HOST}:${server.address().port}`);
  redeemPending();
});
