// Several tokens at once: selection, actions with progress, and a file of what is shown.

import { BULK } from './actions.js';
import { button, el } from './dom.js';
import { formDialog, textField } from './form.js';
import { formatNumber } from './format.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { openMassRenewal } from './mass-renewal.js';
import { notify, problemText } from './notice.js';
import { mayWrite } from './session.js';

/** Does an action to each token, one after the other. */
function openBulk(name, tokens, changed) {
  const { isAvailable, run, danger } = BULK[name];
  const able = tokens.filter(isAvailable);
  const bar = el('progress', { 'aria-label': t('bulk.progress'), max: String(Math.max(able.length, 1)), value: '0', hidden: true });
  const confirmation = textField({ label: t('bulk.type', { count: able.length }), paths: [], attributes: { name: 'confirmation', inputmode: 'numeric' } });
  const intro = el('div', {}, el('p', { class: danger && 'caution' }, danger && icon('warning'), t(`bulk.${name}`, { count: formatNumber(able.length) })),
    able.length < tokens.length && el('p', { class: 'hint' }, t('bulk.unable', { count: tokens.length - able.length })), bar);
  let done = 0;
  async function send() {
    bar.hidden = false;
    const problems = [];
    for (const token of able.slice(done)) {
      try {
        await run(token);
      } catch (problem) {
        if (!problem.code || problem.status === 0 || problem.status === 401) throw problem;
        problems.push(`${token.name}: ${problemText(problem)}`);
      }
      done += 1;
      bar.value = done;
    }
    return problems;
  }
  formDialog({
    title: t(`action.${name}`), kind: 'bulk', danger, submit: t(`action.${name}`), intro, fields: danger ? [confirmation] : [], send,
    ready: () => able.length > 0 && (!danger || confirmation.value().trim() === String(able.length)),
    done: (problems) => {
      if (problems.length) notify(t('bulk.failed', { problems: problems.join(' · ') }), 'warning');
      else notify(t('bulk.done', { count: formatNumber(able.length) }));
      changed();
    },
  });
}

/** The selected rows of a list, and what can be done with them. */
export function selection(changed) {
  const selected = new Map();
  const root = el('div', { class: 'selection', role: 'group', 'aria-label': t('bulk.title'), hidden: true });
  const act = (name) => button({ class: `button${BULK[name].danger ? ' dangerous' : ''}`, 'data-focus': `bulk:${name}`, on: { click: () => openBulk(name, [...selected.values()], changed) } },
    icon(name), t(`action.${name}`));
  const spread = button({ class: 'button', on: { click: () => openMassRenewal([...selected.keys()]) } }, icon('renew'), t('mass.open'));
  const actions = [act('start'), spread, act('deactivate')];
  const count = el('span', { role: 'status' });
  root.append(count, ...actions);
  const show = () => {
    root.hidden = selected.size === 0;
    count.textContent = t('bulk.selected', { count: selected.size });
  };
  const box = (label, checked, change) => el('input', { type: 'checkbox', 'aria-label': label, checked, on: { change } });
  return {
    root,
    isShown: mayWrite,
    /** The check box of a row. */
    box: (token) => box(t('bulk.select', token), false, ({ target }) => {
      if (target.checked) selected.set(token.id, token);
      else selected.delete(token.id);
      show();
    }),
    /** The check box of all rows. */
    all: () => box(t('bulk.selectAll'), false, ({ target }) => {
      for (const other of target.closest('table').querySelectorAll('tbody .col-select input')) {
        if (other.checked !== target.checked) other.click();
      }
    }),
    clear() {
      selected.clear();
      show();
    },
  };
}

const CSV_COLUMNS = {
  id: ({ id }) => id, name: ({ name }) => name, description: ({ description }) => description, status: ({ status }) => status,
  createdDate: ({ createdDate }) => createdDate, ageInDays: ({ ageInDays }) => ageInDays, rights: ({ rights }) => rights,
  applications: ({ applications }) => applications.join(' '), expiresAt: ({ expiresAt }) => expiresAt,
  nextRenewalAt: ({ autoRenewal }) => autoRenewal?.nextRenewalAt, lastUsedAt: ({ lastUsedAt }) => lastUsedAt,
  renewedBy: ({ renewedBy }) => renewedBy, owner: ({ owner }) => owner?.name,
};

/** A value as RFC 4180 has it. One that a spreadsheet would run as a formula becomes a text. */
function csvValue(value) {
  const text = String(value ?? '').replace(/^[=+\-@\t\r]/, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Saves the shown tokens as a file. */
export function saveCsv(tokens) {
  const lines = [Object.keys(CSV_COLUMNS), ...tokens.map((token) => Object.values(CSV_COLUMNS).map((value) => value(token)))];
  const text = lines.map((line) => line.map(csvValue).join(',')).join('\r\n');
  const url = URL.createObjectURL(new Blob([`\ufeff${text}\r\n`], { type: 'text/csv' }));
  el('a', { href: url, download: 'tokens.csv' }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
