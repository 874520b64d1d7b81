// SPDX-License-Identifier: EUPL-1.2
// A demo node of its own with two weeks of arrivals, and a browser. Everything on loopback; ended by the pid that was started.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const flora = process.env.FLORA ?? join(root, 'build/release/src/flora');
const work = join(root, 'build', 'check');
export const pictures = join(work, 'pictures');

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export class Stage {
  static async open(base, weeks = 2) {
    const stage = new Stage();
    stage.base = base;
    stage.home = join(work, `e2e-home-${base}`);
    mkdirSync(pictures, { recursive: true });
    rmSync(stage.home, { recursive: true, force: true });
    execFileSync(flora, [
      '--quiet',
      'home',
      'init',
      '--home',
      stage.home,
      '--demo',
      join(root, 'packages/asylum-dresden'),
      '--start',
      '2021-09-26T22:00:00Z',
    ]);
    const log = openSync(join(work, `e2e-node-${base}.log`), 'w');
    stage.node = spawn(flora, ['serve', '--home', stage.home, '--port-base', String(base), '--web', join(root, 'web/dist')], {
      stdio: ['ignore', log, log],
    });
    execFileSync('python3', [join(root, 'tools/demo/wait.py'), String(base), String(stage.node.pid)], { stdio: 'inherit' });
    if (weeks > 0) {
      execFileSync(
        'python3',
        [join(root, 'tools/demo/seed.py'), '--home', stage.home, '--port-base', String(base), '--weeks', String(weeks)],
        { stdio: 'ignore' },
      );
    }
    stage.browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
    stage.foreign = [];
    stage.errors = [];
    return stage;
  }

  /** A page of its own browser context, signed in as the officer with this role title at an authority (1 or 2). */
  async signIn(authority, role, viewport = { width: 1280, height: 800 }) {
    const context = await this.browser.newContext({ viewport, locale: 'de-DE' });
    const page = await context.newPage();
    const origin = `http://127.0.0.1:${this.base + authority}`;
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !request.url().startsWith('data:') && !request.url().startsWith('blob:'))
        this.foreign.push(request.url());
    });
    page.on('pageerror', (error) => this.errors.push(error.message));
    await page.goto(origin);
    await page.getByRole('button', { name: new RegExp(`, ${role}$`) }).click();
    await page.getByRole('heading', { name: 'Leseansicht' }).waitFor();
    return page;
  }

  async close() {
    await this.browser?.close();
    if (this.node && this.node.exitCode === null) {
      const ended = new Promise((resolve) => this.node.once('exit', resolve));
      this.node.kill('SIGTERM');
      await ended;
    }
    rmSync(this.home, { recursive: true, force: true });
  }
}
