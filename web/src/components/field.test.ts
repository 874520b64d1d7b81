// SPDX-License-Identifier: EUPL-1.2
import { expect, it } from 'vitest';
import type { Schemas } from '../api/client';
import { dataOf } from './field';

const field = (id: string, type: Schemas['Field']['type']): Schemas['Field'] => ({
  id,
  type,
  required: false,
  title: { de: id },
});

it('turns what a form holds into typed data and leaves out what is empty', () => {
  const fields = [
    field('day', 'date'),
    field('count', 'integer'),
    field('yes', 'boolean'),
    field('code', 'code'),
    field('empty', 'token'),
  ];
  expect(dataOf(fields, { day: '2021-10-04', count: '3', yes: 'false', code: ' a ', empty: '  ', foreign: 'x' })).toEqual({
    day: '2021-10-04',
    count: 3,
    yes: false,
    code: 'a',
  });
});
