// Formats times and numbers in the user's language and time zone.

import { now } from './api.js';
import { el } from './dom.js';
import { locale } from './i18n.js';

const DAY = 86_400_000;
const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
const minute = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const number = new Intl.NumberFormat(locale);

export const formatNumber = (value) => number.format(value);
export const formatDay = (timestamp) => day.format(new Date(timestamp));
export const formatMinute = (timestamp) => minute.format(new Date(timestamp));

/** Relative time, such as "in 3 days". */
function formatRelative(timestamp) {
  const left = new Date(timestamp) - now();
  const units = [['day', DAY], ['hour', 3_600_000], ['minute', 60_000]];
  const [unit, size] = units.find(([, length]) => Math.abs(left) >= length) ?? units[2];
  return relative.format(Math.trunc(left / size), unit);
}

/** A `time` element in the user's time zone, with UTC on hover. */
export function time(timestamp, format = formatMinute) {
  const utc = `${timestamp.replace('T', ' ').replace('Z', '')} UTC`;
  return el('time', { datetime: timestamp, title: utc }, format(timestamp));
}

export const dateOnly = (timestamp) => time(timestamp, formatDay);
export const timeRelative = (timestamp) => time(timestamp, formatRelative);

const utcDay = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** A day that the API names, such as 2026-12-31. */
export const formatUtcDay = (date) => utcDay.format(new Date(date));

const twoDigits = (value) => String(value).padStart(2, '0');

/** The value of a `datetime-local` field, in the user's time zone. */
export function toLocalField(milliseconds) {
  const date = new Date(milliseconds);
  const isoDay = `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
  return `${isoDay}T${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
}

/** When the item with this id was created: ids are UUIDv7. */
export const createdAt = (id) => Number.parseInt(id.replace('-', '').slice(0, 12), 16);

/** The API's format: UTC, whole seconds. */
export const toApi = (date) => date.toISOString().replace(/\.\d+Z$/, 'Z');

/** The last second of a day in the user's time zone. */
export const endOfDay = (value) => new Date(`${value}T23:59:59`);
