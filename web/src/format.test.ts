// SPDX-License-Identifier: EUPL-1.2
import { describe, expect, it } from 'vitest';
import { berlinInstant, formatDay, formatDue, formatInstant } from './format';

describe('times', () => {
  it('are shown on the clock of Berlin, whatever the browser thinks', () => {
    expect(formatInstant('2021-10-04T06:00:00Z', 'de')).toBe('04.10.2021, 08:00');
    expect(formatInstant('2021-12-06T07:00:00Z', 'de')).toBe('06.12.2021, 08:00');
    expect(formatInstant('2021-12-06T07:00:00Z', 'en')).toContain('08:00');
  });

  it('of a form become instants of Berlin, in summer, in winter and in both changing nights', () => {
    expect(berlinInstant('2021-07-01T12:00')).toBe('2021-07-01T10:00:00.000Z');
    expect(berlinInstant('2021-12-01T12:00')).toBe('2021-12-01T11:00:00.000Z');
    expect(berlinInstant('2021-03-28T08:00')).toBe('2021-03-28T06:00:00.000Z');
    expect(berlinInstant('2021-10-31T08:00')).toBe('2021-10-31T07:00:00.000Z');
  });

  it('of dues name the day alone when the term ends with it', () => {
    expect(formatDue('2021-04-09T24:00', 'de')).toBe('09.04.2021');
    expect(formatDue('2021-04-09T13:30', 'de')).toBe('09.04.2021, 13:30');
    expect(formatDay('2021-02-28', 'de')).toBe('28.02.2021');
  });
});
