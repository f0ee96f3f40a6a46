// The page from a server: node tests/web/site.mjs SITE FOLDER
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { check, drop, file as site, openBrowser, openPage, pick } from "./user.mjs";

const kinds = { html: "text/html; charset=utf-8", wasm: "application/wasm" };
const asked = [];
let plain = false; // the server does not know what WebAssembly is

const server = createServer((request, response) => {
  const name = request.url === "/" ? "index.html" : request.url.slice(1), kind = name.split(".").pop();
  if (!/^[\w.-]+$/.test(name) || kinds[kind] === undefined) {
    response.writeHead(404).end();
    return;
  }
  asked.push(name);
  response.writeHead(200, { "content-type": plain && kind === "wasm" ? "application/octet-stream" : kinds[kind],
    "cache-control": kind === "wasm" ? "public, max-age=31536000, immutable" : "no-cache" });
  response.end(readFileSync(join(site, name)));
});

async function visit(context, url, what) {
  const { page, errors } = await openPage(context, url);
  await drop(page, "study.csv");
  await pick(page, "outcome", "vertrouwen");
  await pick(page, "group", "provider");
  const rows = await page.$$eval("#result tbody tr", (list) => list.length);
  check(`${what}: a table is shown`, rows === 5, rows);
  check(`${what}: no console error`, errors.length === 0, errors.join("; "));
  const before = asked.length;
  const send = (home) => Promise.all([home, `${home}?answers`, "https://example.org/"].map((one) => fetch(one)
    .then(() => "sent", () => "refused")));
  const sent = [...await page.evaluate(send, url), ...await page.workers()[0].evaluate(send, url)];
  check(`${what}: with a file open the browser sends nothing, not to the server either`, sent.length === 6 && sent.every((one) => one === "refused")
    && asked.length === before, `${sent} ${asked}`);
  await page.close();
}

await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
const browser = await openBrowser();
try {
  const url = `http://127.0.0.1:${server.address().port}/`;
  const context = await browser.newContext();
  await visit(context, url, "site");
  check("site: the page and the program are all that is asked", asked.length === 2 && asked[1].endsWith(".wasm"), asked);
  await visit(context, url, "site, again");
  check("site, again: the program is kept by the browser", asked.length === 3 && asked[2] === "index.html", asked);
  plain = true;
  await visit(await browser.newContext(), url, "site that does not know of WebAssembly");
} finally {
  await browser.close();
  server.close();
}
