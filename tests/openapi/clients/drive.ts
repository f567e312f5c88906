// Creates, lists, edits, renews and deactivates tokens through the generated client.

import { createClient } from './client/client';
import {
  createApiAccessToken,
  deactivateApiAccessToken,
  listApiAccessTokens,
  renewApiAccessToken,
  updateApiAccessToken,
} from './client';
import type { Token, TokenRequest } from './client';

declare const process: { argv: string[]; exitCode: number };

function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

async function drive(baseUrl: string, token: string): Promise<void> {
  const client = createClient({ baseUrl, auth: token });
  const body: TokenRequest = {
    name: 'generated',
    rights: 'READ',
    applications: ['ORDERS'],
    autoRenewal: { everyDays: 30 },
    renewalMailRecipient: 'ops@example.com',
  };
  const creation = { client, body, headers: { 'Idempotency-Key': 'once' } };
  const created: Token = (await createApiAccessToken({ ...creation, throwOnError: true })).data;
  expect(created.token !== undefined, 'no token string');
  const again = (await createApiAccessToken({ ...creation, throwOnError: true })).data;
  expect(again.token === created.token, 'another token');

  const page = await listApiAccessTokens({ client, query: { search: 'generated', size: 10 }, throwOnError: true });
  expect(page.data.items.map((item) => item.id).join() === created.id, 'another list');

  const path = { id: created.id };
  const edited = await updateApiAccessToken({ client, path, body: { description: 'edited' }, throwOnError: true });
  expect(edited.data.description === 'edited', 'not edited');

  const order = { name: 'renewed', existingTokenExpiresAt: new Date(Date.now() + 86_400_000).toISOString() };
  const successor = (await renewApiAccessToken({ client, path, body: order, throwOnError: true })).data;
  expect(successor.renewedFrom === created.id, 'not the successor');
  const refused = await renewApiAccessToken({ client, path, body: order });
  const problem = refused.error;
  expect(problem !== undefined && 'errorCode' in problem && problem.errorCode === 'ALREADY_RENEWED', 'renewed twice');

  const ended = await deactivateApiAccessToken({ client, path: { id: successor.id }, throwOnError: true });
  expect(ended.data.status === 'DEACTIVATED', 'not deactivated');
  console.log(JSON.stringify({ created: created.id, successor: successor.id }));
}

const [baseUrl = '', token = ''] = process.argv.slice(2);
drive(baseUrl, token).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
