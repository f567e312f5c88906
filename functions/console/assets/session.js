// Who is signed in: a management token, which is stored for this tab only and never becomes part of a URL, or a person,
// whose session is in a cookie that no script can read.

const STORAGE_KEY = 'keyturn.management-token';
const MANAGEMENT_APPLICATION = 'API_ACCESS_TOKENS';
const ROLES = ['VIEWER', 'OPERATOR', 'ADMIN'];

/** The token string and the record that `GET /apiAccessTokens/self` returns for it, or what `POST /console/refresh` returns. */
export const session = { token: sessionStorage.getItem(STORAGE_KEY), self: null, person: null };

/** Stores a valid token. */
export function saveSession(token, self) {
  sessionStorage.setItem(STORAGE_KEY, token);
  Object.assign(session, { token, self, person: null });
}

/** Stores what is known of a person's session. */
export const savePerson = (person) => Object.assign(session, { token: null, self: null, person });

/** Removes the stored token. */
export function clearSession() {
  sessionStorage.removeItem(STORAGE_KEY);
  Object.assign(session, { token: null, self: null, person: null });
}

/** The company whose tokens are managed. */
export const companyId = () => (session.self ?? session.person).companyId;

const hasRole = (role) => ROLES.indexOf(session.person?.role) >= ROLES.indexOf(role);

/** Whether writing actions are available. */
export const mayWrite = () => (session.person ? hasRole('OPERATOR') : session.self?.rights === 'READ_WRITE');

/** Whether an action on this token is available: to people, copying and management tokens only as administrators. */
export const mayAct = (action, token) =>
  mayWrite() && (!session.person || hasRole('ADMIN') || (action !== 'copy' && !mayManage(token)));

/** The applications that tokens can be created for. */
export const grantable = (applications) =>
  (!session.person || hasRole('ADMIN') ? applications : applications.filter((name) => name !== MANAGEMENT_APPLICATION));

/** Whether people and their sessions can be seen and ended. */
export const maySeePeople = () => Boolean(session.person) && hasRole('ADMIN');

/** Whether a token may manage tokens at all. */
export const mayManage = (self) => self.applications.includes(MANAGEMENT_APPLICATION);
