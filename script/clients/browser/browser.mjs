// The browser of the tests, which reaches this machine alone.
import { chromium } from "playwright-core";

// Nothing of its own to the network.
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

/** Opens it. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", ...quiet],
  });
}
