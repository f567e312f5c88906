// The rival `better-auth` with its API-key plugin and SQLite, as its documentation sets it up: one process.
// `node service.mjs FOLDER` creates the database in the folder, prints a management key and its address, and serves.

import { createServer } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { apiKey } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";

const database = new DatabaseSync(join(process.argv[2], "keys.sqlite3"));
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
const auth = betterAuth({
  baseURL: "http://127.0.0.1",
  secret: "a secret of this benchmark alone, thirty-two bytes",
  database,
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [apiKey({ enableSessionForAPIKeys: true, rateLimit: { enabled: false } })],
});
await (await getMigrations(auth.options)).runMigrations();

const { user } = await auth.api.signUpEmail({
  body: { name: "management", email: "management@example.com", password: "a long password" },
});
const management = await auth.api.createApiKey({ body: { name: "management", userId: user.id } });

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks));
}

async function answer(request) {
  const key = request.headers.authorization?.replace("Bearer ", "") ?? "";
  const headers = new Headers({ "x-api-key": key });
  const url = new URL(request.url, "http://127.0.0.1");
  if (request.method === "GET" && url.pathname === "/keys") {
    const query = { limit: Number(url.searchParams.get("size")), sortBy: "createdAt", sortDirection: "desc" };
    const { apiKeys } = await auth.api.listApiKeys({ headers, query });
    return [200, { items: apiKeys }];
  }
  if (request.method === "POST" && url.pathname === "/keys") {
    const { name } = await body(request);
    const created = await auth.api.createApiKey({ headers, body: { name } });
    return [201, { id: created.id, key: created.key }];
  }
  const { valid, key: caller } = await auth.api.verifyApiKey({ body: { key } });
  if (!valid) return [401, { valid: false }];
  if (url.pathname === "/verify") return [200, { valid: true }];
  // Only a server may disable a key, in the name of its user.
  const [, , keyId] = url.pathname.split("/");
  return [200, await auth.api.updateApiKey({ body: { keyId, userId: caller.referenceId, enabled: false } })];
}

const server = createServer(async (request, response) => {
  let [status, content] = [500, {}];
  try {
    [status, content] = await answer(request);
  } catch (error) {
    status = error.statusCode ?? 500;
    content = { error: String(error) };
  }
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(content));
});
server.listen(0, "127.0.0.1", () => {
  console.log(`Management key: ${management.key}`);
  console.log(`Ready: http://127.0.0.1:${server.address().port}`);
});
