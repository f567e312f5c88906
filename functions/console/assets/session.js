// Who is signed in. The management token is kept for this tab only and never becomes part of a URL.

const KEY = 'keyturn.management-token';
const MANAGE = 'API_ACCESS_TOKENS';

/** What is known of the token that is signed in: its own record, as `GET /apiAccessTokens/self` answers it. */
export const session = { token: sessionStorage.getItem(KEY), self: null };

/** Keeps a token that has turned out to be good. */
export function keep(token, self) {
  sessionStorage.setItem(KEY, token);
  Object.assign(session, { token, self });
}

/** Forgets it. */
export function forget() {
  sessionStorage.removeItem(KEY);
  Object.assign(session, { token: null, self: null });
}

/** Whether writing actions are offered. */
export const mayWrite = () => session.self?.rights === 'READ_WRITE';

/** Whether a token may manage tokens at all. */
export const mayManage = (self) => self.applications.includes(MANAGE);
