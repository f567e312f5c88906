// Forms in dialogs: fields with validation errors, and protection against double submission.

import { openDialog } from './dialog.js';
import { button, el, uniqueId } from './dom.js';
import { t, validationErrorText } from './i18n.js';
import { icon } from './icons.js';
import { problemText, setBusy } from './notice.js';

/**
 * Creates a field. `control` receives the ids to refer to and returns the element; `paths` are the API's names of the
 * field. A group of controls is named by a span, because a click on a label would activate one of them.
 */
export function field({ label, hint, required = false, group = false, paths, control }) {
  const ids = { control: uniqueId(), label: uniqueId(), hint: uniqueId(), error: uniqueId() };
  const element = control({ id: ids.control, 'aria-describedby': `${hint ? `${ids.hint} ` : ''}${ids.error}`, 'aria-required': required && 'true' }, ids);
  const error = el('p', { class: 'field-error', id: ids.error });
  const focusable = element.matches('input, textarea, select') ? element : (element.querySelector('button, input') ?? element);
  const showError = (text) => {
    error.replaceChildren(...(text ? [icon('warning'), text] : []));
    focusable.toggleAttribute('aria-invalid', Boolean(text));
    if (text) focusable.setAttribute('aria-invalid', 'true');
  };
  const root = el('div', { class: 'field' },
    el(group ? 'span' : 'label', { class: 'name', id: ids.label, for: !group && ids.control }, label, required && el('span', { class: 'required', 'aria-hidden': 'true' }, ' *')),
    element,
    hint && el('p', { class: 'hint', id: ids.hint }, hint),
    error);
  return { root, label, paths, showError, focus: () => focusable.focus() };
}

/** A text input or text area. */
export function textField({ tag = 'input', type = 'text', value = '', attributes = {}, ...rest }) {
  let input;
  const control = (references) => {
    input = el(tag, { ...(tag === 'input' && { type }), autocomplete: 'off', ...references, ...attributes, value });
    return input;
  };
  return { ...field({ ...rest, control }), input, value: () => input.value };
}

const matches = (paths, path) => paths.some((own) => path === own || path.startsWith(`${own}[`));

/** Shows validation errors at their fields; returns the text of those that belong to no field. */
function showErrors(fields, problem) {
  const others = [];
  const shown = new Map();
  for (const error of problem.validationErrors) {
    const match = fields.find(({ paths }) => matches(paths, error.field));
    const text = validationErrorText(error);
    if (match) shown.set(match, [...(shown.get(match) ?? []), `${match.label} ${text}.`]);
    else others.push(`${error.field} ${text}.`);
  }
  for (const [invalid, texts] of shown) invalid.showError(texts.join(' '));
  fields.find((invalid) => shown.has(invalid))?.focus();
  return others.join(' ');
}

/**
 * Opens a dialog with a form. `send` does the work; then the dialog closes and `done` receives the result. The submit
 * button is disabled unless `ready()`.
 */
export function formDialog({ title, kind, intro, fields = [], submit, danger = false, send, done, ready = () => true }) {
  if (intro) intro.id = uniqueId();
  openDialog({
    title,
    kind,
    describedBy: intro?.id,
    content(close) {
      const alert = el('div', { class: 'alert', role: 'alert' });
      const submitButton = el('button', { type: 'submit', class: danger ? 'button danger' : 'button primary' }, submit);
      const cancel = button({ class: 'button', on: { click: close } }, t('cancel'));
      let busy = false;
      const refresh = () => {
        submitButton.disabled = !busy && !ready();
        setBusy(submitButton, busy);
      };

      async function submitForm(event) {
        event.preventDefault();
        if (busy || !ready()) return;
        busy = true;
        refresh();
        alert.replaceChildren();
        fields.forEach(({ showError }) => showError(null));
        try {
          const result = await send();
          close();
          done(result);
        } catch (problem) {
          if (!problem.code) throw problem;
          const text = problem.validationErrors.length ? showErrors(fields, problem) : problemText(problem);
          if (text) alert.replaceChildren(icon('warning'), text);
        } finally {
          busy = false;
          refresh();
        }
      }

      refresh();
      return [el('form', { novalidate: true, on: { submit: submitForm, input: refresh } },
        el('div', { class: 'body' }, intro, fields.map(({ root }) => root), alert),
        el('footer', {}, cancel, submitButton))];
    },
  });
  fields[0]?.focus();
}
