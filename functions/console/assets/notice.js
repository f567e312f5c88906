// Temporary notices, error texts, and placeholders: loading, empty, failed.

import { button, el } from './dom.js';
import { enumText, t } from './i18n.js';
import { icon } from './icons.js';

const SECONDS_SHOWN = 6;

/** The container of notices: announced by screen readers, and a popover so that it covers an open dialog. */
const liveRegion = el('div', { class: 'notices', role: 'status', popover: 'manual' });

/** The error text in the user's language. */
export function problemText(problem) {
  const known = enumText('problem', problem.code);
  return known === problem.code ? problem.detail || t('problem.UNEXPECTED') : known;
}

/** Shows a notice for a few seconds. */
export function notify(text, kind = 'check') {
  const message = el('p', { class: `notice notice-${kind}` }, icon(kind), text);
  if (!liveRegion.isConnected) document.body.append(liveRegion);
  liveRegion.append(message);
  // Shown again, it moves above a dialog that was opened later.
  if (liveRegion.matches(':popover-open')) liveRegion.hidePopover();
  liveRegion.showPopover();
  setTimeout(() => {
    message.remove();
    if (!liveRegion.childElementCount) liveRegion.hidePopover();
  }, SECONDS_SHOWN * 1000);
}

/** Shows an error as a notice. */
const notifyProblem = (problem) => notify(problemText(problem), 'warning');

/** Placeholder for something that could not be loaded, with a button to retry. */
export function errorState(problem, retry) {
  const offline = problem.code === 'UNREACHABLE';
  return el('div', { class: 'state', role: 'alert' },
    icon(offline ? 'offline' : 'warning'),
    el('h2', {}, t(offline ? 'state.offline' : 'state.failed')),
    el('p', {}, problemText(problem)),
    button({ class: 'button', on: { click: retry } }, icon('refresh'), t('state.again')));
}

/** Loads content into an element; if a call to the API fails, shows the error there with a button to retry. */
export async function loadInto(root, load) {
  try {
    await load();
  } catch (problem) {
    if (!problem.code) throw problem;
    root.replaceChildren(errorState(problem, () => loadInto(root, load)));
  }
}

/** Placeholder for an empty result. */
export const emptyState = (title, text, ...actions) =>
  el('div', { class: 'state' }, icon('key'), el('h2', {}, title), el('p', {}, text), ...actions);

/** Placeholder while something loads. */
export const skeleton = (lines) =>
  el('div', { class: 'loading' },
    el('span', { class: 'sr-only', role: 'status' }, t('state.loading')),
    Array.from({ length: lines }, () => el('span', { class: 'skeleton-line' })));

/** Marks a button as busy. It is not `disabled`, which would lose the focus. */
export function setBusy(target, busy) {
  target.setAttribute('aria-busy', String(busy));
  target.setAttribute('aria-disabled', String(busy));
}

/** A listener that runs an action while the clicked button ignores clicks; an error is shown as a notice. */
export const busily = (work) => async ({ currentTarget: target }) => {
  if (target.ariaBusy === 'true') return;
  setBusy(target, true);
  try {
    await work();
  } catch (problem) {
    if (!problem.code) throw problem;
    notifyProblem(problem);
  } finally {
    setBusy(target, false);
  }
};
