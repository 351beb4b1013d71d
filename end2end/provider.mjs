// An identity provider for the browser tests: `oidc-provider`, certified for OpenID Connect, with its own sign-in pages.
//
// node provider.mjs PORT CALLBACK ACCOUNTS: ACCOUNTS is a JSON file, {"login": {claims…}}, read anew at each sign-in.
// It says "ready" on standard output when it listens.
import { readFileSync } from "node:fs";
import Provider from "oidc-provider";

const [port, callback, accounts] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;

const provider = new Provider(issuer, {
  clients: [{ client_id: "kvstore", client_secret: "a secret of the tests", redirect_uris: [callback] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "preferred_username"], groups: ["groups"] },
  pkce: { required: () => true },
  cookies: { keys: ["a key of the tests"] },
  // A password is not looked at: who types a login has it.
  findAccount(_, id) {
    const claims = JSON.parse(readFileSync(accounts, "utf8"))[id];
    return claims && { accountId: id, claims: () => ({ sub: id, preferred_username: id, ...claims }) };
  },
  // Nobody is asked whether KVStore may know who they are.
  async loadExistingGrant(context) {
    const { client, session, provider } = context.oidc;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid email profile groups");
    await grant.save();
    return grant;
  },
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
