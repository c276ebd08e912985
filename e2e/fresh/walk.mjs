// Waits for the program that "make run" starts and sends a form that Alleviate's simulator wants; ends
// when the status page says so. It asks as a browser that keeps cookies does.
import { setTimeout as pause } from 'node:timers/promises';

const address = 'http://localhost:8080';
const steps = {
  '/apply/debt': { estimatedDebt: '15,000' },
  '/apply/you': {
    firstName: 'Maria', lastName: 'Example', 'dateOfBirth-month': 'March', 'dateOfBirth-day': '14', 'dateOfBirth-year': '1979',
    email: 'sandbox+qualified-1015@test.alleviate.com', homePhone: '(512) 555-0148',
  },
  '/apply/home': { zipCode: '78701', address1: '500 Example Ave', city: 'Austin', state: 'TX' },
  '/apply/income': { socialSecurityNumber: '' },
  '/apply/check': { consentCredit: 'yes', consentTerms: 'yes' },
};

let cookie = '';
async function ask(path, form) {
  const answer = await fetch(address + path, {
    method: form ? 'POST' : 'GET', redirect: 'manual', headers: { cookie }, body: form && new URLSearchParams(form),
  });
  for (const line of answer.headers.getSetCookie()) cookie = line.split(';')[0];
  return { status: answer.status, to: answer.headers.get('location'), text: await answer.text() };
}

async function until(what, minutes, holds) {
  for (const over = Date.now() + minutes * 60_000; Date.now() < over; await pause(200)) if (await holds()) return;
  throw new Error(`after ${minutes} minutes it is still not so: ${what}`);
}

await until('the first page is open', 15, () => ask('/').then((page) => page.status === 200, () => false)); // it is built first
const opened = Date.now();
let path = '/', page = await ask(path);
for (const [step, answers] of Object.entries(steps)) {
  const hidden = Object.fromEntries([...page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map((m) => m.slice(1)));
  if (step === '/apply/check') await until('a person could have done this', 1, () => Date.now() - opened > 3_000); // sooner looks like a machine
  const answer = await ask(step, { ...hidden, ...answers });
  if (answer.status !== 303 || answer.to === path) throw new Error(`${step} is answered ${answer.status} and leads to ${answer.to}`);
  path = answer.to;
  page = await ask(path);
}
await until('the lead is qualified', 1, async () => (await ask(path)).text.includes('data-state="qualified"'));
console.log('fresh: a lead got through');
