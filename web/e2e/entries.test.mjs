// SPDX-License-Identifier: EUPL-1.2
// The six entries made by hand, each after its preview; the partner's open page shows them within a second, without a reload.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pictures, Stage } from './stage.mjs';

let stage, lds, bamf;
before(async () => {
  stage = await Stage.open(8740, 1);
  lds = await stage.signIn(1, 'Aufnahme');
  bamf = await stage.signIn(2, 'Asylverfahrenssekretariat');
});
after(() => stage?.close());

const count = async (page, view) => {
  const text = await page
    .locator('.flora-area li', { has: page.getByRole('link', { name: view, exact: true }) })
    .locator('.flora-count [aria-hidden]')
    .textContent();
  return Number(text);
};
const home = async (page) => {
  await page.getByRole('link', { name: 'Start', exact: true }).first().click();
  await page.getByRole('heading', { name: 'Leseansicht' }).waitFor();
};

// Goes through form, preview and confirmation of the open dialog; answers what the preview said.
async function confirm(page, fill = async () => {}) {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Weiter zur Vorschau' }).waitFor();
  await fill(dialog);
  await dialog.getByRole('button', { name: 'Weiter zur Vorschau' }).click();
  await dialog.getByText('Das wird geschehen').waitFor();
  const preview = await dialog.locator('.flora-consequences').textContent();
  await dialog.getByRole('button', { name: /verbindlich vornehmen/ }).click();
  await dialog.getByText(/gespeichert/).waitFor();
  assert.ok(await dialog.getByRole('link', { name: /Quittung/ }).isVisible());
  await dialog.getByRole('button', { name: 'Schließen', exact: true }).last().click();
  return preview;
}

// Opens a write view, chooses the first `n` cases, records.
async function record(page, view, n, fill) {
  await home(page);
  await page.locator('.flora-area').nth(1).getByRole('link', { name: view, exact: true }).click();
  const boxes = page.locator('.flora-table tbody input[type=checkbox]');
  await boxes.first().waitFor();
  for (let i = 0; i < n; ++i) await boxes.nth(i).check();
  await page
    .locator('.flora-write-bar')
    .getByRole('button', { name: /eintragen$/ })
    .click();
  return confirm(page, fill);
}

test('Registrierung abgeschlossen for a new person appears at the partner within a second', async () => {
  await home(bamf);
  const before = await count(bamf, 'Fehlende ID-Checks');
  await lds.getByRole('link', { name: 'Registrierung abgeschlossen', exact: true }).click();
  await lds.getByRole('button', { name: 'Neue Person aufnehmen' }).click();
  const person = lds.getByRole('dialog');
  await person.getByLabel('Familienname').fill('Beispielova');
  await person.getByLabel('Vornamen').fill('Anna');
  await person.getByLabel('Geburtsdatum').fill('1990-05-01');
  await person.getByRole('button', { name: 'Eintragen', exact: true }).click();
  const dialog = lds.getByRole('dialog');
  await dialog.getByLabel('Sprache').waitFor();
  await dialog.getByLabel('Sprache').selectOption({ label: 'Arabisch' });
  await dialog.getByRole('button', { name: 'Weiter zur Vorschau' }).click();
  await dialog.getByText('Das wird geschehen').waitFor();
  await lds.screenshot({ path: join(pictures, 'preview.png') });
  const sent = Date.now();
  await dialog.getByRole('button', { name: /verbindlich vornehmen/ }).click();
  await bamf.waitForFunction(
    (n) =>
      [...document.querySelectorAll('.flora-area li')].some(
        (li) => li.textContent?.startsWith('Fehlende ID-Checks') && li.querySelector('[aria-hidden]')?.textContent === String(n),
      ),
    before + 1,
    { timeout: 5000 },
  );
  assert.ok(Date.now() - sent < 1000, `the partner saw it after ${Date.now() - sent} ms`);
  await dialog.getByRole('button', { name: 'Schließen', exact: true }).last().click();
});

test('ID-Check abgeschlossen for two cases at once', async () => {
  const preview = await record(bamf, 'ID-Check abgeschlossen', 2, (d) =>
    d.getByLabel('Ergebnis').selectOption({ label: 'Identität bestätigt' }),
  );
  assert.match(preview, /LDS|BAMF|Keine Abweichung/);
});

test('AVB abgeschlossen', async () => {
  await record(bamf, 'AVB abgeschlossen', 1, (d) => d.getByLabel('Ergebnis').selectOption({ label: 'teilgenommen' }));
});

test('Bereit für Aktenanlage for a case that lacks something warns beforehand and is recorded all the same', async () => {
  await home(lds);
  await lds.getByRole('link', { name: 'Suchen' }).click();
  await lds.getByLabel('Name oder Aktenzeichen').fill('Beispielova');
  await lds.getByRole('link', { name: /Beispielova/ }).click();
  await lds.getByRole('button', { name: 'Bereit für Aktenanlage' }).click();
  const preview = await confirm(lds);
  assert.match(preview, /Achtung/);
  assert.match(preview, /A4/);
  await lds.getByRole('heading', { name: 'Befunde', exact: true }).waitFor();
  await lds.locator('.flora-list--findings').getByText('A4').first().waitFor();
  await lds.screenshot({ path: join(pictures, 'case-finding.png'), fullPage: true });
});

test('a finding says why, and can be acknowledged', async () => {
  await lds.locator('.flora-list--findings').getByRole('button', { name: 'Warum?' }).first().click();
  const why = lds.getByRole('dialog');
  await why.getByRole('heading', { name: /Regel A4/ }).waitFor();
  await why.getByText('Rechtsgrundlage').waitFor();
  await lds.screenshot({ path: join(pictures, 'why.png') });
  await why.getByRole('button', { name: 'Schließen' }).click();
  await lds.getByRole('button', { name: 'Zur Kenntnis nehmen' }).first().click();
  await lds.getByText('zur Kenntnis genommen').first().waitFor();
});

test('Bereit für Aktenanlage and Termin für Aktenanlage geplant for selections', async () => {
  await record(lds, 'Bereit für Aktenanlage', 2);
  await record(bamf, 'Termin für Aktenanlage geplant', 2, async (d) =>
    d.getByLabel('Termin', { exact: true }).fill('2021-10-20'),
  );
});

test('Easy-Abteilung, the last of the six', async () => {
  await record(lds, 'Easy-Abteilung', 1, (d) => d.getByLabel('Zielland').selectOption({ label: 'Bayern' }));
});

test('a whole entry by keyboard alone', async () => {
  await home(bamf);
  await bamf.getByRole('link', { name: 'ID-Check abgeschlossen', exact: true }).focus();
  await bamf.keyboard.press('Enter');
  const box = bamf.locator('.flora-table tbody input[type=checkbox]').first();
  await box.waitFor();
  await box.focus();
  await bamf.keyboard.press('Space');
  await bamf.getByRole('button', { name: /eintragen$/ }).focus();
  await bamf.keyboard.press('Enter');
  const dialog = bamf.getByRole('dialog');
  await dialog.getByLabel('Ergebnis').focus();
  await bamf.keyboard.press('ArrowDown');
  await dialog.getByRole('button', { name: 'Weiter zur Vorschau' }).focus();
  await bamf.keyboard.press('Enter');
  const button = dialog.getByRole('button', { name: /verbindlich vornehmen/ });
  await button.waitFor();
  await button.focus();
  await bamf.keyboard.press('Enter');
  await dialog.getByText(/gespeichert/).waitFor();
  await bamf.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
});
