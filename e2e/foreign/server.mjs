// Starts four public servers on loopback, none of which knows Intake: oidc-provider, which issues
// the tokens, and Apollo, Yoga and graphql-js, which serve schema.graphql to whoever holds one. Prints one line
// of JSON with their addresses, and ends when its standard input does, so that it never outlives
// the test that started it.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { GraphQLError, graphql } from 'graphql';
import { createSchema, createYoga } from 'graphql-yoga';
import Provider from 'oidc-provider';

const client = { id: 'intake', secret: randomUUID() };
const scope = 'api://aba793eb-f395-4f86-be59-7a7d0c1bfdb0/.default'; // the sandbox's

console.info = console.error; // oidc-provider's notices; standard output is for the addresses

async function listen(handler) {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return [server, `http://127.0.0.1:${server.address().port}`];
}

// The token server: client credentials in the form's body, opaque tokens for an hour.

const [tokenServer, issuer] = await listen();
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: client.id,
      client_secret: client.secret,
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope,
    },
  ],
  scopes: [scope, 'api://another/.default'], // a scope that it does not know it would ignore
  ttl: { ClientCredentials: 3600 },
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    devInteractions: { enabled: false },
  },
});
tokenServer.on('request', provider.callback());

// mayCall asks the token server whether it has issued the bearer token and stands by it (RFC 7662).
async function mayCall(authorization) {
  const answer = await fetch(`${issuer}/token/introspection`, {
    method: 'POST',
    body: new URLSearchParams({
      token: authorization?.replace(/^Bearer /, '') || 'none',
      client_id: client.id,
      client_secret: client.secret,
    }),
  });
  const token = await answer.json();
  return token.active && token.scope === scope;
}

// The lead service. received and made are not Alleviate's: they tell a test what has arrived, and how many
// leads a partner's id has. The last name of a lead says how createLead goes wrong.

const typeDefs = readFileSync(new URL('schema.graphql', import.meta.url), 'utf8')
  + 'extend type Query { received(id: ID!): String made(leadId: String!): Int }';
const leads = new Map();
const codeAfterTheWork = { Refused: 'UNAUTHENTICATED', Forbidden: 'FORBIDDEN', Late: 'BAD_USER_INPUT' };

// breaksDown is a failure before anything is executed.
function breaksDown(variables) {
  if (variables?.input?.lastName === 'Breakdown') {
    throw new Error('the service broke down');
  }
}

const resolvers = {
  Query: {
    getLeadStatus: (_, { id }) => leads.get(id)?.status ?? null,
    received: (_, { id }) => JSON.stringify(leads.get(id)?.input),
    made: (_, { leadId }) => [...leads.values()].filter((lead) => lead.input.leadId === leadId).length,
  },
  Mutation: {
    createLead(_, { input }) {
      if (!input.email.includes('@')) {
        throw new GraphQLError('Invalid email format', { extensions: { code: 'BAD_USER_INPUT' } });
      }
      if (input.lastName === 'Crash') {
        throw new Error('the workflow broke off');
      }
      const answer = { id: randomUUID(), resultCode: 1015, partnerLeadId: input.leadId, bidValue: '$24.00' };
      leads.set(answer.id, { input, status: { ...answer, updatedAt: new Date().toISOString() } });
      if (codeAfterTheWork[input.lastName]) {
        throw new GraphQLError('too late', { extensions: { code: codeAfterTheWork[input.lastName] } });
      }
      return { ...answer, note: 'Lead processing complete' };
    },
    submitLead(_, { input }) {
      const lead = leads.get(input.leadId);
      const statusCode = lead.record ? 208 : 200;
      lead.record ??= randomUUID();
      return { leadId: input.leadId, statusCode, crmRecordId: lead.record, crm: 'AFS', partnerLeadId: lead.input.leadId };
    },
  },
};

// Apollo refuses a token inside GraphQL and leaves the HTTP status as it comes, which is 500; Yoga
// refuses it before GraphQL, with a bare 401.

const apollo = await startStandaloneServer(new ApolloServer({
  typeDefs,
  resolvers,
  plugins: [{
    async requestDidStart({ request }) {
      return { async didResolveOperation() { breaksDown(request.variables); } };
    },
  }],
}), {
  listen: { port: 0, host: '127.0.0.1' },
  async context({ req }) {
    if (!await mayCall(req.headers.authorization)) {
      throw new GraphQLError('no valid token', { extensions: { code: 'UNAUTHENTICATED' } });
    }
    return {};
  },
});

const [, yoga] = await listen(createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  logging: false,
  plugins: [{
    async onRequest({ request, endResponse, fetchAPI }) {
      if (!await mayCall(request.headers.get('authorization'))) {
        endResponse(new fetchAPI.Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer' } }));
      }
    },
    onExecute({ args }) { breaksDown(args.variableValues); },
  }],
}));

// graphql-js behind a handler that leaves out a data of null, as serializers do that leave out every null.

const schema = createSchema({ typeDefs, resolvers });
const [, bare] = await listen(async (req, res) => {
  let body = '';
  for await (const piece of req) {
    body += piece;
  }
  if (!await mayCall(req.headers.authorization)) {
    res.writeHead(401).end();
    return;
  }
  const { query, variables } = JSON.parse(body);
  let answer;
  try {
    breaksDown(variables);
    answer = await graphql({ schema, source: query, variableValues: variables });
  } catch (broken) {
    answer = { errors: [{ message: broken.message, extensions: { code: 'INTERNAL_SERVER_ERROR' } }] };
  }
  if (answer.data === null) {
    delete answer.data;
  }
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
});

console.log(JSON.stringify({
  clientID: client.id,
  secret: client.secret,
  token: `${issuer}/token`,
  revocation: `${issuer}/token/revocation`,
  apis: { apollo: apollo.url, yoga: `${yoga}/graphql`, 'graphql-js': `${bare}/graphql` },
}));

process.stdin.on('end', () => process.exit()).resume();
