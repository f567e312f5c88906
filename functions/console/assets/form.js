// Forms in dialogs: fields with their faults, and a button that can't be pressed twice.

import { openDialog } from './dialog.js';
import { el, freshId } from './dom.js';
import { faultText, t } from './i18n.js';
import { icon } from './icons.js';
import { problemText, setBusy } from './notice.js';

/**
 * A field. `control` is given the ids that it must refer to and makes the element; `faults` are the paths under which
 * the API speaks of it. A group of controls has a name, but no label that a press would pass on to one of them.
 */
export function field({ label, hint, required = false, group = false, faults, control }) {
  const ids = { control: freshId(), label: freshId(), hint: freshId(), fault: freshId() };
  const element = control({ id: ids.control, 'aria-describedby': `${hint ? `${ids.hint} ` : ''}${ids.fault}`, 'aria-required': required && 'true' }, ids);
  const fault = el('p', { class: 'fault', id: ids.fault });
  const focusable = element.matches('input, textarea, select') ? element : (element.querySelector('button, input') ?? element);
  const show = (text) => {
    fault.replaceChildren(...(text ? [icon('warning'), text] : []));
    focusable.toggleAttribute('aria-invalid', Boolean(text));
    if (text) focusable.setAttribute('aria-invalid', 'true');
  };
  const root = el('div', { class: 'field' },
    el(group ? 'span' : 'label', { class: 'name', id: ids.label, for: !group && ids.control }, label, required && el('span', { class: 'required', 'aria-hidden': 'true' }, ' *')),
    element,
    hint && el('p', { class: 'hint', id: ids.hint }, hint),
    fault);
  return { root, label, faults, show, focus: () => focusable.focus() };
}

/** A line or more of text. */
export function textField({ tag = 'input', type = 'text', value = '', attributes = {}, ...rest }) {
  let input;
  const control = (references) => {
    input = el(tag, { ...(tag === 'input' && { type }), autocomplete: 'off', ...references, ...attributes, value });
    return input;
  };
  return { ...field({ ...rest, control }), input, value: () => input.value };
}

const concerns = (paths, path) => paths.some((own) => path === own || path.startsWith(`${own}[`));

/** Shows the API's faults at their fields; what belongs to none is returned as a text. */
function showFaults(fields, problem) {
  const left = [];
  const shown = new Map();
  for (const fault of problem.faults) {
    const own = fields.find(({ faults }) => concerns(faults, fault.field));
    const text = faultText(fault.error);
    if (own) shown.set(own, [...(shown.get(own) ?? []), `${own.label} ${text}.`]);
    else left.push(`${fault.field} ${text}.`);
  }
  for (const [own, texts] of shown) own.show(texts.join(' '));
  [...fields].find((own) => shown.has(own))?.focus();
  return left.join(' ');
}

/**
 * Opens a dialog with a form. `send` is called with nothing and does the work; when it is done, the dialog closes and
 * `done` is called with what it returned. `ready` says whether the form may be sent at all.
 */
export function formDialog({ title, kind, intro, fields = [], submit, danger = false, send, done, ready = () => true }) {
  if (intro) intro.id = freshId();
  openDialog({
    title,
    kind,
    describedBy: intro?.id,
    content(close) {
      const alert = el('div', { class: 'alert', role: 'alert' });
      const button = el('button', { type: 'submit', class: danger ? 'button danger' : 'button primary' }, submit);
      const cancel = el('button', { type: 'button', class: 'button', on: { click: close } }, t('cancel'));
      let busy = false;
      const refresh = () => {
        button.disabled = !busy && !ready();
        setBusy(button, busy);
      };

      async function run(event) {
        event.preventDefault();
        if (busy || !ready()) return;
        busy = true;
        refresh();
        alert.replaceChildren();
        fields.forEach((own) => own.show(null));
        try {
          const outcome = await send();
          close();
          done(outcome);
        } catch (problem) {
          if (!problem.code) throw problem;
          const text = problem.faults.length ? showFaults(fields, problem) : problemText(problem);
          if (text) alert.replaceChildren(icon('warning'), text);
        } finally {
          busy = false;
          refresh();
        }
      }

      refresh();
      return [el('form', { novalidate: true, on: { submit: run, input: refresh } },
        el('div', { class: 'body' }, intro, fields.map(({ root }) => root), alert),
        el('footer', {}, cancel, button))];
    },
  });
  fields[0]?.focus();
}
