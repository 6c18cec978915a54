// A reader at a real browser, whom nothing must be run on: `node inert.mjs ADDRESS FILE…`, the address being GraphQL's. Shows
// every field of HTML that there is in answers, opens every file, and prints as one line of JSON what ran of it.
import { launch } from "./browser.mjs";

const [address, ...files] = process.argv.slice(2);
const reader = new URL("/the-page-of-a-front-end", address).href;

async function ask(query, variables) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

// Whatever is called HTML must be among what is shown.
const selected = ["Post.bodyHtml", "Page.bodyHtml", "Comment.bodyHtml"];
const { __schema } = await ask("{ __schema { types { kind name fields { name } } } }");
const fields = __schema.types.filter(({ kind }) => kind === "OBJECT");
const html = fields.flatMap(({ name, fields }) => fields.map((field) => `${name}.${field.name}`));
const unknown = html.filter((name) => /html$/i.test(name) && !selected.includes(name));

const fragments = [];
function collect(value) {
  for (const [name, inner] of Object.entries(value ?? {})) {
    if (name === "bodyHtml") fragments.push(inner);
    else if (typeof inner === "object") collect(inner);
  }
}
const PAGE = "pageInfo { hasNextPage endCursor }";
const COMMENTS = "comments(first: 100) { nodes { bodyHtml } }";
for (let after = null; ; ) {
  const query = `query($after: String) { posts(first: 50, after: $after) { nodes { id bodyHtml commentCount } ${PAGE} } }`;
  const { posts } = await ask(query, { after });
  collect(posts);
  for (const { id, commentCount } of posts.nodes) {
    if (commentCount > 0) collect(await ask(`query($id: ID!) { post(by: { id: $id }) { ${COMMENTS} } }`, { id }));
  }
  if (!posts.pageInfo.hasNextPage) break;
  after = posts.pageInfo.endCursor;
}

// A page that hangs is a failure, not a wait.
setTimeout(() => {
  console.error("the browser hangs");
  process.exit(1);
}, 120_000).unref();
const browser = await launch();
// A dialog is what runs, wherever it runs; so is a request to the trap.
let ran = [];
let loaded = [];
let body = "";
const context = await browser.newContext();
await context.route("**/*", (route) => {
  const request = route.request();
  const url = request.url();
  if (url === reader) return route.fulfill({ contentType: "text/html", body: `<!doctype html><body>${body}` });
  if (url.includes("/trap")) ran.push(url);
  if (files.includes(url) || url.startsWith("chrome-extension:")) return route.continue();
  if (!["image", "media"].includes(request.resourceType())) loaded.push(`${request.resourceType()} ${url}`);
  return route.abort();
});
const page = await context.newPage();
page.on("dialog", async (dialog) => {
  ran.push(`${dialog.type()} ${dialog.message()}`);
  await dialog.dismiss();
});

/** What ran and what was loaded while something was done. */
async function during(act) {
  [ran, loaded] = [[], []];
  const told = await act();
  return { told, ran, loaded };
}

/** The page of a front end with this HTML in it, as its server sends it. */
async function served(html) {
  body = html;
  await page.goto(reader);
}

/** The same, as a script puts it there. */
async function put(html) {
  await served("<main></main>");
  await page.evaluate((html) => (document.querySelector("main").innerHTML = html), html);
}

/** Does with all that is there what a reader may do, and gives what the browser takes for running. */
function touch() {
  const told = [];
  for (const element of document.body.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on")) told.push(`${element.localName} ${name}`);
      if (["href", "src", "action", "formaction", "poster", "data", "xlink:href"].includes(name)) {
        const { protocol } = URL.canParse(value, document.baseURI) ? new URL(value, document.baseURI) : {};
        if (!["http:", "https:", "mailto:", "tel:", undefined].includes(protocol)) told.push(`${name} ${value}`);
      }
    }
  }
  const runs = (element) => /^\s*(javascript|data|vbscript):/i.test(element.href ?? "");
  addEventListener("click", (event) => event.target.closest("a") && !runs(event.target.closest("a")) && event.preventDefault(), true);
  for (const element of document.body.querySelectorAll("*")) {
    for (const name of ["mouseover", "focus", "toggle", "load", "error", "begin", "start", "animationend"]) {
      element.dispatchEvent(new Event(name, { bubbles: true }));
    }
    element.focus?.();
    element.click?.();
  }
  return told;
}

const all = fragments.map((fragment) => `<article>${fragment}</article>`).join("\n");
const probe = "<a href='javascript:alert(2)' onmouseover=alert(3)>x</a><img src=x onerror=alert(1)>";
async function shown(show, html) {
  return during(async () => {
    await show(html);
    const told = await page.evaluate(touch);
    // What was queued is done: pictures that cannot be had, handlers, timers.
    await page.evaluate(() => new Promise((done) => {
      const image = new Image();
      image.onerror = () => requestAnimationFrame(() => setTimeout(done));
      image.src = "/the-last";
    }));
    return told;
  });
}
// That the trap closes at all.
const probes = [await shown(served, `<script>alert(0)</script>${probe}`), await shown(put, probe)];
const pages = [await shown(served, all), await shown(put, all)];

const opened = {};
for (const file of files) {
  const { told, ...rest } = await during(async () => {
    // A file for keeping ends the navigation.
    const answer = await page.goto(file).catch(() => null);
    return answer === null ? "kept" : answer.headers()["content-type"];
  });
  await served("");
  const within = await during(() =>
    page.evaluate(async (file) => {
      const script = document.createElement("script");
      const ended = new Promise((done) => (script.onload = script.onerror = ({ type }) => done(type)));
      script.src = file;
      document.body.append(script);
      return ended;
    }, file),
  );
  opened[file] = { as: told, ...rest, script: within.told, within: within.ran };
}
await browser.close();
console.log(JSON.stringify({ unknown, fragments: fragments.length, probes, pages, opened }));
