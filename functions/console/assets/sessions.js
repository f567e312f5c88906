// The page of sessions, for administrators.

import { api } from './api.js';
import { isolated } from './cells.js';
import { button, el } from './dom.js';
import { time } from './format.js';
import { t } from './i18n.js';
import { busily, loadInto, notify, skeleton } from './notice.js';

/** Creates the page. */
export function sessionsPage() {
  const content = el('div', { class: 'content' }, skeleton(4));
  const load = () => loadInto(content, async () => {
    const { items } = await api.sessions();
    content.replaceChildren(el('ul', { class: 'sessions' }, items.map(item)));
  });
  const end = (id) => busily(async () => {
    await api.endSession(id);
    notify(t('sessions.ended'));
    await load();
  });
  const item = ({ id, person, role, createdDate, lastSeenAt, own }) => el('li', { class: 'panel' },
    el('strong', { title: person.mail }, isolated(person.name)), ' ', el('span', { class: 'tag' }, t(`role.${role}`)),
    el('p', { class: 'detail' }, t('sessions.since'), ' ', time(createdDate), ' · ',
      t('sessions.seen'), ' ', lastSeenAt ? time(lastSeenAt) : t('never')),
    own ? el('p', { class: 'hint' }, t('sessions.own'))
      : button({ class: 'button dangerous', 'aria-label': t('sessions.endOf', person), on: { click: end(id) } }, t('sessions.end')));
  document.title = `${t('sessions.title')} · Keyturn`;
  const root = el('div', {}, el('div', { class: 'heading' }, el('h1', { tabindex: '-1' }, t('sessions.title'))), content);
  load();
  return { root };
}
