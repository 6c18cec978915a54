// An editor at GraphiQL: `node desk.mjs ADDRESS TOKEN PUBLICATION`, the address being GraphiQL's. Takes a post from its first
// word to the public with the ready queries, and prints as one line of JSON what the page showed after each, and what it met.
import { launch } from "./browser.mjs";

const [address, token, publicationId] = process.argv.slice(2);
const browser = await launch();
const problems = [];

const context = await browser.newContext();
// Each finds GraphiQL as whoever never was there.
await context.addInitScript(() => localStorage.clear());
// The editor is large, and the machine may be busy.
context.setDefaultTimeout(90_000);
const page = await context.newPage();
page.on("pageerror", (error) => problems.push(error.message));
// A worker that is still on its way when the page is left is no failure.
const isLeft = (request) => request.failure()?.errorText === "net::ERR_ABORTED";
page.on("requestfailed", (request) => isLeft(request) || problems.push(request.url()));
page.on("console", (message) => message.type() === "error" && problems.push(message.text()));

/** Puts a text into an editor of the page, instead of what stands there. */
async function write(tool, value) {
  await page.getByRole("button", { name: tool, exact: true }).click();
  const editor = page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .monaco-editor");
  await editor.click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(JSON.stringify(value));
}

/** Runs a ready query, and gives what was answered once the page shows it. */
async function run(name, variables, shown) {
  await page.goto(address);
  await page.getByRole("tab", { name, exact: true }).click();
  await write("Headers", { Authorization: `Bearer ${token}` });
  await write("Variables", variables);
  const isIt = (response) => response.request().postDataJSON()?.operationName === name;
  const [response] = await Promise.all([
    page.waitForResponse(isIt),
    page.getByRole("button", { name: /^Execute query/ }).click(),
  ]);
  for (const text of shown) await page.locator(".graphiql-response").getByText(text).first().waitFor();
  return response.json();
}

const begun = await run("BeginPost", { publicationId, title: "First" }, ["DRAFT"]);
const { id } = begun.data.postCreate.post;
const published = await run("PublishPost", { id }, ["PUBLISHED"]);
const { version } = published.data.postPublish.post;
const changed = await run("ChangePost", { id, expectedVersion: version, title: "Second" }, ["Second"]);
const both = await run("PostAndDraft", { id }, ["Second", "First"]);
const wrong = await run("ChangePost", { id, title: "" }, ["REQUIRED", "This is needed."]);
const stale = await run("ChangePost", { id, expectedVersion: version, title: "Third" }, ["CONFLICT"]);
const again = await run("PublishPost", { id }, ["Second"]);
const desk = await run("OnTheDesk", {}, ["displayName"]);
await browser.close();
console.log(JSON.stringify({ begun, published, changed, both, wrong, stale, again, desk, problems }));
