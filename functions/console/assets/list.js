// The list of tokens: filters, one page of rows, and the way to the pages around it.

import { actionButtons } from './actions.js';
import { api } from './api.js';
import { el, heard, redraw, settled } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { empty, failed, loading, notify, whileBusy } from './notice.js';
import { mayWrite } from './session.js';
import { openCreate } from './settings.js';
import { ageSign, applicationTags, expirySign, lastUseSign, linkTo, renewalSign, rightsSign, statusSign } from './signs.js';

const SIZE = 25;
const ROW_ACTIONS = ['copy', 'edit', 'renew', 'deactivate'];
const FILTERS = ['search', 'status', 'application', 'sort'];

/** Nobody's name looks like this: somebody has pasted a secret into the search, and it must not get into a URL. */
const SECRET = /(kat|krt|whsec)_\w{8}/;

/** The catalogue, asked for once. */
let catalogue = null;
const applications = () => {
  catalogue ??= api.applications().catch((problem) => {
    catalogue = null;
    throw problem;
  });
  return catalogue;
};

const COLUMNS = {
  status: statusSign,
  age: ageSign,
  name: (token) => [linkTo(token.id, token.name), token.description && el('span', { class: 'detail' }, token.description)],
  rights: rightsSign,
  applications: applicationTags,
  expires: expirySign,
  renewal: renewalSign,
  lastUse: lastUseSign,
};

function row(token, changed) {
  const cells = Object.entries(COLUMNS).map(([name, show]) =>
    el(name === 'name' ? 'th' : 'td', { class: `col-${name}`, role: name === 'name' ? 'rowheader' : 'cell', ...(name === 'name' && { scope: 'row' }) },
      el('span', { class: 'label', 'aria-hidden': 'true' }, t(`column.${name}`)), el('div', { class: 'value' }, show(token))));
  const commands = actionButtons(ROW_ACTIONS, token, changed, { small: true });
  return el('tr', { role: 'row', class: `row-${token.status.toLowerCase()}`, 'data-id': token.id }, cells,
    mayWrite() && el('td', { class: 'col-commands', role: 'cell' }, el('div', { class: 'commands' }, commands)));
}

/** A table that stays one for those who listen also where it looks like cards. */
function table(tokens, changed) {
  const heads = [...Object.keys(COLUMNS), ...(mayWrite() ? ['commands'] : [])];
  return el('table', { class: 'tokens', role: 'table', 'aria-label': t('list.title') },
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' },
      heads.map((name) => el('th', { class: `col-${name}`, scope: 'col', role: 'columnheader' }, t(`column.${name}`))))),
    el('tbody', { role: 'rowgroup' }, tokens.map((token) => row(token, changed))));
}

const addressOf = (parameters) => {
  const kept = Object.entries(parameters).filter(([, value]) => value);
  return kept.length ? `#/tokens?${new URLSearchParams(kept)}` : '#/tokens';
};

/** Where the list was left, for the way back from a token. */
let left = '#/tokens';
export const listAddress = () => left;

function select(name, label, options, changed) {
  const control = el('select', { name, 'aria-label': label, on: { change: changed } },
    options.map(([value, text]) => el('option', { value }, text)));
  return el('div', { class: 'filter' }, control, icon('down'));
}

/** The page. Its address holds filters and place, so that they survive a reload and the way back from a token. */
export function listPage({ query }) {
  let running = null;
  const content = el('section', { class: 'content', 'aria-label': t('list.title') });

  const apply = () => {
    const wanted = Object.fromEntries(FILTERS.map((name) => [name, controls.elements[name].value.trim()]));
    if (SECRET.test(wanted.search)) {
      search.value = '';
      notify(t('list.secret'), 'warning');
    } else {
      location.replace(addressOf(wanted));
    }
  };
  const search = el('input', { type: 'search', name: 'search', placeholder: t('list.search'), 'aria-label': t('list.search'), autocomplete: 'off', on: { input: settled(250, apply) } });
  const statuses = ['ACTIVE', 'EXPIRED', 'DEACTIVATED'].map((status) => [status, t(`status.${status}`)]);
  const byApplication = select('application', t('list.application'), [['', t('list.allApplications')]], apply);
  const controls = el('form', { class: 'filters', role: 'search', 'aria-label': t('list.filters'), on: { submit: (event) => { event.preventDefault(); apply(); } } },
    el('div', { class: 'filter search' }, icon('search'), search),
    select('status', t('list.status'), [['', t('list.allStatuses')], ...statuses], apply),
    byApplication,
    select('sort', t('list.sort'), [['', t('list.newest')], ['ASC', t('list.oldest')]], apply));

  const created = (token) => { location.hash = `#/tokens/${token.id}`; };
  const create = ({ currentTarget }) => whileBusy(currentTarget, async () => openCreate(await applications(), created));
  const createButton = (key) => mayWrite()
    && el('button', { type: 'button', class: 'button primary', 'data-key': key, on: { click: create } }, icon('plus'), t('list.create'));

  /** One token more than a page holds is asked for: whether it comes says whether there is a next page. */
  async function fetchPage(parameters, signal) {
    const { after, before, ...filter } = parameters;
    const found = await api.tokens({ ...filter, size: SIZE + 1, startingAfter: after, endingBefore: before }, signal);
    const isMore = found.length > SIZE;
    const tokens = before ? found.slice(-SIZE) : found.slice(0, SIZE);
    return { tokens, hasNext: before ? true : isMore, hasPrevious: before ? isMore : Boolean(after) };
  }

  function pager(parameters, { tokens, hasNext, hasPrevious }) {
    if (!hasNext && !hasPrevious) return null;
    const { after, before, ...filter } = parameters;
    const link = (name, symbol, place) => place
      && el('a', { class: 'button', rel: name, href: addressOf({ ...filter, ...place }) }, icon(symbol), t(`list.${name}`));
    return el('nav', { class: 'pager', 'aria-label': t('list.pages') },
      link('prev', 'back', hasPrevious && { before: tokens[0].id }) || el('span'),
      link('next', 'next', hasNext && { after: tokens.at(-1).id }));
  }

  function draw(parameters, page) {
    const isFiltered = FILTERS.some((name) => name !== 'sort' && parameters[name]);
    if (page.tokens.length) redraw(content, table(page.tokens, load), pager(parameters, page));
    else if (isFiltered) content.replaceChildren(empty(t('list.noMatch'), t('list.noMatch.text'), el('a', { class: 'button', href: '#/tokens' }, t('list.clear'))));
    else if (parameters.after || parameters.before) location.replace(addressOf({ sort: parameters.sort }));
    else content.replaceChildren(empty(t('list.empty'), t('list.empty.text'), createButton('create-first')));
    content.append(heard(t('list.shown', { count: page.tokens.length })));
  }

  async function load() {
    running?.abort();
    const own = (running = new AbortController());
    const parameters = Object.fromEntries(query);
    left = addressOf(parameters);
    if (!content.querySelector('table')) content.replaceChildren(loading(8));
    content.setAttribute('aria-busy', 'true');
    try {
      draw(parameters, await fetchPage(parameters, own.signal));
    } catch (problem) {
      if (own.signal.aborted) return;
      if (!problem.code) throw problem;
      content.replaceChildren(failed(problem, load));
    }
    if (own === running) content.setAttribute('aria-busy', 'false');
  }

  /** The fields follow the address, except the one that somebody is typing into. */
  function fill() {
    for (const name of FILTERS) {
      const control = controls.elements[name];
      if (control !== document.activeElement || control.tagName === 'SELECT') control.value = query.get(name) ?? '';
    }
  }

  async function fillApplications() {
    try {
      const names = await applications();
      controls.elements.application.append(...names.map((name) => el('option', { value: name }, name)));
      fill();
    } catch {
      // The list says what is wrong; without the catalogue there is one filter less.
    }
  }

  document.title = `${t('list.title')} · Keyturn`;
  const refresh = ({ currentTarget }) => whileBusy(currentTarget, load);
  const root = el('div', { class: 'list' },
    el('div', { class: 'heading' },
      el('h1', { tabindex: '-1' }, t('list.title')),
      el('button', { type: 'button', class: 'bare', title: t('list.refresh'), 'aria-label': t('list.refresh'), on: { click: refresh } }, icon('refresh')),
      createButton('create')),
    controls, content);
  fill();
  fillApplications();
  load();
  return {
    root,
    update(to) {
      query = to.query;
      fill();
      load();
    },
    leave: () => running?.abort(),
  };
}
