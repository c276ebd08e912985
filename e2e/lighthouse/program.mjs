// Intake, built from this tree and served beside a simulator of its own.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { atEnd } from './ending.mjs';

const patience = 30_000; // ms; long, so that a busy machine fails nothing

// serve returns the address of a program that takes leads and keeps all that it writes in dir.
export async function serve(dir) {
  const binary = join(dir, 'intake');
  execFileSync('go', ['build', '-o', binary, '../..'], { cwd: import.meta.dirname, stdio: 'inherit' });
  const port = await freePort();
  const address = `http://localhost:${port}`;
  const program = spawn(binary, {
    cwd: dir,
    env: {
      TMPDIR: dir,
      INTAKE_ADDR: `127.0.0.1:${port}`,
      INTAKE_PUBLIC_URL: address,
      INTAKE_ADMIN_ADDR: '127.0.0.1:0',
      INTAKE_LOG: 'error',
      INTAKE_RATE_LIMIT: 'off', // a measurement asks more often than people do
      INTAKE_BOT_CHECKS: 'off',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  atEnd(() => program.kill('SIGKILL'));
  await ready(program, `${address}/readyz`);
  return address;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// ready waits until the address answers, or fails at once when the program ends instead.
async function ready(program, address) {
  for (const over = Date.now() + patience; Date.now() < over; await pause(50)) {
    if (program.exitCode !== null) throw new Error(`the program ended with status ${program.exitCode} instead of serving`);
    const answer = await fetch(address).catch(() => undefined); // nobody listens yet
    if (answer?.ok) return;
  }
  throw new Error(`after ${patience / 1000} s the program is still not ready`);
}

// beginDraft answers the first question as the form of the first page does, and returns the cookie
// that names the draft.
export async function beginDraft(address) {
  const page = await (await fetch(`${address}/`)).text();
  const hidden = (name) => page.match(new RegExp(`name="${name}" value="([^"]*)"`))?.[1] ?? '';
  const answer = await fetch(`${address}/apply/debt`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({
      shown: hidden('shown'),
      origin: hidden('origin'),
      estimatedDebt: '25,000',
    }),
  });
  const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('draft='));
  if (answer.status !== 303 || !cookie) throw new Error(`the first step was answered with HTTP ${answer.status} and no draft`);
  return cookie.split(';')[0];
}
