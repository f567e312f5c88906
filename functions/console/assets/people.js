// The page of people, for administrators: who can sign in, and who is signed in.

import { api, now } from './api.js';
import { isolated } from './cells.js';
import { button, el, redraw } from './dom.js';
import { time } from './format.js';
import { t } from './i18n.js';
import { select } from './list.js';
import { busily, emptyState, loadInto, notify, skeleton } from './notice.js';
import { session } from './session.js';

/** People who have not signed in for so many days are marked. */
const AWAY_DAYS = 90;

const isAway = ({ signedInAt }) => now() - Date.parse(signedInAt) >= AWAY_DAYS * 86_400_000;

/** All sessions, by the id of their person. */
async function sessionsByPerson() {
  const found = new Map();
  let startingAfter;
  do {
    const page = await api.sessions({ size: 100, startingAfter });
    for (const one of page.items) found.set(one.person.id, [...(found.get(one.person.id) ?? []), one]);
    startingAfter = page.continueAfter;
  } while (startingAfter);
  return found;
}

/** Creates the page. The URL holds the filter. */
export function peoplePage({ query }) {
  const content = el('section', { class: 'content', 'aria-label': t('people.title') }, skeleton(4));
  let shown = [];

  const act = (name, person, focus, run) => button({
    class: 'button', 'aria-label': t('action.for', { action: t(`people.${name}`), name: person.name }), 'data-focus': focus,
    on: { click: busily(async () => {
      await run();
      notify(t(`people.${name}.done`));
      await load();
    }) },
  }, t(`people.${name}`));

  const signedIn = ({ id, person, createdDate, lastSeenAt, own }) => el('li', {},
    el('span', { class: 'what' }, t('people.session'), ' ', time(createdDate), lastSeenAt && [', ', t('people.seen'), ' ', time(lastSeenAt)]),
    own ? el('span', { class: 'hint' }, t('people.own')) : act('end', person, id, () => api.endSession(id)));

  function item(person, sessions = []) {
    const { id, name, mail, role, signedInAt, barredAt } = person;
    const change = barredAt ? 'readmit' : 'bar';
    return el('li', { class: 'panel' },
      el('h2', {}, isolated(name)),
      el('p', { class: 'summary' }, mail,
        role ? el('span', { class: 'tag' }, t(`role.${role}`)) : el('span', { class: 'badge badge-orange' }, t('people.noRole')),
        isAway(person) && el('span', { class: 'badge badge-orange' }, t('people.away')),
        barredAt && el('span', { class: 'badge badge-red' }, t('people.bar.done'))),
      el('p', { class: 'detail' }, t('people.signedIn'), ' ', time(signedInAt)),
      sessions.length > 0 && el('ul', { class: 'items' }, sessions.map(signedIn)),
      el('p', { class: 'actions' },
        el('a', { class: 'button', href: `#/tokens?owner=${id}`, 'aria-label': t('action.for', { action: t('header.tokens'), name }) }, t('header.tokens')),
        id !== session.person.person.id && act(change, person, `bar:${id}`, () => api.changePerson(id, change))));
  }

  const load = (startingAfter) => loadInto(content, async () => {
    const asked = query;
    const filter = { notSignedInForDays: asked.get('notSignedInForDays'), startingAfter };
    const [page, sessions] = await Promise.all([api.people(filter), sessionsByPerson()]);
    if (asked !== query) return;
    shown = startingAfter ? [...shown, ...page.items] : page.items;
    redraw(content,
      shown.length ? el('ul', { class: 'people' }, shown.map((person) => item(person, sessions.get(person.id))))
        : emptyState(t('list.noMatch'), t('people.none')),
      page.continueAfter && button({ class: 'button', 'data-focus': 'more', on: { click: busily(() => load(page.continueAfter)) } }, t('log.more')));
  });

  const filter = select('notSignedInForDays', t('people.filter'), [['', t('people.all')], [AWAY_DAYS, t('people.away')]], ({ target }) => {
    location.hash = target.value ? `#/people?${target.name}=${target.value}` : '#/people';
  });
  const fillFilter = () => { filter.firstChild.value = query.get('notSignedInForDays') ?? ''; };
  document.title = `${t('people.title')} · Keyturn`;
  const root = el('div', {},
    el('div', { class: 'heading' },
      el('h1', { tabindex: '-1' }, t('people.title')),
      el('a', { class: 'button', href: '#/tokens?ownerCannotSignIn=true' }, t('action.for', { action: t('header.tokens'), name: t('list.ownerCannotSignIn') }))),
    el('div', { class: 'filters' }, filter), content);
  fillFilter();
  load();
  return {
    root,
    update(route) {
      query = route.query;
      fillFilter();
      load();
    },
  };
}
