// Opens HTML files in headless Chromium and says what is wrong with them. Reports, the program's pages and PSPP's are its users.
//
//     node tests/browser/check.mjs [--to FOLDER] [--not RULE,RULE] [NAME=]FILE.html ...
//
// It needs what `tools/install-deps.sh browser` installs: Chromium, Node, and the modules of package.json in .deps/browser.
// Another Chromium than the one in the PATH: the environment variable CHROMIUM.
//
// For each file it checks, wide as a desk and narrow as a phone: no console error, no request for another file (a page is one
// file), figures visible with a size, text that is not cut off, nothing wider than the window, headings in order, tables with
// headers, no violation of axe-core's rules. --not leaves out rules of axe-core and, by the word in the message, checks: for
// pages that somebody else's program writes. It leaves in FOLDER, by default build/screenshots, with NAME the file's name
// without .html:
//
//     NAME.png, NAME-phone.png, NAME.pdf   the page as it looks, and as it prints
//     NAME.json                            {title, headings: [{level, text}], figures: [{tag, name, width, height}],
//                                           tables: [{caption, rows: [[cell, ...], ...]}]}; every row of a table, headers too; a
//                                           cell that spans columns is followed by "" for each further one
//
// A test in R: status <- system2("node", c("tests/browser/check.mjs", "report.html")), then
// jsonlite::fromJSON("build/screenshots/report.json", simplifyVector = FALSE)$tables.
//
// Each failure is a line; the last line is "browser: N passed, M failed". The exit status is 0 where nothing failed.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const deps = createRequire(join(root, ".deps/browser/package.json"));

let passed = 0, failed = 0, not = [];
const check = (page, what, findings) => {
  if (not.includes(what)) return;
  if (findings.length === 0) { passed++; return; }
  failed++;
  for (const finding of findings) console.log(`failed: ${page}: ${what}: ${finding}`);
};

function usage() {
  console.error("usage: node tests/browser/check.mjs [--to FOLDER] [--not RULE,RULE] [NAME=]FILE.html ...");
  process.exit(2);
}

function readArguments(words) {
  const asked = { to: join(root, "build/screenshots"), pages: [] };
  while (words.length > 0) {
    const word = words.shift();
    if (word === "--to" && words.length > 0) asked.to = resolve(words.shift());
    else if (word === "--not" && words.length > 0) not = words.shift().split(",");
    else if (word.startsWith("--")) usage();
    else {
      const [, name, file] = /^(?:([^=/]+)=)?(.+)$/.exec(word);
      asked.pages.push({ name: name ?? basename(file).replace(/\.html?$/i, ""), file: resolve(file) });
    }
  }
  if (asked.pages.length === 0) usage();
  return asked;
}

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ["chromium", "chromium-browser", "google-chrome", "chrome"]) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch { /* the next one */ }
  }
  throw new Error("there is no Chromium; tools/install-deps.sh browser installs it, or CHROMIUM says where it is");
}

// ---- in the page ------------------------------------------------------------------------------------------------------

// What the page holds: runs in the browser.
function contents() {
  const text = (node) => (node.innerText ?? node.textContent).replace(/\s+/g, " ").trim();
  const cells = (row) => [...row.cells].flatMap((cell) => [text(cell), ...Array(cell.colSpan - 1).fill("")]);
  const outermost = [...document.querySelectorAll("img, svg, canvas, figure")]
    .filter((node) => !node.parentElement.closest("svg"));
  return {
    title: document.title,
    headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
      .map((node) => ({ level: Number(node.tagName[1]), text: text(node) })),
    figures: outermost.map((node) => {
      const box = node.getBoundingClientRect();
      const shown = node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      const loaded = node.tagName !== "IMG" || (node.complete && node.naturalWidth > 0);
      const label = node.getAttribute("aria-label") ?? node.getAttribute("alt")
        ?? node.querySelector("title, figcaption")?.textContent;
      return { tag: node.tagName.toLowerCase(), name: label ?? node.id ?? "", width: box.width, height: box.height, shown, loaded,
               hidden: node.closest("[aria-hidden=true]") !== null };
    }),
    tables: [...document.querySelectorAll("table")].map((table) => ({
      caption: table.caption ? text(table.caption) : "", headers: table.querySelectorAll("th").length,
      rows: [...table.rows].map(cells),
    })),
    // text that its own box cuts off (but what is one pixel is for screen readers), and how much wider than the window all is
    cut: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6, p, li, td, th, caption, figcaption")].filter((node) => {
      const style = getComputedStyle(node);
      return style.overflowX === "hidden" && node.clientWidth > 2 && node.scrollWidth > node.clientWidth + 1;
    }).map((node) => text(node).slice(0, 60)),
    wide: document.scrollingElement.scrollWidth - window.innerWidth,
  };
}

// ---- one page ---------------------------------------------------------------------------------------------------------

const named = (figure, i) => `${figure.tag} ${i + 1}${figure.name ? ` (${figure.name.trim().slice(0, 60)})` : ""}`;

function checkContents(name, found) {
  const levels = found.headings.map((heading) => heading.level);
  const skipped = found.headings.filter((heading, i) => i > 0 && heading.level > levels[i - 1] + 1);
  check(name, "title", found.title.trim() === "" ? ["the page has none"] : []);
  check(name, "headings", [
    ...(levels[0] === 1 ? [] : ["the first one is no h1"]),
    ...(levels.filter((level) => level === 1).length > 1 ? ["there are several h1"] : []),
    ...skipped.map((heading) => `h${heading.level} "${heading.text}" skips a level`),
    ...found.headings.filter((heading) => heading.text === "").map((heading) => `an h${heading.level} is empty`),
  ]);
  check(name, "figures", found.figures.flatMap((figure, i) => [
    ...(figure.shown && figure.width >= 8 && figure.height >= 8 ? [] : [`${named(figure, i)} cannot be seen`]),
    ...(figure.loaded ? [] : [`${named(figure, i)} has no picture`]),
  ].filter(() => !figure.hidden)));
  check(name, "tables", found.tables.flatMap((table, i) => [
    ...(table.rows.length > 0 ? [] : [`table ${i + 1} is empty`]),
    ...(table.headers > 0 ? [] : [`table ${i + 1} (${table.caption}) has no headers`]),
  ]));
}

async function checkAccess(name, page) {
  await page.evaluate(readFileSync(deps.resolve("axe-core/axe.min.js"), "utf8"));
  const { violations: all } = await page.evaluate(() => axe.run(document));
  const violations = all.filter((violation) => !not.includes(violation.id));
  check(name, "axe", violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id} (${violation.impact}): ${violation.help}: ${node.target.join(" ")}`)));
}

// Reports of what goes wrong while a page is open.
function listen(page, file) {
  const errors = [], requests = [];
  page.on("console", (message) => { if (message.type() === "error") errors.push(message.text()); });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("crash", () => errors.push("the page crashed"));
  page.on("request", (request) => {
    const url = request.url();
    if (!/^(data|blob|about):/.test(url) && url.split("#")[0] !== file) requests.push(url.slice(0, 200));
  });
  return { errors, requests };
}

// as a browser prints when nothing is said
const printed = { top: "1cm", right: "1cm", bottom: "1cm", left: "1cm" };

// milliseconds for one step, on a machine that is busy with other tests
const PATIENCE = 180000;

const views = [
  { ending: "", width: 1200, height: 900 },
  { ending: "-phone", width: 390, height: 844 },
];

async function checkPage(browser, { name, file }, asked) {
  const url = pathToFileURL(file).href;
  let found = null;
  for (const view of views) {
    const context = await browser.newContext({ viewport: { width: view.width, height: view.height }, offline: true });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const heard = listen(page, url), here = `${name}${view.ending}`;
    await page.goto(url, { waitUntil: "load" });
    await page.evaluate(() => document.fonts.ready);
    const seen = await page.evaluate(contents);
    found ??= seen;
    checkContents(here, seen);
    check(here, "text cut off", seen.cut);
    check(here, "width", seen.wide > 0 ? [`the page is ${seen.wide} pixels wider than the window of ${view.width}`] : []);
    await page.screenshot({ path: join(asked.to, `${here}.png`), fullPage: true });
    await checkAccess(here, page);
    check(here, "console", heard.errors);
    check(here, "requests", heard.requests);
    if (view.ending === "") {
      const pdf = join(asked.to, `${name}.pdf`);
      await page.pdf({ path: pdf, format: "A4", printBackground: true, margin: printed });
      check(name, "print", statSync(pdf).size > 1000 ? [] : ["the PDF is empty"]);
    }
    await context.close();
  }
  const { title, headings, tables } = found;
  const figures = found.figures.map(({ tag, name, width, height }) => ({ tag, name, width, height }));
  const kept = { title, headings, figures, tables: tables.map(({ caption, rows }) => ({ caption, rows })) };
  writeFileSync(join(asked.to, `${name}.json`), JSON.stringify(kept, null, 1) + "\n");
}

async function main() {
  const asked = readArguments(process.argv.slice(2));
  mkdirSync(asked.to, { recursive: true });
  const { chromium } = deps("playwright-core");
  // in a container Chromium has neither its sandbox, where all are root, nor much shared memory
  const args = process.getuid?.() === 0 ? ["--no-sandbox", "--disable-dev-shm-usage"] : [];
  const browser = await chromium.launch({ executablePath: findChromium(), args, timeout: PATIENCE });
  for (const page of asked.pages) {
    check(page.name, "file", existsSync(page.file) ? [] : [`there is no ${page.file}`]);
    if (existsSync(page.file)) await checkPage(browser, page, asked);
  }
  await browser.close();
}

try {
  await main();
} catch (error) {
  failed++;
  console.log(`failed: ${error.message.split("\n")[0]}`);
}
console.log(`browser: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
