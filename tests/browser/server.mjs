// Starts `bankside demo` in an empty folder and reads the address and the logins it prints.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROLES = ['broker', 'coordinator', 'manager', 'admin'];

/** A port nobody listens on at the moment. */
export function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/** `{base, logins: {role: {login, password}}, stop()}` once the server answers `/readyz`. */
export async function startDemo(binary) {
  const home = await mkdtemp(join(tmpdir(), 'bankside-smoke-'));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('BANKSIDE_'));
  const env = { ...Object.fromEntries(inherited), BANKSIDE_LISTEN: `127.0.0.1:${port}`, BANKSIDE_BASE_URL: base };
  const child = spawn(binary, ['demo'], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let complained = '';
  let ended = false;
  child.stdout.on('data', (chunk) => (printed += chunk));
  child.stderr.on('data', (chunk) => (complained = (complained + chunk).slice(-4000)));
  const exit = new Promise((done) => child.once('exit', (code) => { ended = true; done(code); }));
  child.once('error', (error) => { ended = true; complained += String(error); });

  const stop = async () => {
    if (!ended) child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 12_000);
    const code = ended ? child.exitCode : await exit;
    clearTimeout(late);
    await rm(home, { recursive: true, force: true });
    return code;
  };

  for (let tries = 0; tries < 600; tries += 1) {
    const logins = readLogins(printed);
    const address = printed.match(/https?:\/\/[^\s"'，。]+/)?.[0].replace(/\/$/, '');
    if (address && ROLES.every((role) => logins[role]) && (await answers(`${address}/readyz`))) {
      return { base: address, logins, stop, log: () => complained };
    }
    if (ended) break;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  await stop();
  throw new Error(`the demo did not come up.\nprinted: ${printed}\nstandard error: ${complained}`);
}

function readLogins(printed) {
  const logins = {};
  for (const line of printed.split('\n')) {
    const [role, login, password] = line.trim().split(/\s+/);
    if (ROLES.includes(role) && login && password && !logins[role]) logins[role] = { login, password };
  }
  return logins;
}

async function answers(url) {
  try {
    return (await fetch(url)).status === 200;
  } catch {
    return false;
  }
}

/** A small client of the API, with which a flow checks that what the page says was really kept. */
export async function apiAs(base, { login, password }) {
  const call = async (method, path, body, token) => {
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    if (token) headers.authorization = `Bearer ${token}`;
    const answer = await fetch(`${base}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : null };
  };
  const session = await call('POST', '/sessions', { login, password });
  if (session.status !== 201) throw new Error(`API sign-in of ${login}: ${session.status}`);
  return (method, path, body) => call(method, path, body, session.body.token);
}
