// A certified OpenID Connect provider for tests, as a company would run one. People sign in by naming themselves. Under `/test`
// a test moves its clock, changes what people belong to, and rotates its keys.
//
// Usage: node provider.mjs NODE_MODULES ADDRESS_OF_KEYTURN [id-token]

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import http from 'node:http';
import { pathToFileURL } from 'node:url';

const [modules, keyturn, claimsIn] = process.argv.slice(2);

// The tests move the clock of the local stack, and so that of the provider, too.
const SystemDate = Date;
let ahead = 0;
globalThis.Date = class extends SystemDate {
  constructor(...parts) {
    super(...(parts.length ? parts : [SystemDate.now() + ahead]));
  }

  static now() {
    return SystemDate.now() + ahead;
  }
};

const { Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`));

const PEOPLE = {
  ada: { name: 'Ada Admin', email: 'ada@example.com', groups: ['staff', 'keyturn-admins'], tenant: 't-1' },
  otto: { name: 'Otto Operator', email: 'otto@example.com', groups: ['keyturn-operators'], tenant: 't-1' },
  stranger: { name: 'Stan Stranger', email: 'stan@example.com', groups: ['keyturn-admins'], tenant: 't-2' },
};

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

const SCOPE = 'openid profile email membership offline_access';

const configuration = {
  clients: [{
    client_id: 'keyturn',
    client_secret: 'a-secret-of-the-tests-only',
    redirect_uris: [`${keyturn}/console/signed-in/certified`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    backchannel_logout_uri: `${keyturn}/console/back-channel-logout`,
    backchannel_logout_session_required: true,
  }],
  claims: { openid: ['sub'], profile: ['name'], email: ['email'], membership: ['groups', 'tenant'] },
  // The default of this provider: claims are in the user info only, unless there is no access token.
  conformIdTokenClaims: claimsIn !== 'id-token',
  cookies: { keys: ['a key of the tests'] },
  features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
  // It connects to no private address, and the local stack has one.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  issueRefreshToken: () => true,
  // Nobody is asked for consent to what the company has decided.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope(SCOPE);
    await grant.save();
    return grant;
  },
  pkce: { required: () => true },
  rotateRefreshToken: true,
};

let provider;
let callback;

/** Publishes and uses one new key. What was issued stays good: instances share their storage. */
function rotateKeys() {
  provider = new Provider(issuer, { ...configuration, jwks: { keys: [newKey()] } });
  provider.on('server_error', (_, error) => console.error(error));
  callback = provider.callback();
}

const TEST = {
  '/test/advance': (query) => { ahead += Number(query.get('seconds')) * 1_000; },
  '/test/groups': (query) => { PEOPLE[query.get('of')].groups = query.getAll('group'); },
  '/test/rotate': rotateKeys,
};

const server = http.createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, issuer);
  if (TEST[pathname]) {
    TEST[pathname](searchParams);
    response.end();
  } else if (pathname.startsWith('/interaction/')) {
    const login = { accountId: searchParams.get('as') };
    await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
  } else {
    callback(request, response);
  }
});

let issuer;
server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  rotateKeys();
  console.log(`Ready: ${issuer}`);
});
