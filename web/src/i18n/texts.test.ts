// SPDX-License-Identifier: EUPL-1.2
import { expect, it } from 'vitest';
import { de } from './de';
import { en } from './en';

function flat(texts: object, prefix = ''): Map<string, string> {
  const out = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') out.set(prefix + key, value);
    else for (const [inner, text] of flat(value as object, `${prefix}${key}.`)) out.set(inner, text);
  }
  return out;
}

it('says everything in both languages, with the same blanks to fill in', () => {
  const german = flat(de);
  const english = flat(en);
  expect([...english.keys()].sort()).toEqual([...german.keys()].sort());
  for (const [key, text] of german) {
    const blanks = (t: string) => (t.match(/{{\w+}}/g) ?? []).sort();
    expect(blanks(english.get(key) ?? ''), key).toEqual(blanks(text));
    expect(text.trim(), key).not.toBe('');
  }
});
