// Receives Keyturn's callbacks, renews the token that stands in a file, and uses it meanwhile. See README.md.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const { Webhook } = require("standardwebhooks");

const { HOST = "127.0.0.1", PORT, KEYTURN_URL, SIGNING_SECRET, TOKEN_FILE } = process.env;
const webhook = new Webhook(SIGNING_SECRET);
const TYPES = ["apiAccessToken.renewalRequested", "apiAccessToken.test"];
const LARGEST_BODY = 64 * 1024;
const LONGEST_PAUSE_MS = 60_000;

// The token and the request token still to be redeemed.
let state = { pending: null, done: null, ...JSON.parse(fs.readFileSync(TOKEN_FILE, "utf8")) };
let redeeming = false;

/** Replaces the file as a whole: a crash leaves it as before or as after. */
function put(changes) {
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

/** The address is the configured one, never the `redeemUrl` of a callback: the old token goes there. */
function call(path, token, body) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const options = { headers, redirect: "error", signal: AbortSignal.timeout(10_000) };
  if (body) Object.assign(options, { method: "POST", body: JSON.stringify(body) });
  return fetch(KEYTURN_URL.replace(/\/+$/, "") + path, options);
}

/** One redemption: the new token, or null if this request token is of no use any more. */
async function redeem(requestToken, token) {
  const answer = await call("/apiAccessTokens/requestRenewedToken", token, { requestToken });
  if (answer.ok) return (await answer.json()).token;
  console.log(`not redeemed: ${answer.status}`);
  if (answer.status < 500 && answer.status !== 429) return null;
  throw new Error(`status ${answer.status}`);
}

/** Redeems, with the same request token until there is an answer: an answer that was lost is given again. */
async function redeemPending() {
  if (redeeming) return;
  redeeming = true;
  for (let failures = 0; state.pending; ) {
    const { pending, token } = state;
    try {
      // Null: another callback comes in 24 hours.
      const renewed = await redeem(pending.requestToken, token);
      const left = state.pending.id === pending.id ? null : state.pending;
      put({ token: renewed ?? token, done: pending.id, pending: left });
      failures = 0;
    } catch (error) {
      console.log(`will be redeemed again: ${error.name}`);
      // The first repetition at once: mostly it was the connection.
      const pause = Math.min((2 ** failures - 1) * 1000, LONGEST_PAUSE_MS);
      await new Promise((resume) => setTimeout(resume, pause));
      failures = Math.min(failures + 1, 10);
    }
  }
  redeeming = false;
}

/** What to answer to a callback. It's stored first, so that what was accepted is not lost. */
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
    put({ pending: { id, requestToken: message.data.requestToken } });
  }
  setImmediate(redeemPending);
  return 204;
}

/** What the token is for: here, one call with it. */
const work = async () => (await call("/apiAccessTokens/self", state.token)).status;

async function body(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > LARGEST_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function answer(request) {
  if (request.method === "GET") return work();
  const received = await body(request);
  return received === null ? 413 : receive(request.headers, received);
}

const server = http.createServer((request, response) => {
  answer(request).then((status) => response.writeHead(status).end(), () => response.writeHead(502).end());
});
server.listen(Number(PORT), HOST, () => {
  console.log(`Listening: http://${HOST}:${server.address().port}`);
  redeemPending();
});
