// What a user does with the page in headless Chromium, for the tests that are run as: node TEST.mjs PAGE.html FOLDER
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const deps = createRequire(join(root, ".deps/browser/package.json"));
export const [file, folder] = process.argv.slice(2);
export const shots = join(root, "build/screenshots");
export const PATIENCE = 120000;

export function check(what, holds, seen = "") {
  console.log(holds ? `ok ${what}` : `not ok ${what}: ${String(seen).slice(0, 300)}`);
}

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  return execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"],
    { encoding: "utf8" }).trim();
}

// The page at a URL, ready, with what it says in the console (kinds of messages; errors that nobody catches) and asks of others.
export async function openPage(context, url, kinds = ["error"], patience = PATIENCE) {
  const page = await context.newPage(), errors = [], requests = [];
  page.setDefaultTimeout(patience);
  page.on("console", (message) => { if (kinds.includes(message.type())) errors.push(message.text()); });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => { if (!/^(data|blob):/.test(request.url()) && request.url() !== url.split("#")[0]) requests.push(request.url()); });
  await page.goto(url);
  await page.waitForSelector("body[data-ready]");
  return { page, errors, requests };
}

// Drops files on the page, as a user does from a folder: their names there, or [name, bytes].
export async function dropAlone(page, ...names) {
  const files = names.map((one) => (Array.isArray(one) ? one : [one, readFileSync(join(folder, one))]))
    .map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]);
  await page.evaluate((list) => {
    const transfer = new DataTransfer();
    for (const [given, text] of list) transfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], given));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, files);
}

// And waits until they are open.
export async function drop(page, ...names) {
  await dropAlone(page, ...names);
  await page.waitForSelector("#work:not([hidden]):not([inert])");
  await page.waitForFunction(() => !document.body.hasAttribute("aria-busy"));
}

// Picks a variable and waits for what it gives; milliseconds.
export async function pick(page, id, value) {
  await page.selectOption(`#${id}`, value);
  return page.evaluate(() => new Promise((resolve) => {
    const started = performance.now();
    const look = () => (document.body.hasAttribute("aria-busy") ? requestAnimationFrame(look) : resolve(performance.now() - started));
    look();
  }));
}

export async function axe(page, what) {
  await page.evaluate(readFileSync(deps.resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate(() => axe.run(document));
  check(`${what}: axe-core`, violations.length === 0,
    violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.target).join(" ")}`).join("; "));
}

export function openBrowser(more = []) {
  mkdirSync(shots, { recursive: true });
  const { chromium } = deps("playwright-core");
  const args = process.getuid?.() === 0 ? ["--no-sandbox", "--disable-dev-shm-usage"] : [];
  return chromium.launch({ executablePath: findChromium(), args: [...args, ...more], timeout: PATIENCE });
}
