// The list of tokens: filters, one page of rows, and paging.

import { actionButtons } from './actions.js';
import { api } from './api.js';
import { saveCsv, selection } from './bulk.js';
import { ageCell, applicationsCell, expiryCell, isolated, lastUseCell, renewalCell, rightsCell, statusCell, tokenLink } from './cells.js';
import { button, debounce, el, redraw, srOnly } from './dom.js';
import { createdAt, formatMinute, formatUtcDay } from './format.js';
import { t } from './i18n.js';
import { icon, iconButton } from './icons.js';
import { busily, emptyState, errorState, notify, skeleton } from './notice.js';
import { KINDS } from './overview.js';
import { mayWrite } from './session.js';
import { openCreateDialog } from './token-dialogs.js';

const PAGE_SIZE = 25;
const ROW_ACTIONS = ['copy', 'edit', 'renew', 'deactivate'];
const FILTERS = ['search', 'status', 'application', 'attention', 'sort'];

/** Filters that other pages link to. */
const LINKED = ['renewsOn', 'outstandingOf', 'owner'];

/** A filter that is chosen among those by what needs attention. */
const ORPHANED = 'ownerCannotSignIn';

/** A secret pasted into the search field. It must not become part of a URL. */
const SECRET = /(kat|krt|whsec)_\w{8}/;

/** The catalogue of applications, loaded once. */
let catalogue = null;
const applications = () => {
  catalogue ??= api.applications().catch((problem) => {
    catalogue = null;
    throw problem;
  });
  return catalogue;
};

const COLUMNS = {
  status: statusCell,
  age: ageCell,
  name: (token) => [tokenLink(token.id, isolated(token.name)), token.description && el('span', { class: 'detail' }, token.description),
    token.owner && el('span', { class: 'detail' }, `${t('field.owner')}: `, isolated(token.owner.name))],
  rights: rightsCell,
  applications: applicationsCell,
  expires: expiryCell,
  renewal: renewalCell,
  lastUse: lastUseCell,
};

function row(token, changed, selected) {
  const cells = Object.entries(COLUMNS).map(([name, show]) =>
    el(name === 'name' ? 'th' : 'td', { class: `col-${name}`, role: name === 'name' ? 'rowheader' : 'cell', ...(name === 'name' && { scope: 'row' }) },
      el('span', { class: 'label', 'aria-hidden': 'true' }, t(`field.${name}`)), el('div', { class: 'value' }, show(token))));
  const commands = actionButtons(ROW_ACTIONS, token, changed, { small: true });
  return el('tr', { role: 'row', class: `row-${token.status.toLowerCase()}`, 'data-id': token.id },
    selected.isShown() && el('td', { class: 'col-select', role: 'cell' }, selected.box(token)), cells,
    mayWrite() && el('td', { class: 'col-commands', role: 'cell' }, el('div', { class: 'commands' }, commands)));
}

/** The ARIA roles keep it a table for screen readers where CSS shows it as cards. */
function table(tokens, changed, selected) {
  const heads = [...Object.keys(COLUMNS), ...(mayWrite() ? ['commands'] : [])];
  return el('table', { class: 'tokens', role: 'table', 'aria-label': t('list.title') },
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' },
      selected.isShown() && el('th', { class: 'col-select', scope: 'col', role: 'columnheader' }, selected.all()),
      heads.map((name) => el('th', { class: `col-${name}`, scope: 'col', role: 'columnheader' }, t(`field.${name}`))))),
    el('tbody', { role: 'rowgroup' }, tokens.map((token) => row(token, changed, selected))));
}

const listHash = (parameters) => {
  const set = Object.entries(parameters).filter(([, value]) => value);
  return set.length ? `#/tokens?${new URLSearchParams(set)}` : '#/tokens';
};

/** The last filters and page, for the link back from a token. */
let lastHash = '#/tokens';
export const lastListHash = () => lastHash;

/** A filter with a few values. */
export function select(name, label, options, changed) {
  const control = el('select', { name, 'aria-label': label, on: { change: changed } },
    options.map(([value, text]) => el('option', { value }, text)));
  return el('div', { class: 'filter' }, control, icon('down'));
}

/** Creates the page. The URL holds filters and page, so that they survive a reload and a visit to a token. */
export function listPage({ query }) {
  let pending = null;
  let shown = [];
  const selected = selection(() => load());
  const content = el('section', { class: 'content', 'aria-label': t('list.title') });

  const applyFilters = () => {
    const linked = LINKED.map((name) => [name, query.get(name)]);
    const filters = Object.fromEntries([...FILTERS.map((name) => [name, controls.elements[name].value.trim()]), ...linked]);
    if (filters.attention === ORPHANED) Object.assign(filters, { attention: '', [ORPHANED]: 'true' });
    if (SECRET.test(filters.search)) {
      search.value = '';
      notify(t('list.secret'), 'warning');
    } else {
      location.replace(listHash(filters));
    }
  };
  const search = el('input', { type: 'search', name: 'search', placeholder: t('list.search'), 'aria-label': t('list.search'), autocomplete: 'off', on: { input: debounce(250, applyFilters) } });
  const statuses = ['ACTIVE', 'EXPIRED', 'DEACTIVATED'].map((status) => [status, t(`status.${status}`)]);
  const controls = el('form', { class: 'filters', role: 'search', 'aria-label': t('list.filters'), on: { submit: (event) => { event.preventDefault(); applyFilters(); } } },
    el('div', { class: 'filter search' }, icon('search'), search),
    select('status', t('field.status'), [['', t('list.allStatuses')], ...statuses], applyFilters),
    select('application', t('list.application'), [['', t('list.allApplications')]], applyFilters),
    select('attention', t('list.attention'), [['', t('list.allKinds')], ...KINDS.map((kind) => [kind, t(`attention.${kind}`)]), [ORPHANED, t('list.ownerCannotSignIn')]], applyFilters),
    select('sort', t('list.sort'), [['', t('list.newest')], ['ASC', t('list.oldest')]], applyFilters));

  const created = (token) => { location.hash = `#/tokens/${token.id}`; };
  const create = busily(async () => openCreateDialog(await applications(), created));
  const createButton = (key) => mayWrite()
    && button({ class: 'button primary', 'data-focus': key, on: { click: create } }, icon('plus'), t('list.create'));

  /** A page, and the ids that the next and the previous one start from. */
  async function fetchPage({ after, before, ...filter }, signal) {
    const page = await api.tokens({ ...filter, size: PAGE_SIZE, startingAfter: after, endingBefore: before }, signal);
    const { items: tokens, continueAfter, continueBefore } = page;
    const next = before ? tokens.at(-1)?.id : continueAfter;
    const previous = before ? continueBefore : after && tokens[0]?.id;
    return { tokens, next, previous };
  }

  const pageLink = ({ after: _, before: __, ...filter }, cursor, attributes, ...content) =>
    el('a', { class: 'button', href: listHash({ ...filter, ...cursor }), ...attributes }, ...content);

  function pager(parameters, { next, previous }) {
    if (!next && !previous) return null;
    const link = (name, symbol, cursor) => pageLink(parameters, cursor, { rel: name }, icon(symbol), t(`list.${name}`));
    return el('nav', { class: 'pager', 'aria-label': t('list.pages') },
      previous ? link('prev', 'back', { before: previous }) : el('span'),
      next && link('next', 'next', { after: next }));
  }

  /** A request reads a limited part of the list; this one found nothing in its part. */
  function searchOn(parameters, { next, previous }) {
    const cursor = next ? { after: next } : { before: previous };
    const isToPast = Boolean(next) !== (parameters.sort === 'ASC');
    const reached = formatMinute(createdAt(next ?? previous));
    return emptyState(t('list.noMatchYet'), t(isToPast ? 'list.searchedBack' : 'list.searchedOn', { time: reached }),
      pageLink(parameters, cursor, {}, t('list.searchOn')));
  }

  function render(parameters, page) {
    const isFiltered = [...FILTERS, ...LINKED, ORPHANED].some((name) => name !== 'sort' && parameters[name]);
    shown = page.tokens;
    selected.clear();
    if (page.tokens.length) redraw(content, table(page.tokens, load, selected), pager(parameters, page));
    else if (page.next || page.previous) content.replaceChildren(searchOn(parameters, page));
    else if (isFiltered) content.replaceChildren(emptyState(t('list.noMatch'), t('list.noMatch.text'), el('a', { class: 'button', href: '#/tokens' }, t('list.clear'))));
    else if (parameters.after || parameters.before) location.replace(listHash({ sort: parameters.sort }));
    else content.replaceChildren(emptyState(t('list.empty'), t('list.empty.text'), createButton('create-first')));
    content.append(srOnly(t('list.shown', { count: page.tokens.length })));
    linkedFilters(parameters);
  }

  /** Says which tokens another page has linked to. */
  function linkedFilters(parameters) {
    const texts = LINKED.filter((name) => parameters[name])
      .map((name) => t(`list.${name}`, { value: name === 'renewsOn' ? formatUtcDay(parameters[name]) : (shown[0]?.owner?.name ?? '') }));
    linked.hidden = !texts.length;
    linked.replaceChildren(...(texts.length ? [texts.join(' · '), ' ', el('a', { href: '#/tokens' }, t('list.clear'))] : []));
  }

  async function load() {
    pending?.abort();
    const request = (pending = new AbortController());
    const parameters = Object.fromEntries(query);
    lastHash = listHash(parameters);
    if (!content.querySelector('table')) content.replaceChildren(skeleton(8));
    content.setAttribute('aria-busy', 'true');
    try {
      render(parameters, await fetchPage(parameters, request.signal));
    } catch (problem) {
      if (request.signal.aborted) return;
      if (!problem.code) throw problem;
      content.replaceChildren(errorState(problem, load));
    }
    if (request === pending) content.setAttribute('aria-busy', 'false');
  }

  /** Sets the filters from the URL, except the one being typed into. */
  function fillFilters() {
    for (const name of FILTERS) {
      const control = controls.elements[name];
      if (control !== document.activeElement || control.tagName === 'SELECT') control.value = query.get(name) ?? '';
    }
    if (query.has(ORPHANED)) controls.elements.attention.value = ORPHANED;
  }

  async function fillApplications() {
    try {
      const names = await applications();
      controls.elements.application.append(...names.map((name) => el('option', { value: name }, name)));
      fillFilters();
    } catch {
      // The list shows the error; without the catalogue there is one filter less.
    }
  }

  document.title = `${t('list.title')} · Keyturn`;
  const refresh = busily(load);
  const linked = el('p', { class: 'hint', hidden: true });
  const root = el('div', { class: 'list' },
    el('div', { class: 'heading' },
      el('h1', { tabindex: '-1' }, t('list.title')),
      iconButton('refresh', t('list.refresh'), refresh),
      iconButton('save', t('list.csv'), () => saveCsv(shown)),
      createButton('create')),
    controls, linked, selected.root, content);
  fillFilters();
  fillApplications();
  load();
  return {
    root,
    update(route) {
      query = route.query;
      fillFilters();
      load();
    },
    close: () => pending?.abort(),
  };
}
