// Short messages that go away by themselves, texts for failures, and the states of a part that is loaded.

import { el } from './dom.js';
import { t, word } from './i18n.js';
import { icon } from './icons.js';

const SECONDS_SHOWN = 6;

/** Where messages appear: a live region, so that they are heard too. It rides on top of an open dialog. */
const board = el('div', { class: 'notices', role: 'status', popover: 'manual' });

/** What a failure means, in the reader's language. */
export function problemText(problem) {
  const known = word('problem', problem.code);
  return known === problem.code ? problem.detail || t('problem.UNEXPECTED') : known;
}

/** Shows a message. */
export function notify(text, kind = 'check') {
  const message = el('p', { class: `notice notice-${kind}` }, icon(kind), text);
  if (!board.isConnected) document.body.append(board);
  board.append(message);
  // Shown anew, it lies above a dialog that was opened after it.
  if (board.matches(':popover-open')) board.hidePopover();
  board.showPopover();
  setTimeout(() => {
    message.remove();
    if (!board.childElementCount) board.hidePopover();
  }, SECONDS_SHOWN * 1000);
}

/** Shows why something failed. */
export const notifyProblem = (problem) => notify(problemText(problem), 'warning');

/** What stands where something could not be loaded, with a way to try again. */
export function failed(problem, again) {
  const offline = problem.code === 'UNREACHABLE';
  return el('div', { class: 'state', role: 'alert' },
    icon(offline ? 'offline' : 'warning'),
    el('h2', {}, t(offline ? 'state.offline' : 'state.failed')),
    el('p', {}, problemText(problem)),
    el('button', { type: 'button', class: 'button', on: { click: again } }, icon('refresh'), t('state.again')));
}

/** What stands where there is nothing. */
export const empty = (title, text, ...actions) =>
  el('div', { class: 'state' }, icon('key'), el('h2', {}, title), el('p', {}, text), ...actions);

/** What stands where something is on its way. */
export const loading = (lines) =>
  el('div', { class: 'loading' },
    el('span', { class: 'heard', role: 'status' }, t('state.loading')),
    Array.from({ length: lines }, () => el('span', { class: 'line' })));

/** Marks a button as busy. It is not disabled as such, which would take the focus away from it. */
export function setBusy(button, busy) {
  button.setAttribute('aria-busy', String(busy));
  button.setAttribute('aria-disabled', String(busy));
}

/** Does something while its button can't be pressed again; a failure is shown. */
export async function whileBusy(button, work) {
  if (button.ariaBusy === 'true') return;
  setBusy(button, true);
  try {
    await work();
  } catch (problem) {
    if (!problem.code) throw problem;
    notifyProblem(problem);
  } finally {
    setBusy(button, false);
  }
}
