// The first page: what needs attention, and renewals by day.

import { actionLink } from './actions.js';
import { api, now } from './api.js';
import { isolated, tokenLink } from './cells.js';
import { button, el, redraw, srOnly } from './dom.js';
import { formatNumber, formatUtcDay, timeRelative } from './format.js';
import { t } from './i18n.js';
import { icon, iconButton } from './icons.js';
import { openMassRenewal, openProgress } from './mass-renewal.js';
import { busily, errorState, skeleton } from './notice.js';
import { mayWrite } from './session.js';

/** The one action that helps tokens of each kind. */
const ACTION = {
  LEAKED: 'open', FAILING_CALLBACK: 'test', UNREDEEMED: 'open', SUCCESSOR_UNUSED: 'copy', OVERLAP_IN_USE: 'copy',
  EXPIRING: 'renew', RED: 'renew', ORANGE: 'renew', UNUSED: 'deactivate',
};

export const KINDS = Object.keys(ACTION);

/** Tokens of a kind that are shown before the rest is asked for. */
const SHOWN = 5;

const DAY = 86_400_000;
const DAYS = 30;

const METHODS = ['byCallback', 'byPull', 'bySchedule', 'byHand', 'unknown'];

/** Adds up the counts of two lists by a key. */
function added(first, second, key, combine) {
  const all = new Map(first.map((item) => [item[key], item]));
  for (const item of second) all.set(item[key], all.has(item[key]) ? combine(all.get(item[key]), item) : item);
  return [...all.values()];
}

const sums = (one, other) => Object.fromEntries(Object.entries(one).map(([name, value]) =>
  [name, typeof value === 'number' ? value + other[name] : value]));

/** Joins the overview of one part of the tokens with that of the next. */
function joined(first, next) {
  const group = (one, other) => ({ ...one, count: one.count + other.count, items: [...one.items, ...other.items].slice(0, 20) });
  return {
    ...next,
    attention: added(first.attention, next.attention, 'kind', group),
    upcomingRenewals: added(first.upcomingRenewals, next.upcomingRenewals, 'date', sums),
    pastRenewals: added(first.pastRenewals, next.pastRenewals, 'date', sums),
  };
}

function item(kind, token, changed) {
  // The string that a predecessor's client needs is its successor's.
  const subject = kind === 'OVERLAP_IN_USE' ? { ...token, id: token.renewedBy } : token;
  return el('li', {},
    el('span', { class: 'what' }, tokenLink(token.id, isolated(token.name)), ' ', el('span', { class: 'detail' }, timeRelative(token.at))),
    actionLink(ACTION[kind], subject, changed));
}

function group({ kind, count, items }, complete, changed) {
  const list = el('ul', { class: 'items' }, items.slice(0, SHOWN).map((token) => item(kind, token, changed)));
  const number = formatNumber(count);
  const all = count > SHOWN
    && el('a', { class: 'button', href: `#/tokens?attention=${kind}` }, t('overview.all', { count: number }));
  return el('section', { class: `panel attention attention-${kind}` },
    el('h2', {}, el('span', { class: 'count' }, complete ? number : t('overview.atLeast', { count: number })), ' ', t(`attention.${kind}`)),
    list, all);
}

/** The days from one on, in UTC, as the API names them. */
const datesFrom = (start) => Array.from({ length: DAYS + 1 }, (_, index) => new Date(start + index * DAY).toISOString().slice(0, 10));

function calendar(dates, days, content) {
  const byDate = new Map(days.map((day) => [day.date, day]));
  return el('ol', { class: 'calendar' }, dates.map((date) => {
    const day = byDate.get(date);
    return el('li', { class: day ? 'day busy' : 'day' }, el('time', { datetime: date }, formatUtcDay(date)), day && content(day));
  }));
}

const upcomingDay = ({ date, count }) => {
  const text = t('overview.upcomingDay', { count, date: formatUtcDay(date) });
  return el('a', { href: `#/tokens?renewsOn=${date}`, 'aria-label': text, title: text }, formatNumber(count));
};

function pastDay(day) {
  const done = METHODS.reduce((sum, name) => sum + day[name], 0);
  return el('span', { title: pastText([day]) },
    done > 0 && el('span', { class: 'outcome good' }, icon('check'), formatNumber(done), srOnly(t('overview.done'))),
    day.failed > 0 && el('span', { class: 'outcome bad' }, icon('warning'), formatNumber(day.failed), srOnly(t('overview.failed'))));
}

/** How the renewals of these days were done, in words. */
function pastText(days) {
  const total = (name) => days.reduce((sum, day) => sum + day[name], 0);
  const parts = [...METHODS, 'failed'].filter((name) => total(name) > 0)
    .map((name) => t(`overview.${name}`, { count: formatNumber(total(name)) }));
  return parts.join(', ') || t('overview.noneDone');
}

function render(overview, changed, more) {
  const found = overview.attention.filter(({ count }) => count > 0);
  const today = new Date(now()).setUTCHours(0, 0, 0, 0);
  return [
    found.length ? el('div', { class: 'attention-groups' }, found.map((one) => group(one, overview.complete, changed)))
      : el('p', { class: 'panel all-good' }, icon('check'), t(overview.complete ? 'overview.good' : 'overview.goodSoFar')),
    !overview.complete && el('p', { class: 'hint' }, t('overview.partial'), ' ',
      button({ class: 'button', 'data-focus': 'more', on: { click: busily(more) } }, t('overview.more'))),
    el('section', { class: 'panel' }, el('h2', {}, t('overview.upcoming')), el('p', { class: 'hint' }, t('overview.utc')),
      calendar(datesFrom(today), overview.upcomingRenewals, upcomingDay)),
    el('section', { class: 'panel' }, el('h2', {}, t('overview.past')), el('p', { class: 'hint' }, pastText(overview.pastRenewals)),
      calendar(datesFrom(today - DAYS * DAY), overview.pastRenewals, pastDay)),
  ];
}

/** Creates the page. `renewals` in the address is the mass renewal whose progress is shown. */
export function overviewPage({ query }) {
  const content = el('div', { class: 'content' }, skeleton(8));
  let shown = null;
  const show = (overview) => {
    shown = overview;
    redraw(content, ...render(overview, load, more));
  };
  const more = async () => show(joined(shown, await api.overview(shown.continueAfter)));

  async function load() {
    content.setAttribute('aria-busy', 'true');
    try {
      show(await api.overview());
    } catch (problem) {
      if (!problem.code) throw problem;
      content.replaceChildren(errorState(problem, load));
    } finally {
      content.setAttribute('aria-busy', 'false');
    }
  }

  const showProgress = () => {
    const id = query.get('renewals');
    if (id) openProgress(id, () => { location.hash = '#/overview'; load(); });
  };
  document.title = `${t('overview.title')} · Keyturn`;
  const refresh = busily(load);
  const root = el('div', { class: 'overview' },
    el('div', { class: 'heading' },
      el('h1', { tabindex: '-1' }, t('overview.title')),
      iconButton('refresh', t('overview.refresh'), refresh),
      mayWrite() && button({ class: 'button', 'data-focus': 'mass', on: { click: () => openMassRenewal() } }, icon('renew'), t('mass.open'))),
    content);
  load();
  showProgress();
  return {
    root,
    update(route) {
      query = route.query;
      showProgress();
    },
  };
}
