// SPDX-License-Identifier: EUPL-1.2
// Days and times as people read them. The ledger's zone is Europe/Berlin; dues are local ends of days ("2021-04-09T24:00").
import type { Language } from './i18n';

const locale = (language: Language) => (language === 'en' ? 'en-GB' : 'de-DE');
const zone = 'Europe/Berlin';

export function formatInstant(instant: string, language: Language): string {
  return new Intl.DateTimeFormat(locale(language), { dateStyle: 'medium', timeStyle: 'short', timeZone: zone }).format(
    new Date(instant),
  );
}

export function formatDay(day: string, language: Language): string {
  return new Intl.DateTimeFormat(locale(language), { dateStyle: 'medium', timeZone: 'UTC' }).format(
    new Date(`${day.slice(0, 10)}T00:00:00Z`),
  );
}

/** "2021-04-09T24:00" is the end of that day: shown as the day alone; other times keep their hour. */
export function formatDue(due: string, language: Language): string {
  const time = due.slice(11, 16);
  return time === '24:00' || time === '' ? formatDay(due, language) : `${formatDay(due, language)}, ${time}`;
}

/** What <input type="datetime-local"> holds, as an RFC 3339 instant of Europe/Berlin. */
export function berlinInstant(local: string): string {
  const utc = new Date(`${local}:00Z`);
  const shown = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: zone }).format(utc);
  const offset = new Date(`${shown.replace(' ', 'T')}Z`).getTime() - utc.getTime();
  return new Date(utc.getTime() - offset).toISOString();
}
