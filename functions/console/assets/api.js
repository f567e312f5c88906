// Calls the API, keeps the server's time and turns every failure into a Problem.

import { session } from './session.js';

/** Why a call failed: a problem document, or no answer at all (`UNREACHABLE`). */
export class Problem extends Error {
  constructor({ status = 0, code, detail = '', faults = [], reason = null }) {
    super(detail);
    Object.assign(this, { status, code, detail, faults, reason });
  }
}

/** Told of each answer 401: the token is no longer good. */
export const events = new EventTarget();

let ahead = 0;

/** The server's time in milliseconds. The clock of this computer may be wrong, and a test clock moves. */
export const now = () => Date.now() + ahead;

async function send(method, path, { token = session.token, body, key, version, signal } = {}) {
  const headers = { Authorization: `Bearer ${token}`, Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  if (version !== undefined) headers['If-Match'] = `"${version}"`;
  try {
    const options = { method, headers, body: body && JSON.stringify(body), signal, cache: 'no-store', credentials: 'omit' };
    const response = await fetch(path, options);
    return [response, await response.text()];
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem({ code: 'UNREACHABLE' });
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Calls the API and returns the answer's body. */
export async function call(method, path, options = {}) {
  const [response, text] = await send(method, path, options);
  const date = Date.parse(response.headers.get('Date'));
  if (!Number.isNaN(date)) ahead = date - Date.now();
  const data = parsed(text);
  if (response.ok) return data;
  const problem = new Problem({
    status: response.status,
    code: data.errorCode ?? 'UNEXPECTED',
    detail: data.detail ?? data.message ?? '',
    faults: data.validationErrors ?? [],
    reason: response.headers.get('WWW-Authenticate')?.match(/error_description="([^"]*)"/)?.[1] ?? null,
  });
  if (problem.status === 401 && !options.token) events.dispatchEvent(new CustomEvent('ended', { detail: problem }));
  throw problem;
}

/** A call that creates: sent again unchanged it has the same key, so it never creates twice. */
export function creating(path) {
  let last = {};
  return (body) => {
    const text = JSON.stringify(body);
    if (last.text !== text) last = { text, key: crypto.randomUUID() };
    return call('POST', path, { body, key: last.key });
  };
}

const query = (parameters) => {
  const kept = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return kept.length ? `?${new URLSearchParams(kept)}` : '';
};

const of = (id) => `/apiAccessTokens/${encodeURIComponent(id)}`;

export const api = {
  self: (token) => call('GET', '/apiAccessTokens/self', { token }),
  applications: () => call('GET', '/applications').then(({ items }) => items),
  tokens: (parameters, signal) =>
    call('GET', `/apiAccessTokens${query(parameters)}`, { signal }).then(({ items }) => items),
  token: (id) => call('GET', of(id)),
  string: (id) => call('GET', `${of(id)}/token`).then(({ token }) => token),
  edit: (id, version, patch) => call('PATCH', of(id), { body: patch, version }),
  deactivate: (id) => call('POST', `${of(id)}/deactivate`),
  startRenewal: (id) => call('POST', `${of(id)}/startRenewal`),
  testCallback: (id) => call('POST', `${of(id)}/callback/test`),
  rotateSecret: (id) => call('POST', `${of(id)}/callback/rotateSecret`).then(({ signingSecret }) => signingSecret),
  activities: (id, parameters) => call('GET', `${of(id)}/activities${query(parameters)}`).then(({ items }) => items),
  deliveries: (tokenId, parameters) =>
    call('GET', `/callbacks/logs${query({ tokenId, ...parameters })}`).then(({ items }) => items),
  create: () => creating('/apiAccessTokens'),
  renew: (id) => creating(`${of(id)}/renew`),
};
