// The user's language and its texts.

const language = (tag) => ['de', 'en'].find((known) => known === tag.slice(0, 2).toLowerCase());

/** The first of the user's languages that has texts. Its region determines date formats. */
export const locale = navigator.languages.find(language) ?? 'en';

// The other languages are not loaded.
const { texts: { validationErrors, ...groups } } = await import(`./${language(locale)}.js`);

/** All texts by key: `list.title` is the text `title` of the group `list`. */
const texts = Object.fromEntries(Object.entries(groups).flatMap(([group, text]) =>
  (isGroup(text) ? Object.entries(text).map(([name, inner]) => [`${group}.${name}`, inner]) : [[group, text]])));

/** Whether this is a group of texts rather than a text or its plural forms. */
function isGroup(text) {
  return typeof text === 'object' && !('other' in text);
}

const plural = new Intl.PluralRules(locale);

document.documentElement.lang = locale;

/** Translates a key and fills in parameters. Plural forms are chosen by `count`. */
export function t(key, parameters = {}) {
  const text = texts[key] ?? key;
  const form = typeof text === 'string' ? text : (text[plural.select(parameters.count)] ?? text.other);
  return form.replace(/\{(\w+)\}/g, (_, name) => parameters[name]);
}

/** Translates an enum value of the API; an unknown value is returned as it is. */
export function enumText(group, value) {
  const key = `${group}.${value}`;
  return key in texts ? texts[key] : value;
}

/** Translates a validation error by its code; without a translation it is shown in the API's English. */
export function validationErrorText({ code, error }) {
  return validationErrors[code] ?? error;
}
