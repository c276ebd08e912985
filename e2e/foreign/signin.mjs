// Starts oidc-provider, which does not know Intake, as an identity provider at which staff sign in; its argument is the
// address to which it sends them back. Prints one line of JSON with its addresses. A POST to orders sets what it does
// wrong: {"ahead": seconds by which its clock is wrong, "redeemAs": the client for which it takes whoever redeems a code}.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [callback] = process.argv.slice(2);
const people = {
  dana: { name: 'Dana Elsewhere', roles: ['agent'] },
  nico: { name: 'Nico Elsewhere', roles: ['janitor'] },
};
const clients = ['intake', 'other'].map((id) => ({
  client_id: id,
  client_secret: randomUUID(),
  redirect_uris: [callback],
}));
let wrong = {};

console.info = console.error; // oidc-provider's notices; standard output is for the addresses
const now = Date.now;
Date.now = () => now() + 1000 * (wrong.ahead ?? 0); // all that oidc-provider asks for the time

async function listen(handler) {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return [server, `http://127.0.0.1:${server.address().port}`];
}

async function startProvider() {
  const [server, issuer] = await listen();
  const provider = new Provider(issuer, {
    clients,
    clientAuthMethods: ['client_secret_basic'],
    pkce: { methods: ['S256'], required: () => true },
    claims: { openid: ['sub', 'roles'], profile: ['name'] },
    conformIdTokenClaims: false, // with claims in the id token, as Entra and Keycloak do it
    findAccount: (ctx, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
    cookies: { keys: [randomUUID()] },
  });
  provider.use((ctx, next) => {
    const client = clients.find((one) => one.client_id === wrong.redeemAs);
    if (client && ctx.path === '/token') {
      const credentials = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
      ctx.req.headers.authorization = `Basic ${credentials}`;
    }
    return next();
  });
  server.on('request', provider.callback());
  return issuer;
}

const [, orders] = await listen(async (req, res) => {
  let body = '';
  for await (const piece of req) {
    body += piece;
  }
  wrong = JSON.parse(body);
  res.end();
});

console.log(JSON.stringify({
  issuer: await startProvider(),
  other: await startProvider(),
  clientID: clients[0].client_id,
  secret: clients[0].client_secret,
  orders,
}));
