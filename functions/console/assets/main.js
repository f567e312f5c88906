// Entry point: session, routing and the page header.

import { api, events } from './api.js';
import { detailPage } from './detail.js';
import { closeDialogs } from './dialog.js';
import { button, el } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { listPage } from './list.js';
import { errorState, skeleton } from './notice.js';
import { clearSession, mayManage, mayWrite, saveSession, session } from './session.js';
import { signInPage } from './signin.js';

const app = document.getElementById('app');

/** The current page: its name, root element and optional `update` and `close`. */
let page = null;
let main = null;

/** Parses the URL fragment: `#/tokens?…` or `#/tokens/{id}`. Mails link to these. */
function parseRoute() {
  const [path, query = ''] = location.hash.slice(1).split('?');
  const id = path.match(/^\/tokens\/([0-9a-fA-F-]+)$/)?.[1];
  return id ? { name: 'detail', id } : { name: 'list', query: new URLSearchParams(query) };
}

function navigate() {
  if (!main) return;
  closeDialogs();
  const route = parseRoute();
  if (page?.name === route.name && page.update) {
    page.update(route);
    return;
  }
  page?.close?.();
  page = { name: route.name, ...(route.name === 'detail' ? detailPage(route) : listPage(route)) };
  main.replaceChildren(page.root);
  scrollTo(0, 0);
  page.root.querySelector('h1')?.focus({ preventScroll: true });
}

function showApp() {
  const { self } = session;
  main = el('main', { id: 'main', tabindex: '-1' });
  page = null;
  app.replaceChildren(
    button({ class: 'skip-link button', on: { click: () => main.focus() } }, t('header.skip')),
    el('header', { class: 'app-header' },
      el('a', { class: 'brand', href: '#/tokens' }, el('span', { class: 'logo' }, icon('key')), 'Keyturn'),
      el('p', { class: 'account' },
        el('span', { class: 'company' }, self.companyId),
        !mayWrite() && el('span', { class: 'tag' }, t('header.readOnly'))),
      button({ class: 'ghost text', title: t('header.signedIn', self), on: { click: () => signOut() } },
        icon('signOut'), t('header.signOut'))),
    main);
  navigate();
}

function signOut(reason) {
  closeDialogs();
  page?.close?.();
  main = null;
  clearSession();
  document.title = 'Keyturn';
  app.replaceChildren(signInPage({ reason, signIn }));
  app.querySelector('input').focus();
}

/** Signs in. Returns the error text if the token is refused. */
async function signIn(token) {
  const self = await api.self(token);
  if (!mayManage(self)) return t('signin.cannotManage');
  saveSession(token, self);
  showApp();
  return null;
}

async function start() {
  if (!session.token) return signOut();
  app.replaceChildren(el('main', {}, skeleton(6)));
  try {
    const error = await signIn(session.token);
    if (error) signOut(error);
  } catch (problem) {
    if (problem.status === 401) signOut(t('signin.ended'));
    else app.replaceChildren(el('main', {}, errorState(problem, start)));
  }
}

events.addEventListener('signedOut', () => signOut(t('signin.ended')));
window.addEventListener('hashchange', navigate);
start();
