// SPDX-License-Identifier: EUPL-1.2
// Both dashboards: names and counts of all views, accessibility of every page, nothing from a foreign host.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { pictures, Stage } from './stage.mjs';

const views = {
  1: [
    'Offene Weiterleitungen nach Dresden',
    'Erfolgte ID-Checks',
    'Geplante Termine der allgemeinen AVB der Stufe 1',
    'Geplante Aktenanlagetermine',
    'Erfolgte und nicht erfolgte Aktenanlagen',
    'Geplante Anhörungstermine',
    'Erfolgte und nicht erfolgte Anhörungen',
    'Erledigte Anhörungen',
    'Registrierung abgeschlossen',
    'Easy-Abteilung',
    'Bereit für Aktenanlage',
  ],
  2: [
    'Weiterleitungen nach Dresden',
    'Fehlende ID-Checks',
    'Nicht für die Aktenanlage bereite Registrierungen',
    'Registrierungen ohne AVB-Angebot',
    'Geplante Asylverfahrensberatungen',
    'Für die Aktenanlage bereite Asylgesuche',
    'Geplante Aktenanlagetermine',
    'Mehrfach nicht erschienen zur Aktenanlage',
    'Offene Anhörungen',
    'Geplante Anhörungstermine',
    'ID-Check abgeschlossen',
    'AVB abgeschlossen',
    'Termin für Aktenanlage geplant',
  ],
};
const roles = { 1: 'Aufnahme', 2: 'Asylverfahrenssekretariat' };

let stage;
before(async () => {
  stage = await Stage.open(8640);
});
after(() => stage?.close());

async function check(page, name) {
  const found = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(
    found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`),
    [],
    `axe on ${name}`,
  );
}

for (const authority of [1, 2]) {
  test(`authority ${authority}: every view is there by its name, and its count is the length of its list`, async () => {
    const page = await stage.signIn(authority, roles[authority]);
    await page.screenshot({ path: join(pictures, `start-${authority}.png`) });
    assert.deepEqual(await page.locator('.flora-area a').allTextContents(), views[authority]);
    await check(page, 'start');
    const { views: counted } = await page.evaluate(() => fetch('/api/v1/views').then((r) => r.json()));
    for (const view of counted) {
      let length = 0;
      for (let cursor = ''; cursor !== null; ) {
        const path = `/api/v1/views/${view.id}?limit=200${cursor && `&cursor=${cursor}`}`;
        const got = await page.evaluate((p) => fetch(p).then((r) => r.json()), path);
        length += got.rows.length;
        cursor = got.next;
      }
      assert.equal(length, view.count, view.id);
    }
    await page.context().close();
  });
}

test('every kind of page is accessible, wide and narrow, German and English', async () => {
  for (const [authority, viewport, size] of [
    [1, { width: 1280, height: 800 }, 'wide'],
    [2, { width: 390, height: 844 }, 'narrow'],
  ]) {
    const page = await stage.signIn(authority, roles[authority], viewport);
    const visit = async (name, path, ready) => {
      await page.goto(new URL(path, page.url()).href);
      await page.locator(ready).first().waitFor();
      await page.screenshot({ path: join(pictures, `${name}-${size}.png`) });
      await check(page, `${name} (${size})`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      assert.equal(overflow, false, `${name} (${size}) scrolls sideways`);
    };
    const list = authority === 1 ? 'lds_id_checks_done' : 'bamf_not_ready';
    await visit('view', `/view/${list}`, '.flora-table tbody tr');
    const row = await page.locator('.flora-table tbody a').first().getAttribute('href');
    await visit('write', `/view/${authority === 1 ? 'lds_write_ready' : 'bamf_write_id_check'}`, '.flora-write-bar');
    await visit('case', row, '.flora-section');
    await visit('inbox', '/inbox', '.flora-list, .flora-quiet');
    await visit('next', '/next', '.flora-list, .flora-quiet');
    await visit('search', '/search', 'input[type=search]');
    await page.getByRole('button', { name: 'English' }).click();
    await visit('search-en', '/search', 'input[type=search]');
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    await page.context().close();
  }
});

test('the sign-in page is accessible', async () => {
  const context = await stage.browser.newContext();
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${stage.base + 1}`);
  await page
    .getByRole('button', { name: /Aufnahme$/ })
    .first()
    .waitFor();
  await check(page, 'sign-in');
  await context.close();
});

test('no request left the origin, and no page raised an error', () => {
  assert.deepEqual(stage.foreign, []);
  assert.deepEqual(stage.errors, []);
});
