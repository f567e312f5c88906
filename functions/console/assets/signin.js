// Sign-in: a management token is pasted.

import { el } from './dom.js';
import { textField } from './form.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { problemText, setBusy } from './notice.js';

const STRING = /^kat_[0-9A-Za-z]{71}$/;

/** The page. `enter` signs in and returns why not, if not. */
export function signInPage({ reason, enter }) {
  const token = textField({
    label: t('signin.token'), hint: t('signin.hint'), faults: [], type: 'password',
    attributes: { name: 'token', spellcheck: 'false', autocapitalize: 'off' },
  });
  const button = el('button', { type: 'submit', class: 'button primary wide' }, t('signin.submit'));

  async function submit(event) {
    event.preventDefault();
    if (button.ariaBusy === 'true') return;
    const string = token.value().trim();
    if (!STRING.test(string)) return refuse(t('signin.malformed'));
    setBusy(button, true);
    try {
      const refusal = await enter(string);
      if (refusal) refuse(refusal);
    } catch (problem) {
      if (!problem.code) throw problem;
      refuse(problem.status === 401 ? t(problem.reason ? 'signin.ended' : 'signin.unknown') : problemText(problem));
    } finally {
      setBusy(button, false);
    }
  }
  function refuse(text) {
    token.show(text);
    token.focus();
  }

  return el('main', { class: 'signin' },
    el('form', { novalidate: true, method: 'post', on: { submit } },
      el('span', { class: 'mark' }, icon('key')),
      el('h1', {}, t('signin.title')),
      el('p', { class: 'lead' }, t('signin.lead')),
      reason && el('p', { class: 'alert', role: 'alert' }, icon('warning'), reason),
      token.root,
      button));
}
