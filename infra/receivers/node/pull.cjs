// Fetches a Keyturn token's successor when it is due. Run it from cron, every hour or more often. See README.md.

const fs = require('node:fs');

const { KEYTURN_URL, TOKEN_FILE } = process.env;

/** The answer's body. Redirects are not followed: they would carry the token elsewhere. */
async function call(method, path, token) {
  const url = `${KEYTURN_URL.replace(/\/+$/, '')}/apiAccessTokens/self${path}`;
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(url, { method, headers, redirect: 'error', signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw new Error(`${method} ${path} is answered with ${response.status}`);
  return response.json();
}

/** Replaces the file atomically: a crash leaves the old string, which fetches the same new one again. */
function store(token) {
  const temporary = `${TOKEN_FILE}.${process.pid}`;
  const file = fs.openSync(temporary, 'w', 0o600);
  fs.writeSync(file, JSON.stringify({ token }));
  fs.fsyncSync(file);
  fs.closeSync(file);
  fs.renameSync(temporary, TOKEN_FILE);
}

async function main() {
  const { token } = JSON.parse(fs.readFileSync(TOKEN_FILE, 'utf8'));
  const { renewal } = await call('GET', '/renewalInfo', token);
  if (!['DUE', 'RENEWED'].includes(renewal)) return;
  const renewed = (await call('POST', '/renew', token)).token;
  store(renewed);
  await call('GET', '', renewed);
  console.log('renewed');
}

main().catch((error) => {
  console.error(`not renewed, to be tried again by the next run: ${error.message}`);
  process.exitCode = 1;
});
