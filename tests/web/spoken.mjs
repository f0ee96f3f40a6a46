// What a screen reader is given: node tests/web/spoken.mjs PAGE.html FOLDER
//
// Chromium's accessibility tree has names for all controls, and headers for all tables; and what is new is in live regions, once.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { check, drop, file, folder, openBrowser, openPage, pick } from "./user.mjs";

const controls = ["button", "combobox", "checkbox", "radio", "textbox", "searchbox", "link", "DisclosureTriangle", "progressbar"];

// {id, parent, role, name, ignored}: what is ignored has no role here, but children.
async function tree(page) {
  const client = await page.context().newCDPSession(page);
  const { nodes } = await client.send("Accessibility.getFullAXTree");
  await client.detach();
  return nodes.map((node) => ({ id: node.nodeId, parent: node.parentId, role: node.ignored ? null : node.role?.value, name: (node.name?.value ?? "").trim() }));
}

async function looked(page, what) {
  const nodes = await tree(page), byId = new Map(nodes.map((node) => [node.id, node]));
  const nameless = nodes.filter((node) => controls.includes(node.role) && node.name === "");
  check(`${what}: all controls have names`, nodes.some((node) => controls.includes(node.role)) && nameless.length === 0, nameless.map((node) => node.role));
  const tables = nodes.filter((node) => node.role === "table");
  const within = (node, table) => { for (let at = node; at !== undefined; at = byId.get(at.parent)) if (at.id === table.id) return true; return false; };
  for (const table of tables) {
    const own = nodes.filter((node) => within(node, table)), of = (role) => own.filter((node) => node.role === role);
    check(`${what}: the table ${table.name.slice(0, 30)} has a name, and headers of rows and columns`, table.name !== ""
      && of("columnheader").length > 1 && of("rowheader").length === of("row").length - 1 && of("cell").length > 0,
    JSON.stringify([table.name, of("columnheader").length, of("rowheader").length, of("row").length]));
  }
  return tables.length;
}

// What live regions say, as it comes.
const listen = (page) => page.evaluate(() => {
  globalThis.said = [];
  for (const node of document.querySelectorAll("[role=status], [role=alert]")) {
    new MutationObserver(() => { if (node.textContent !== "") globalThis.said.push(node.textContent); }).observe(node, { childList: true, characterData: true, subtree: true });
  }
});

async function says(page, what, doing, expected, most = 1) {
  await page.evaluate(() => { globalThis.said.length = 0; });
  await doing();
  await page.waitForFunction(() => !document.body.hasAttribute("aria-busy"));
  await page.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 30); }));
  const said = await page.evaluate(() => globalThis.said);
  check(`${what} is said, and no more`, said.length >= 1 && said.length <= most && said.some((text) => expected.test(text)), JSON.stringify(said));
}

async function session(context) {
  const { page, errors } = await openPage(context, pathToFileURL(file).href);
  await looked(page, "empty");
  await listen(page);
  await says(page, "a file that was opened", () => drop(page, "study.sav"), /^study\.sav: 1,582 rows, 28 variables/, 4);
  check("a file: its list of variables is a table", await looked(page, "a file") === 1);
  await page.click("#confirm");
  check("what is confirmed keeps the focus in its place", await page.evaluate(() => document.activeElement.id) === "save-page");
  await says(page, "a table", () => pick(page, "outcome", "vertrouwen"), /^Vertrouwen in de begeleider$/);
  await says(page, "a test", () => pick(page, "group", "provider"), /by Organisatie.*The answers differ/);
  const first = (await tree(page)).find((node) => node.role === "cell" && /^\d+\.\d/.test(node.name));
  check("a figure and its interval are two, to who hears them", /^\d+\.\d ?; \d+\.\d to \d+\.\d$/.test(first?.name), first?.name);
  await says(page, "a comparison", () => page.click("#compare"), /Organisatie.*: ja$/);
  check("the focus stays at what was pressed", await page.evaluate(() => document.activeElement.id) === "compare");
  await page.click("#keep");
  await page.click("#keep-comparison");
  check("all tables are", await looked(page, "a table, a comparison and a report") === 5);
  await page.click("[name=view][value=bars]");
  const chart = (await tree(page)).filter((node) => node.role === "image" || node.role === "img");
  check("a chart has a name", chart.length === 1 && /^Vertrouwen.* by /.test(chart[0].name), JSON.stringify(chart));
  await page.click("[name=view][value=table]");
  // from the list of variables to the table, by its buttons
  const use = (name) => page.locator("#variables-body tr", { hasText: "Aandacht voor doorgroei" }).getByRole("button", { name });
  await says(page, "a variable of the list that is used as the outcome", () => use("Outcome: Aandacht voor doorgroeimogelijkheden").click(),
    /^Aandacht voor doorgroei.* by Organisatie/, 2);
  check("the focus goes to its picker", await page.evaluate(() => document.activeElement.id) === "outcome");
  await says(page, "an error", () => pick(page, "strata", "id"), /only one PSU|stratum/);
  await says(page, "what is right again", () => pick(page, "strata", ""), /^Aandacht voor doorgroei/, 2);
  check("no console error", errors.length === 0, errors.join("; "));
  await page.close();
  // a file of sets and one that is empty
  const other = await openPage(context, pathToFileURL(file).href);
  await drop(other.page, "mrsets.sav");
  await pick(other.page, "outcome", "$media");
  await pick(other.page, "group", "town");
  await looked(other.page, `several answers of ${join(folder, "mrsets.sav").split("/").at(-1)}`);
  await other.page.close();
}

const browser = await openBrowser();
try {
  await session(await browser.newContext({ locale: "en-GB", viewport: { width: 1200, height: 900 } }));
} catch (error) {
  check("the session goes to its end", false, error.stack);
} finally {
  await browser.close();
}
