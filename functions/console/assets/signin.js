// The sign-in page: a button for each identity provider, and the form for a management token.

import { el } from './dom.js';
import { textField } from './form.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { problemText, setBusy } from './notice.js';

const TOKEN_STRING = /^kat_[0-9A-Za-z]{71}$/;

/** The address that signs somebody in through a provider and leads back to this page. */
export function signInAddress(provider, parameters = {}) {
  const here = `/console${location.hash}`;
  return `/console/sign-in?${new URLSearchParams({ provider, returnTo: here, ...parameters })}`;
}

/** Creates the page. `ways` are the ways to sign in; `signIn` returns the error text if the token is refused. */
export function signInPage({ reason, ways, signIn }) {
  const { providers, token: takesTokens } = ways;
  const links = providers.map(({ id, name }, index) => el('a', {
    class: `button wide${index === 0 ? ' primary' : ''}`, href: signInAddress(id), 'data-provider': id,
  }, t('signin.with', { name })));
  return el('main', { class: 'signin' },
    el('div', { class: 'ways' },
      el('span', { class: 'logo' }, icon('key')),
      el('h1', {}, t('signin.title')),
      el('p', { class: 'lead' }, t('signin.lead')),
      reason && el('p', { class: 'alert', role: 'alert' }, icon('warning'), reason),
      links,
      links.length > 0 && takesTokens && el('p', { class: 'or' }, t('signin.or')),
      takesTokens && tokenForm(signIn, links.length === 0)));
}

function tokenForm(signIn, primary) {
  const token = textField({
    label: t('signin.token'), hint: t('signin.hint'), paths: [], type: 'password',
    attributes: { name: 'token', spellcheck: 'false', autocapitalize: 'off' },
  });
  const button = el('button', { type: 'submit', class: `button wide${primary ? ' primary' : ''}` }, t('signin.submit'));

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

  return el('form', { novalidate: true, method: 'post', on: { submit } }, token.root, button);
}
