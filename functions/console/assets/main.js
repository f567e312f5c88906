// Entry point: session, routing and the page header.

import { api, events } from './api.js';
import { detailPage } from './detail.js';
import { closeDialogs, openDialog } from './dialog.js';
import { button, el } from './dom.js';
import { enumText, t } from './i18n.js';
import { icon } from './icons.js';
import { listPage } from './list.js';
import { errorState, problemText, skeleton } from './notice.js';
import { overviewPage } from './overview.js';
import { peoplePage } from './people.js';
import { clearSession, companyId, mayManage, maySeePeople, mayWrite, savePerson, saveSession, session } from './session.js';
import { signInAddress, signInPage } from './signin.js';

const app = document.getElementById('app');

const PAGES = { detail: detailPage, list: listPage, overview: overviewPage, people: peoplePage };

/** The current page: its name, root element and optional `update` and `close`. */
let page = null;
let main = null;

/** Parses the URL fragment: `#/tokens?…`, `#/tokens/{id}`, `#/people?…` or the overview. Mails link to the first two. */
function parseRoute() {
  const [path, query = ''] = location.hash.slice(1).split('?');
  const id = path.match(/^\/tokens\/([0-9a-fA-F-]+)$/)?.[1];
  if (id) return { name: 'detail', id };
  const name = path === '/tokens' ? 'list' : path === '/people' && maySeePeople() ? 'people' : 'overview';
  return { name, query: new URLSearchParams(query) };
}

function navigate() {
  if (!main) return;
  closeDialogs();
  const route = parseRoute();
  for (const link of app.querySelectorAll('.main-nav a')) {
    if (link.dataset.page === route.name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (page?.name === route.name && page.update) {
    page.update(route);
    return;
  }
  page?.close?.();
  page = { name: route.name, ...PAGES[route.name](route) };
  main.replaceChildren(page.root);
  scrollTo(0, 0);
  page.root.querySelector('h1')?.focus({ preventScroll: true });
}

function showApp() {
  const { self, person } = session;
  main = el('main', { id: 'main', tabindex: '-1' });
  page = null;
  app.replaceChildren(
    button({ class: 'skip-link button', on: { click: () => main.focus() } }, t('header.skip')),
    el('header', { class: 'app-header' },
      el('a', { class: 'brand', href: '#/overview' }, el('span', { class: 'logo' }, icon('key')), 'Keyturn'),
      el('nav', { class: 'main-nav', 'aria-label': t('header.nav') },
        el('a', { href: '#/overview', 'data-page': 'overview' }, t('overview.title')),
        el('a', { href: '#/tokens', 'data-page': 'list' }, t('header.tokens')),
        maySeePeople() && el('a', { href: '#/people', 'data-page': 'people' }, t('people.title'))),
      el('p', { class: 'account' },
        el('span', { class: 'company' }, companyId()),
        person && el('span', { class: 'person', title: person.person.mail }, person.person.name),
        person && el('span', { class: 'tag' }, t(`role.${person.role}`)),
        self && !mayWrite() && el('span', { class: 'tag' }, t('header.readOnly'))),
      button({ class: 'ghost text', title: t('header.signedIn', self ?? person.person), on: { click: () => leave() } },
        icon('signOut'), t('header.signOut'))),
    main);
  navigate();
}

/** Without an answer, people sign in with a management token, which needs no provider. */
let ways = { providers: [], token: true, session: false };

function signOut(reason) {
  closeDialogs();
  page?.close?.();
  main = null;
  clearSession();
  document.title = 'Keyturn';
  app.replaceChildren(signInPage({ reason, ways, signIn }));
  app.querySelector('[data-provider], input').focus();
}

/** Signs out on demand. A person's session ends at the server, too. */
async function leave() {
  if (session.person) {
    try {
      await api.signOut();
    } catch (problem) {
      if (!problem.code) throw problem;
      return signOut(problem.status === 401 ? undefined : problemText(problem));
    }
  }
  return signOut();
}

/** Offers to sign in again, for an action that needs a recent sign-in. */
function signInAgain() {
  closeDialogs();
  openDialog({
    title: t('again.title'), kind: 'again',
    content: (close) => [
      el('div', { class: 'body' }, el('p', {}, t('again.intro'))),
      el('footer', {},
        button({ class: 'button', on: { click: close } }, t('cancel')),
        el('a', { class: 'button primary', href: signInAddress(session.person.provider, { fresh: true }) }, t('again.title'))),
    ],
  });
}

/** Signs in. Returns the error text if the token is refused. */
async function signIn(token) {
  const self = await api.self(token);
  if (!mayManage(self)) return t('signin.cannotManage');
  saveSession(token, self);
  showApp();
  return null;
}

/** Why the last sign-in through a provider failed, which the address says once. */
function failure() {
  const code = new URLSearchParams(location.search).get('signIn');
  if (!code) return undefined;
  history.replaceState(null, '', `/console${location.hash}`);
  const text = enumText('signinFailed', code);
  return text === code ? t('signinFailed.OTHER') : text;
}

/** Goes on with a person's session if the browser has one. Whether it has. */
async function resume() {
  try {
    savePerson(await api.person());
  } catch (problem) {
    if (!problem.code) throw problem;
    return false;
  }
  showApp();
  return true;
}

async function findWays() {
  try {
    ways = await api.waysToSignIn();
  } catch (problem) {
    if (!problem.code) throw problem;
  }
}

async function start() {
  if (!session.token) {
    app.replaceChildren(el('main', {}, skeleton(6)));
    const reason = failure();
    await findWays();
    return (ways.session && !reason && await resume()) || signOut(reason);
  }
  findWays();
  app.replaceChildren(el('main', {}, skeleton(6)));
  try {
    const error = await signIn(session.token);
    if (error) signOut(error);
  } catch (problem) {
    if (problem.status === 401) signOut(t('signin.ended'));
    else app.replaceChildren(el('main', {}, errorState(problem, start)));
  }
}

events.addEventListener('signedOut', () => signOut(t(session.person ? 'signin.sessionEnded' : 'signin.ended')));
events.addEventListener('signInAgain', signInAgain);
events.addEventListener('roleChanged', showApp);
window.addEventListener('hashchange', navigate);
start();
