// A person at a real browser: `node sign-in.mjs ADDRESS`. Opens an application's link to Quoin, signs in with the outside
// provider, consents there and here, and prints as one line of JSON where the browser ends and what it met on the way.
import { launch } from "./browser.mjs";

const [address] = process.argv.slice(2);

const browser = await launch();
// The pages must work without scripts.
const context = await browser.newContext({ javaScriptEnabled: false });
const page = await context.newPage();
const titles = [];
const problems = [];
// Of Quoin's pages; the provider's ask for fonts from elsewhere.
const ours = (url) => url.startsWith(new URL(address).origin);
page.on("console", (message) => ours(message.location().url) && problems.push(message.text()));
page.on("requestfailed", (request) => ours(request.url()) && problems.push(request.url()));
await context.route((url) => url.hostname !== "127.0.0.1", (route) => route.abort());

const note = async () => titles.push(await page.title());

await page.goto(address);
await note();
await page.getByRole("link", { name: "Sign in with Acme" }).click();
// At the provider: who it is, then that Quoin may know it.
await page.locator("input[name=login]").fill("ada");
await page.locator("input[name=password]").fill("any");
await page.locator("button[type=submit]").click();
await page.locator("button[type=submit]").click();
// Back at Quoin.
await page.getByRole("button", { name: "Allow", exact: true }).waitFor();
await note();
const asked = await page.locator("main").innerText();
await page.getByRole("button", { name: "Allow", exact: true }).click();
await page.getByText("The application").waitFor();
const end = page.url();
// The browser is signed in at Quoin, too.
await page.goto(new URL("/auth/account", address).href);
await note();
const account = await page.locator("main").innerText();
const cookies = (await context.cookies(address)).map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }));
await browser.close();
console.log(JSON.stringify({ titles, problems, asked, end, account, cookies }));
