// A real OpenID provider for the tests: `node provider.mjs '{"clients": [...]}'`. Listens on a free port of this machine
// (or on `port`), prints its issuer as one line of JSON, and ends when its standard input ends.
//
// Options, all in the one argument:
// - port: where to listen; 0 (the default) is a free port.
// - clients: registered clients, in the form of OpenID Connect Dynamic Client Registration.
// - algorithm: what tokens are signed with (RS256, ES256, EdDSA, PS256); RS256 when not said.
// - conform: whether the e-mail is only in userinfo, as the standard has it (true), or in the ID token too (false).
// - resource: an address for which access tokens are JWTs; its audience is that address.
import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

// The provider's own remarks; standard output has one line, and nobody may be reading on.
console.info = console.error;

const options = { port: 0, clients: [], algorithm: "RS256", conform: true, ...JSON.parse(process.argv[2] ?? "{}") };

/** Who can sign in; the login is the subject too. */
const accounts = {
  ada: { email: "ada@example.com", email_verified: true, name: "Ada Lovelace", preferred_username: "ada" },
  bob: { email: "bob@example.com", email_verified: false, name: "Bob" },
  eve: { name: "Eve" },
};

/** A new signing key, as a private JWK. */
const signingKey = (algorithm) => {
  const kinds = {
    RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
    PS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
    ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
    EdDSA: () => generateKeyPairSync("ed25519"),
  };
  return { ...kinds[algorithm]().privateKey.export({ format: "jwk" }), use: "sig", alg: algorithm };
};

const server = createServer((request, response) => respond(request, response));
let respond;
await new Promise((resolve) => server.listen(options.port, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: options.clients.map((client) => ({ id_token_signed_response_alg: options.algorithm, ...client })),
  jwks: { keys: [signingKey(options.algorithm)] },
  cookies: { keys: ["only for tests"] },
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["name", "preferred_username"],
  },
  conformIdTokenClaims: options.conform,
  findAccount: (_context, login) =>
    accounts[login] && { accountId: login, claims: () => ({ sub: login, ...accounts[login] }) },
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => false,
      getResourceServerInfo: () => ({
        scope: "posts:read posts:write",
        audience: options.resource,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: options.algorithm } },
      }),
    },
  },
  // Claims that an identity provider adds to its access tokens when it is told to.
  extraTokenClaims: (_context, token) => accounts[token.accountId] ?? { tenant: "tests" },
});
respond = provider.callback();
console.log(JSON.stringify({ issuer }));

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
