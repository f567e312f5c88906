// Start: who is signed in, which page the address names, and the frame around it.

import { api, events } from './api.js';
import { detailPage } from './detail.js';
import { closeDialogs } from './dialog.js';
import { el } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { listPage } from './list.js';
import { failed, loading } from './notice.js';
import { forget, keep, mayManage, mayWrite, session } from './session.js';
import { signInPage } from './signin.js';

const app = document.getElementById('app');

/** The page that is shown: its root, and how it follows a new address. */
let page = null;
let main = null;

/** What the address names: `#/tokens?…` or `#/tokens/{id}`, which is what mails link to. */
function address() {
  const [path, query = ''] = location.hash.slice(1).split('?');
  const id = path.match(/^\/tokens\/([0-9a-fA-F-]+)$/)?.[1];
  return id ? { name: 'detail', id } : { name: 'list', query: new URLSearchParams(query) };
}

function follow() {
  if (!main) return;
  closeDialogs();
  const to = address();
  if (page?.name === to.name && page.update) {
    page.update(to);
    return;
  }
  page?.leave?.();
  page = { name: to.name, ...(to.name === 'detail' ? detailPage(to) : listPage(to)) };
  main.replaceChildren(page.root);
  scrollTo(0, 0);
  page.root.querySelector('h1')?.focus({ preventScroll: true });
}

function frame() {
  const { self } = session;
  main = el('main', { id: 'main', tabindex: '-1' });
  page = null;
  app.replaceChildren(
    el('button', { type: 'button', class: 'skip button', on: { click: () => main.focus() } }, t('frame.skip')),
    el('header', { class: 'frame' },
      el('a', { class: 'brand', href: '#/tokens' }, el('span', { class: 'mark' }, icon('key')), 'Keyturn'),
      el('p', { class: 'who' },
        el('span', { class: 'company' }, self.companyId),
        !mayWrite() && el('span', { class: 'tag' }, t('frame.readOnly'))),
      el('button', { type: 'button', class: 'bare text', title: t('frame.signedIn', self), on: { click: () => leave() } },
        icon('leave'), t('frame.signOut'))),
    main);
  follow();
}

function leave(reason) {
  closeDialogs();
  page?.leave?.();
  main = null;
  forget();
  document.title = 'Keyturn';
  app.replaceChildren(signInPage({ reason, enter }));
  app.querySelector('input').focus();
}

/** Signs in. Returns why that is refused, if it is. */
async function enter(token) {
  const self = await api.self(token);
  if (!mayManage(self)) return t('signin.cannotManage');
  keep(token, self);
  frame();
  return null;
}

async function start() {
  if (!session.token) return leave();
  app.replaceChildren(el('main', {}, loading(6)));
  try {
    const refusal = await enter(session.token);
    if (refusal) leave(refusal);
  } catch (problem) {
    if (problem.status === 401) leave(t('signin.ended'));
    else app.replaceChildren(el('main', {}, failed(problem, start)));
  }
}

events.addEventListener('ended', () => leave(t('signin.ended')));
window.addEventListener('hashchange', follow);
start();
