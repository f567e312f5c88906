// The signed-in management token. It is stored for this tab only and never becomes part of a URL.

const STORAGE_KEY = 'keyturn.management-token';
const MANAGEMENT_APPLICATION = 'API_ACCESS_TOKENS';

/** The token string and the record that `GET /apiAccessTokens/self` returns for it. */
export const session = { token: sessionStorage.getItem(STORAGE_KEY), self: null };

/** Stores a valid token. */
export function saveSession(token, self) {
  sessionStorage.setItem(STORAGE_KEY, token);
  Object.assign(session, { token, self });
}

/** Removes the stored token. */
export function clearSession() {
  sessionStorage.removeItem(STORAGE_KEY);
  Object.assign(session, { token: null, self: null });
}

/** Whether writing actions are available. */
export const mayWrite = () => session.self?.rights === 'READ_WRITE';

/** Whether a token may manage tokens at all. */
export const mayManage = (self) => self.applications.includes(MANAGEMENT_APPLICATION);
