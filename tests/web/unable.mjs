// A browser that cannot run the program says so, in words: node tests/web/unable.mjs PAGE.html FOLDER
//
// Without the instructions of a newer processor, Chromium has no vectors in WebAssembly; where this is forbidden, it is not there.
import { pathToFileURL } from "node:url";
import { check, dropAlone, file, openBrowser, openPage } from "./user.mjs";

const said = { en: "This browser cannot run this page", nl: "Deze browser kan deze pagina niet uitvoeren" };
const problem = (page) => page.textContent("#problem");

for (const [what, flags, lacking] of [["without vectors", ["--js-flags=--no-enable-sse4-1"], () => {}],
  ["without WebAssembly", [], () => { delete globalThis.WebAssembly; }]]) {
  const browser = await openBrowser(flags);
  try {
    const context = await browser.newContext();
    await context.addInitScript(lacking);
    const { page, errors } = await openPage(context, pathToFileURL(file).href);
    check(`${what}: the page says that it cannot run`, (await problem(page)).startsWith(said.en), await problem(page));
    await page.selectOption("#language", "nl");
    check(`${what}: and in Dutch`, (await problem(page)).startsWith(said.nl), await problem(page));
    await dropAlone(page, "study.csv");
    await page.waitForTimeout(200);
    check(`${what}: a file is not opened, and it is said again`, (await problem(page)).startsWith(said.nl) && await page.isHidden("#work"),
      await problem(page));
    check(`${what}: no console error`, errors.length === 0, errors.join("; "));
  } finally {
    await browser.close();
  }
}
