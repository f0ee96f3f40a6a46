// A session in headless Chromium, as a user has it: node tests/web/session.mjs PAGE.html FOLDER [http://...]
//
// FOLDER has the files of data.R. Prints a line "ok ..." or "not ok ..." for each thing that is looked at, and leaves pictures in
// build/screenshots.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const deps = createRequire(join(root, ".deps/browser/package.json"));
const [file, folder] = process.argv.slice(2);
const shots = join(root, "build/screenshots");
const PATIENCE = 120000;

function check(what, holds, seen = "") {
  console.log(holds ? `ok ${what}` : `not ok ${what}: ${String(seen).slice(0, 300)}`);
}

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  return execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"],
    { encoding: "utf8" }).trim();
}

// Drops a file on the page, as a user does from a folder.
async function drop(page, name) {
  const bytes = readFileSync(join(folder, name)).toString("base64");
  await page.evaluate(([given, text]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], given));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, [name, bytes]);
  await page.waitForSelector("#work:not([hidden])");
  await page.waitForFunction(() => !document.body.hasAttribute("aria-busy"));
}

// Picks a variable and waits for what it gives; milliseconds.
async function pick(page, id, value) {
  await page.selectOption(`#${id}`, value);
  return page.evaluate(() => new Promise((resolve) => {
    const started = performance.now();
    const look = () => (document.body.hasAttribute("aria-busy") ? requestAnimationFrame(look) : resolve(performance.now() - started));
    look();
  }));
}

const cells = (page) => page.$$eval("#result table tr", (rows) => rows.map((row) =>
  [...row.cells].map((cell) => (cell.querySelector(".share") ?? cell).textContent)));

async function axe(page, what) {
  await page.evaluate(readFileSync(deps.resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate(() => axe.run(document));
  check(`${what}: axe-core`, violations.length === 0,
    violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.target).join(" ")}`).join("; "));
}

async function session(context, url, name) {
  const page = await context.newPage(), errors = [], requests = [];
  page.setDefaultTimeout(PATIENCE);
  page.on("console", (message) => { if (message.type() === "error") errors.push(message.text()); });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => { if (!/^(data|blob):/.test(request.url()) && request.url() !== url) requests.push(request.url()); });
  await page.goto(url);
  await page.waitForSelector("body[data-ready]");
  await axe(page, `${name}, empty`);
  await drop(page, name);
  const rows = await page.$$eval("#variables-body tr", (list) => list.length);
  check(`${name}: 28 variables are listed`, rows === 28, rows);
  check(`${name}: the weight is recognised`, await page.inputValue("#weights") === "gewicht");
  await page.fill("#search", "werkplein");
  const found = await page.$$eval("#variables-body tr", (list) => list.length);
  check(`${name}: a variable is found by an answer`, found === 1, found);
  await page.fill("#search", "");
  await pick(page, "cluster", "gemeente");
  await pick(page, "outcome", "vertrouwen");
  await pick(page, "group", "provider");
  const table = await cells(page);
  const native = JSON.parse(execFileSync(join(root, "build/plain/weeg"), ["crosstab", name, "vertrouwen ~ provider", "--weights",
    "gewicht", "--cluster", "gemeente", "--format", "json"], { cwd: folder, encoding: "utf8" }));
  const expected = native.rows.map((row) => `${row.provider} ${row.level} ${(100 * row.estimate).toFixed(1)} ${row["n.base"]}`);
  const shown = table.slice(1).flatMap((row) => table[0].slice(1, -2).map((answer, k) =>
    `${row[0]} ${answer} ${row[k + 1].replace("*", "")} ${row.at(-2)}`));
  check(`${name}: the table has the program's numbers`, expected.join("|") === shown.join("|"), shown.join("|"));
  const words = await page.textContent("#test");
  check(`${name}: the test is in words`, /Rao–Scott F\(.*p [=<] 0\.\d/.test(words), words);
  await axe(page, `${name}, a table`);
  await page.screenshot({ path: join(shots, `web-${name}.png`), fullPage: true });
  await page.selectOption("#language", "nl");
  const dutch = await page.textContent("#test");
  check(`${name}: in Dutch, with its numbers`, /^(De antwoorden|Een verschil).*p [=<] 0,\d/.test(dutch), dutch);
  await page.selectOption("#language", "en");
  await pick(page, "strata", "id");
  const problem = await page.textContent("#problem");
  check(`${name}: what is wrong is said`, problem.length > 20, problem);
  await pick(page, "strata", "");
  check(`${name}: and is gone when it is right`, await page.textContent("#problem") === "" && (await cells(page)).length > 2);
  // texts of a file are texts
  await drop(page, "hostile.csv");
  await pick(page, "outcome", "b");
  await pick(page, "group", "<script>document.title='HTML'</script>");
  const hostile = await page.evaluate(() => [document.title, document.querySelectorAll("#work img, #work script, #work b").length]);
  check(`${name}: no HTML comes from a file`, hostile[0] !== "HTML" && hostile[1] === 0, hostile);
  check(`${name}: but its texts do`, (await page.textContent("#result")).includes("<img src=x"));
  check(`${name}: no console error`, errors.length === 0, errors.join("; "));
  check(`${name}: no request`, requests.length === 0, requests.join(" "));
  const refused = await page.evaluate(() => fetch("https://example.org/").then(() => "sent", () => "refused"));
  check(`${name}: the browser itself refuses to send`, refused === "refused" && errors.some((text) => /Content Security Policy/.test(text)),
    errors.join("; "));
  await page.close();
}

mkdirSync(shots, { recursive: true });
const { chromium } = deps("playwright-core");
const args = process.getuid?.() === 0 ? ["--no-sandbox", "--disable-dev-shm-usage"] : [];
const browser = await chromium.launch({ executablePath: findChromium(), args, timeout: PATIENCE });
try {
  // the browser is online, so that a request would be seen
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1200, height: 900 } });
  for (const name of ["study.sav", "study.csv"]) await session(context, pathToFileURL(file).href, name);
} finally {
  await browser.close();
}
