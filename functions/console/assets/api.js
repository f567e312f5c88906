// Calls the API, tracks the server's clock and turns every failure into a Problem.

import { savePerson, session } from './session.js';

/** Why a call failed: a problem document, or no response (`UNREACHABLE`). */
class Problem extends Error {
  constructor({ status = 0, code, detail = '', validationErrors = [], reason = null }) {
    super(detail);
    Object.assign(this, { status, code, detail, validationErrors, reason });
  }
}

/** Dispatches `signedOut` after each response 401: the token or session is no longer valid; `signInAgain` if an action needs a
 * recent sign-in; `roleChanged` after a refresh that changed the role. */
export const events = new EventTarget();

let clockOffset = 0;

/** The server's time in milliseconds. The local clock may be wrong, and a test clock moves. */
export const now = () => Date.now() + clockOffset;

async function send(method, path, { token = session.token, body, idempotencyKey, version, signal } = {}) {
  // The browser adds the session's cookie and says that the request comes from this page; no other site can add the header.
  const headers = { Accept: 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : { 'X-Keyturn-CSRF': '1' }) };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (idempotencyKey) headers['Idempotency-Key'] = idempotencyKey;
  if (version !== undefined) headers['If-Match'] = `"${version}"`;
  try {
    const options = { method, headers, body: body && JSON.stringify(body), signal, cache: 'no-store', credentials: token ? 'omit' : 'same-origin' };
    const response = await fetch(path, options);
    return [response, await response.text()];
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem({ code: 'UNREACHABLE' });
  }
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const REFRESH = '/console/refresh';
const MINUTE = 60_000;
let refreshing = null;
let refreshedAt = -Infinity;

/** Asks the provider anew what the person may do, some minutes before the role stops to hold; once at a time. */
function refresh() {
  refreshing ??= call('POST', REFRESH).then((person) => {
    const changed = session.person && session.person.role !== person.role;
    savePerson(person);
    if (changed) events.dispatchEvent(new CustomEvent('roleChanged'));
    return person;
  }).finally(() => {
    refreshing = null;
    refreshedAt = now();
  });
  return refreshing;
}

const isRefreshDue = () =>
  session.person && now() > Date.parse(session.person.roleHoldsUntil) - 5 * MINUTE && now() > refreshedAt + MINUTE;

/** Calls the API and returns the response body. */
async function call(method, path, options = {}) {
  if (path !== REFRESH && isRefreshDue()) await refresh();
  const [response, text] = await send(method, path, options);
  const date = Date.parse(response.headers.get('Date'));
  if (!Number.isNaN(date)) clockOffset = date - Date.now();
  const data = parseJson(text);
  if (response.ok) return data;
  const problem = new Problem({
    status: response.status,
    code: data.errorCode ?? 'UNEXPECTED',
    detail: data.detail ?? data.message ?? '',
    validationErrors: data.validationErrors ?? [],
    reason: response.headers.get('WWW-Authenticate')?.match(/error_description="([^"]*)"/)?.[1] ?? null,
  });
  if (problem.code === 'SIGN_IN_TOO_OLD') events.dispatchEvent(new CustomEvent('signInAgain'));
  if (problem.status === 401 && !options.token && path !== REFRESH) events.dispatchEvent(new CustomEvent('signedOut', { detail: problem }));
  throw problem;
}

/** Returns a POST that creates once: an unchanged body is sent with the same idempotency key. */
function idempotentPost(path) {
  let last = {};
  return (body) => {
    const text = JSON.stringify(body);
    if (last.text !== text) last = { text, idempotencyKey: crypto.randomUUID() };
    return call('POST', path, { body, idempotencyKey: last.idempotencyKey });
  };
}

const query = (parameters) => {
  const set = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return set.length ? `?${new URLSearchParams(set)}` : '';
};

const tokenPath = (id) => `/apiAccessTokens/${encodeURIComponent(id)}`;

export const api = {
  waysToSignIn: () => call('GET', '/console/sign-in'),
  person: refresh,
  signOut: () => call('POST', '/console/sign-out'),
  sessions: (parameters) => call('GET', `/sessions${query(parameters)}`),
  endSession: (id) => call('POST', `/sessions/${id}/end`),
  people: (parameters) => call('GET', `/people${query(parameters)}`),
  changePerson: (id, change) => call('POST', `/people/${id}/${change}`),
  overview: (startingAfter) => call('GET', `/apiAccessTokens/overview${query({ startingAfter })}`),
  startRenewals: () => idempotentPost('/apiAccessTokens/startRenewals'),
  renewals: (id) => call('GET', `/apiAccessTokens/startRenewals/${encodeURIComponent(id)}`),
  changeRenewals: (id, change) => call('POST', `/apiAccessTokens/startRenewals/${encodeURIComponent(id)}/${change}`),
  self: (token) => call('GET', '/apiAccessTokens/self', { token }),
  applications: () => call('GET', '/applications').then(({ items }) => items),
  tokens: (parameters, signal) => call('GET', `/apiAccessTokens${query(parameters)}`, { signal }),
  token: (id) => call('GET', tokenPath(id)),
  tokenString: (id) => call('GET', `${tokenPath(id)}/token`).then(({ token }) => token),
  edit: (id, version, patch) => call('PATCH', tokenPath(id), { body: patch, version }),
  deactivate: (id) => call('POST', `${tokenPath(id)}/deactivate`),
  startRenewal: (id) => call('POST', `${tokenPath(id)}/startRenewal`),
  testCallback: (id) => call('POST', `${tokenPath(id)}/callback/test`),
  rotateSecret: (id) => call('POST', `${tokenPath(id)}/callback/rotateSecret`).then(({ signingSecret }) => signingSecret),
  activities: (id, parameters) => call('GET', `${tokenPath(id)}/activities${query(parameters)}`),
  callbackLogs: (tokenId, parameters) => call('GET', `/callbacks/logs${query({ tokenId, ...parameters })}`),
  create: () => idempotentPost('/apiAccessTokens'),
  renew: (id) => idempotentPost(`${tokenPath(id)}/renew`),
};
