// The sign-in page.

import { el } from './dom.js';
import { textField } from './form.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { problemText, setBusy } from './notice.js';

const TOKEN_STRING = /^kat_[0-9A-Za-z]{71}$/;

/** Creates the page. `signIn` returns the error text if the token is refused. */
export function signInPage({ reason, signIn }) {
  const token = textField({
    label: t('signin.token'), hint: t('signin.hint'), paths: [], type: 'password',
    attributes: { name: 'token', spellcheck: 'false', autocapitalize: 'off' },
  });
  const button = el('button', { type: 'submit', class: 'button primary wide' }, t('signin.submit'));

  async function submit(event) {
    event.preventDefault();
    if (button.ariaBusy === 'true') return;
    const tokenString = token.value().trim();
    if (!TOKEN_STRING.test(tokenString)) return showError(t('signin.malformed'));
    setBusy(button, true);
    try {
      const error = await signIn(tokenString);
      if (error) showError(error);
    } catch (problem) {
      if (!problem.code) throw problem;
      showError(problem.status === 401 ? t(problem.reason ? 'signin.ended' : 'signin.unknown') : problemText(problem));
    } finally {
      setBusy(button, false);
    }
  }
  function showError(text) {
    token.showError(text);
    token.focus();
  }

  return el('main', { class: 'signin' },
    el('form', { novalidate: true, method: 'post', on: { submit } },
      el('span', { class: 'logo' }, icon('key')),
      el('h1', {}, t('signin.title')),
      el('p', { class: 'lead' }, t('signin.lead')),
      reason && el('p', { class: 'alert', role: 'alert' }, icon('warning'), reason),
      token.root,
      button));
}
