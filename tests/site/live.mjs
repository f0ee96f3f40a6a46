// The page with the study that is in it: node tests/site/live.mjs PAGE.html; and for the test of the site.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { axe, check, openBrowser, shots } from "../web/user.mjs";

// What a page says in the console and asks of others, from now on.
export function listen(page) {
  const said = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) said.push(message.text()); });
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("request", (request) => { if (!/^(data|blob|file):/.test(request.url())) said.push(`asks for ${request.url()}`); });
  page.on("requestfailed", (request) => said.push(`does not get ${request.url()}`));
  return said;
}

// Of a page on the way to it.
export async function showsStudy(page, said, name) {
  await page.waitForSelector("#result table");
  const groups = await page.$$eval("#result tbody tr", (rows) => rows.map((row) => row.cells[0].textContent));
  check(`${name}: a table of the study`, groups.length === 5 && groups[0].startsWith("werkplein"), groups.join());
  check(`${name}: nothing in the console, nothing asked for`, said.length === 0, said.join("; "));
  const policy = await page.getAttribute("meta[http-equiv='Content-Security-Policy']", "content");
  check(`${name}: it may connect to nothing`, policy.includes("connect-src 'none'"), policy);
  await axe(page, name);
  await page.screenshot({ path: join(shots, `${name.replaceAll(" ", "-")}.png`) });
}

if (process.argv[1].endsWith("live.mjs")) {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ locale: "en-GB" }), said = listen(page);
    await page.goto(`${pathToFileURL(process.argv[2]).href}#openvoorwerk`);
    await showsStudy(page, said, "attached page");
  } finally {
    await browser.close();
  }
}
