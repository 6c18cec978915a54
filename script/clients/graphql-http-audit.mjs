// Asks a running server everything that the GraphQL over HTTP audit asks: `node graphql-http-audit.mjs URL`.
// Fails on every error, on every warning (SHOULD), and on every notice (MAY), but for those that are listed here.
import { auditServer } from "graphql-http";

/** What Quoin does otherwise on purpose: the audit's id, and why. */
const onPurpose = {};

const url = process.argv[2] ?? "http://127.0.0.1:8080/graphql";
const results = await auditServer({ url });
const failed = results.filter(({ id, status }) => status !== "ok" && !(id in onPurpose));
for (const { id, name, status, reason } of failed) console.error(`${status} ${id} ${name}: ${reason}`);

const passed = results.filter(({ status }) => status === "ok").length;
console.log(`GraphQL over HTTP: ${passed} of ${results.length} audits pass`);
process.exit(failed.length === 0 ? 0 : 1);
