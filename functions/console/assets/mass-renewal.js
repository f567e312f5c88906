// Mass renewal: what to renew, a dry run, and the progress.

import { api } from './api.js';
import { isolated, tokenLink } from './cells.js';
import { openDialog } from './dialog.js';
import { button, el, redraw } from './dom.js';
import { formDialog, textField } from './form.js';
import { formatNumber } from './format.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { busily, problemText } from './notice.js';

/** How often the progress is asked for, in milliseconds. */
const POLL = 5_000;

/** Tokens that have not been renewed, as the dialog names them. */
const NAMED = 20;

const number = (text) => (/^\d{1,9}$/.test(text) ? Number(text) : text);

/** Asks what to renew: these tokens, or those that match. */
export function openMassRenewal(ids) {
  const named = (name, path, attributes = {}) =>
    textField({ label: t(`mass.${name}`), paths: [path], attributes: { name, class: 'short', ...attributes } });
  const application = named('application', 'filter.application');
  const search = named('search', 'filter.search');
  const age = named('age', 'filter.olderThanDays', { inputmode: 'numeric' });
  const hours = textField({
    label: t('mass.hours'), hint: t('mass.hours.hint'), required: true, paths: ['overHours'], value: '1',
    attributes: { name: 'hours', inputmode: 'numeric', class: 'short' },
  });
  const body = () => {
    const given = { application: application.value().trim(), search: search.value().trim(), olderThanDays: age.value().trim() };
    const filter = Object.fromEntries(Object.entries(given).filter(([, value]) => value));
    if (filter.olderThanDays) filter.olderThanDays = number(filter.olderThanDays);
    const selected = ids ? { ids } : Object.keys(filter).length ? filter : { all: true };
    return { filter: selected, overHours: number(hours.value().trim()) };
  };
  formDialog({
    title: t('mass.title'), kind: 'mass', submit: t('mass.check'), intro: el('p', { class: 'hint' }, t('mass.intro')),
    fields: ids ? [hours] : [application, search, age, hours],
    send: async () => ({ order: body(), found: await api.startRenewals()({ ...body(), dryRun: true }) }),
    done: ({ order, found }) => confirm(order, found),
  });
}

function confirm(order, { selected, cannotRenew, cannotRenewItems, counted }) {
  const start = api.startRenewals();
  const count = (value) => (counted ? formatNumber(value) : t('overview.atLeast', { count: formatNumber(value) }));
  formDialog({
    title: t('mass.title'), kind: 'mass', submit: t('mass.start'), ready: () => selected > 0 || !counted,
    intro: el('div', {},
      el('p', {}, t('mass.selected', { count: count(selected), hours: order.overHours })),
      cannotRenew > 0 && el('p', { class: 'hint' }, t('mass.cannotRenew', { count: count(cannotRenew) })),
      cannotRenew > 0 && el('ul', { class: 'items' }, cannotRenewItems.map(({ id, name }) => el('li', {}, tokenLink(id, isolated(name)))))),
    send: () => start(order),
    done: ({ id }) => { location.hash = `#/overview?renewals=${id}`; },
  });
}

/** Shows how far a mass renewal is, until the dialog is closed. */
export function openProgress(id, closed) {
  const body = el('div', { class: 'body' });
  const actions = el('span', {});
  let timer;

  function outstanding({ items, continueAfter }) {
    if (!items.length) return null;
    return [el('h3', {}, t('mass.outstanding')),
      el('ul', { class: 'items' }, items.map((token) => el('li', {}, tokenLink(token.id, isolated(token.name))))),
      continueAfter && el('a', { class: 'button', href: `#/tokens?outstandingOf=${id}` }, t('mass.allOutstanding'))];
  }

  const act = (name) => button({ class: 'button', 'data-focus': name, on: { click: busily(async () => {
    await api.changeRenewals(id, name);
    await load();
  }) } }, t(`mass.${name}`));

  function render(mass, page) {
    const turns = mass.started + mass.skipped;
    const parameters = { started: formatNumber(mass.started), selected: formatNumber(mass.selected) };
    redraw(body,
      el('p', {}, t(`mass.state.${mass.state}`)),
      el('progress', { 'aria-label': t('mass.progress', parameters), max: String(Math.max(mass.selected, turns, 1)), ...(mass.counted && { value: String(turns) }) }),
      el('p', { role: 'status' }, t('mass.progress', parameters)),
      ...[outstanding(page)].flat());
    const available = { COUNTING: ['pause', 'stop'], RUNNING: ['pause', 'stop'], PAUSED: ['resume', 'stop'] }[mass.state] ?? [];
    redraw(actions, ...available.map(act));
    return available.length > 0 || page.items.length > 0;
  }

  async function load() {
    clearTimeout(timer);
    let goesOn = true;
    try {
      const [mass, page] = await Promise.all([api.renewals(id), api.tokens({ outstandingOf: id, size: NAMED })]);
      goesOn = render(mass, page);
    } catch (problem) {
      if (!problem.code) throw problem;
      goesOn = problem.status === 0 || problem.status >= 500;
      body.replaceChildren(el('p', { class: 'alert', role: 'alert' }, icon('warning'), problemText(problem)));
    }
    if (goesOn && dialog.isConnected) timer = setTimeout(load, POLL);
  }

  const dialog = openDialog({
    title: t('mass.title'), kind: 'progress',
    content: (close) => [body, el('footer', {}, actions, button({ class: 'button primary', on: { click: close } }, t('close')))],
    closed: () => {
      clearTimeout(timer);
      closed();
    },
  });
  load();
}
