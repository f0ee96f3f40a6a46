// Who works with the keyboard, a screen reader, large letters, a phone or without a network: node tests/web/access.mjs PAGE.html FOLDER
//
// The page comes from disk and from a server of this test's own, which counts what it is asked: that the page sends nothing is
// seen there too, and that the server would see it is seen from a page without the policy.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { axe, check, drop, file, folder, openBrowser, openPage, pick, shots } from "./user.mjs";

const asked = [];
const server = createServer((request, response) => {
  asked.push(request.url);
  const html = { "Content-Type": "text/html; charset=utf-8", "Access-Control-Allow-Origin": "*" };
  response.writeHead(request.url === "/favicon.ico" ? 404 : 200, html);
  response.end(request.url === "/weeg.html" ? readFileSync(file) : "<!DOCTYPE html><title>plain</title>");
});
server.on("upgrade", (request, socket) => {
  asked.push(request.url);
  socket.destroy();
});
await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
const home = `http://127.0.0.1:${server.address().port}`;
const leaks = () => asked.filter((url) => url.startsWith("/leak"));

async function open(context, url) {
  const opened = await openPage(context, url, ["error", "warning"]);
  opened.page.on("filechooser", () => {}); // as of now, not as of the first key
  return opened;
}

const idle = (page) => page.waitForFunction(() => !document.body.hasAttribute("aria-busy"));
const text = (page, id) => page.textContent(`#${id}`);

// ---- the keyboard ----

// What has the focus: whether it fits the selector, and whether a user sees that it has the focus and sees it at all.
const focused = (page, selector) => page.evaluate((wanted) => {
  const node = document.activeElement, shown = node.type === "file" ? node.nextElementSibling : node.closest(".switch label") ?? node;
  const box = shown.getBoundingClientRect();
  return { fits: node.matches(wanted), what: `${node.localName}#${node.id}.${node.className}`,
    seen: getComputedStyle(shown).outlineStyle !== "none" && box.width > 0 && box.bottom > 0 && box.top < innerHeight };
}, selector);

const unseen = [];

async function tabTo(page, selector, key = "Tab") {
  for (let k = 0; k < 150; k++) {
    await page.keyboard.press(key);
    const at = await focused(page, selector);
    if (!at.seen && at.what !== "body#.") unseen.push(at.what);
    if (at.fits) return;
  }
  throw new Error(`${selector} is not reached by ${key}`);
}

// A letter after another on a picker that has the focus.
async function choose(page, letters) {
  await page.keyboard.type(letters);
  await idle(page);
}

async function keyboard(context, url, name) {
  const { page, errors } = await open(context, url);
  await page.keyboard.press("Tab");
  check(`${name}: the first stop skips to the content`, (await focused(page, ".skip")).seen);
  await page.keyboard.press("Enter");
  check(`${name}: and gets there`, (await focused(page, "main")).fits);
  await tabTo(page, "#file");
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Enter")]);
  await chooser.setFiles(join(folder, "study.sav"));
  await page.waitForSelector("#work:not([hidden])");
  await idle(page);
  check(`${name}: the file that was opened is announced`, /study\.sav.*1,582/.test(await page.textContent("#opened[role=status]")));
  check(`${name}: the focus goes on to the outcome`, (await focused(page, "#outcome")).fits);
  await choose(page, "Vertrouwen");
  await tabTo(page, "#group");
  await choose(page, "Organisatie die");
  check(`${name}: pickers are used by letters`, await page.inputValue("#outcome") === "vertrouwen"
    && await page.inputValue("#group") === "provider", await page.inputValue("#group"));
  const said = await page.textContent("#announced[role=status]");
  check(`${name}: the table is announced, with its test`, /^Vertrouwen.* by Organisatie.*Rao–Scott/.test(said), said);
  check(`${name}: the focus stays at the picker`, (await focused(page, "#group")).fits);

  await tabTo(page, "#more");
  await page.keyboard.press("ArrowDown");
  await idle(page);
  check(`${name}: an arrow alone chooses no other group`, await page.$$eval("#groups li", (all) => all.length) === 0);
  await page.keyboard.press("Escape");

  await tabTo(page, "#domain-part summary");
  await page.keyboard.press("Enter");
  await tabTo(page, "#domain-variable");
  await choose(page, "Geslacht");
  await tabTo(page, "#domain-answers input");
  const before = await text(page, "result");
  await page.keyboard.press("Space");
  await idle(page);
  check(`${name}: answers are clicked by the space bar`, await text(page, "result") !== before);
  check(`${name}: and the focus stays there`, (await focused(page, "#domain-answers input:checked")).fits, (await focused(page, "*")).what);
  await tabTo(page, "#domain .chip button");
  await page.keyboard.press("Enter");
  await idle(page);
  check(`${name}: a chip is taken off`, await text(page, "result") === before);
  const after = await focused(page, "#domain-part input");
  check(`${name}: and the focus is at what was before it`, after.fits, after.what);

  await tabTo(page, "[name=view]");
  await page.keyboard.press("ArrowRight");
  check(`${name}: arrows change the table into a chart`, await page.$("#result svg") !== null);
  await page.keyboard.press("ArrowLeft");
  await tabTo(page, "#result .scrolls");
  await tabTo(page, "#copy-table");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#taken[role=status]").textContent !== "");
  check(`${name}: the table is copied, and that is announced`, /^Copied/.test(await text(page, "taken")), await text(page, "taken"));
  await tabTo(page, "#keep");
  await page.keyboard.press("Enter");
  await tabTo(page, "#compare");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#comparison table");
  await idle(page);
  check(`${name}: a comparison is announced`, /Vertrouwen/.test(await text(page, "announced")));
  await tabTo(page, "#search");
  await page.keyboard.type("werkplein");
  check(`${name}: a search says what it found`, /^1 of 28/.test(await page.textContent("#found[role=status]")), await text(page, "found"));
  await tabTo(page, "#variables summary");
  await page.keyboard.press("Enter");
  await tabTo(page, ".kept textarea");
  await page.keyboard.type("A note");
  await tabTo(page, "#group", "Shift+Tab");
  await choose(page, "Vertrouwen");
  const problem = await page.evaluate(() => [document.querySelector("#problem[role=alert]").textContent,
    document.querySelector("#problem").closest("[lang]").lang]);
  check(`${name}: what is wrong is an alert, in the language that it is in`, problem[0].length > 20 && problem[1] === "en", problem);
  await axe(page, `${name}, a comparison, a report and an error`);
  await page.keyboard.press("Home");
  await idle(page);
  check(`${name}: and is gone when it is right`, await text(page, "problem") === "");
  await tabTo(page, "#language", "Shift+Tab");
  await choose(page, "Ned");
  check(`${name}: the language is changed, and named`, await page.getAttribute("html", "lang") === "nl");
  check(`${name}: the focus was seen at all times`, unseen.length === 0, [...new Set(unseen)].join(" "));
  check(`${name}: no console message`, errors.length === 0, errors.join("; "));
  await page.close();
}

// Two files, whose waves are given names and confirmed.
async function waves(context, url, name) {
  const { page, errors } = await open(context, url);
  await tabTo(page, "#file");
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Enter")]);
  await chooser.setFiles(["clients2013.sav", "clients2014.sav"].map((one) => join(folder, one)));
  await page.waitForSelector("#work:not([hidden])");
  await idle(page);
  check(`${name}: waves that are proposed are announced`, /2013, 2014/.test(await page.textContent("#unconfirmed-waves[role=status]")));
  await axe(page, `${name}, proposed`);
  await tabTo(page, "#wave-0", "Shift+Tab");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("first");
  await page.keyboard.press("Tab");
  await idle(page);
  check(`${name}: a wave is given a name`, /first/.test(await text(page, "variables-body")));
  const next = await focused(page, "#wave-list li:first-child button");
  check(`${name}: and the focus goes on`, next.fits, next.what);
  await tabTo(page, "#wave-list li:nth-child(2) button");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#wave-0").value === "2014");
  await idle(page);
  check(`${name}: a wave is moved`, await page.inputValue("#wave-1") === "first");
  await tabTo(page, "#add-file");
  const [more] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Enter")]);
  await more.setFiles(join(folder, "study.sav"));
  await page.waitForSelector("#wave-2");
  await idle(page);
  await tabTo(page, "#waves-confirm", "Shift+Tab");
  await page.keyboard.press("Enter");
  const said = [await text(page, "unconfirmed-waves"), (await focused(page, "*")).what];
  check(`${name}: they are confirmed, and the focus stays in the panel`, said[0] === "" && /wave|button/.test(said[1]), said);
  await axe(page, `${name}, confirmed`);
  check(`${name}: no console message`, errors.length === 0, errors.join("; "));
  await page.close();
}

// ---- languages, sizes, colours ----

// How the page is built, for those who hear it.
const build = (page) => page.evaluate(() => {
  const shown = (node) => node.checkVisibility();
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter(shown).map((node) => Number(node.localName[1]));
  return { levels, landmarks: ["header", "main"].every((one) => document.querySelectorAll(one).length === 1),
    places: [...document.body.querySelectorAll("*")].filter((node) => node.localName !== "script" && shown(node) && node.children.length === 0)
      .map((node) => node.textContent).filter((words) => /[{}]|undefined|\bNaN\b/.test(words)),
    wide: document.documentElement.scrollWidth - innerWidth,
    out: [...document.querySelectorAll("body *")].filter((node) => shown(node) && !node.closest(".scrolls, .unseen, .skip, svg, .kept")
      && node.getBoundingClientRect().right > innerWidth + 1).map((node) => `${node.localName}#${node.id}.${node.className}`) };
});

async function looked(page, what, checked = true) {
  const { levels, landmarks, places, wide, out } = await build(page);
  check(`${what}: headings and landmarks`, landmarks && levels[0] === 1 && levels.every((level, k) => k === 0 || level <= levels[k - 1] + 1), levels);
  check(`${what}: every text is filled in`, places.length === 0, places.join("; "));
  check(`${what}: nothing sticks out sideways`, wide <= 0 && out.length === 0, `${wide} ${out.join(" ")}`);
  if (checked) await axe(page, what);
  await page.screenshot({ path: join(shots, `web-${what.replace(/\W+/g, "-")}.png`), fullPage: true });
}

async function sized(browser, what, options, media) {
  const context = await browser.newContext(options), { page, errors } = await open(context, pathToFileURL(file).href);
  await page.emulateMedia(media);
  await looked(page, `${what}, start`, options.locale === "nl-NL");
  await drop(page, "study.sav");
  await looked(page, `${what}, a file`, false);
  await pick(page, "outcome", "vertrouwen");
  await pick(page, "group", "provider");
  await page.click("#keep");
  await looked(page, `${what}, a table`);
  const regions = await page.$$eval(".scrolls", (all) => all.filter((one) => one.checkVisibility())
    .every((one) => one.tabIndex === 0 && one.getAttribute("role") === "region" && (one.ariaLabel ?? one.getAttribute("aria-labelledby")) !== ""));
  check(`${what}: tables scroll in regions that take the focus`, regions);
  if (options.locale === "nl-NL") {
    const shown = await page.$$eval("#result tbody .share", (all) => all.map((one) => one.textContent));
    check(`${what}: decimal commas`, shown.length === 10 && shown.every((one) => /^\d+,\d[†‡]?$/.test(one)), shown);
    check(`${what}: dots between thousands`, /1\.582 rijen/.test(await text(page, "opened")), await text(page, "opened"));
    check(`${what}: the page says that it is Dutch`, await page.getAttribute("html", "lang") === "nl");
  }
  if (await page.isVisible("#to-result")) {
    await page.click("#to-result");
    check(`${what}: the result is a press away`, await page.evaluate(() => Math.abs(document.getElementById("seen").getBoundingClientRect().top) < 30
      && document.activeElement.id === "seen"));
  }
  check(`${what}: the way to the result is there where it is far`, await page.isVisible("#to-result") === (page.viewportSize().width < 900));
  await page.click("[name=view][value=bars]");
  await looked(page, `${what}, a chart`);
  await drop(page, "clients2013.sav", "clients2014.sav");
  await pick(page, "cluster", "gemeente");
  await looked(page, `${what}, waves`);
  const moving = await page.evaluate(() => document.getAnimations().length + [...document.querySelectorAll("*")].filter((node) =>
    getComputedStyle(node).transitionDuration !== "0s" || getComputedStyle(node).animationName !== "none").length);
  check(`${what}: nothing moves of its own`, moving === 0, moving);
  check(`${what}: no console message`, errors.length === 0, errors.join("; "));
  await context.close();
}

// ---- nothing is sent ----

// Runs in a page: all ways that a script in it would have.
async function send(to) {
  const tries = {
    fetch: () => fetch(`${to}fetch`),
    "fetch without cors": () => fetch(`${to}nocors`, { mode: "no-cors", method: "POST", body: "x" }),
    xhr: () => { const xhr = new XMLHttpRequest(); xhr.open("POST", `${to}xhr`); xhr.send("x"); },
    socket: () => new WebSocket(`${to.replace("http", "ws")}socket`),
    events: () => new EventSource(`${to}events`),
    beacon: () => navigator.sendBeacon(`${to}beacon`, "x"),
    image: () => { new Image().src = `${to}image`; },
    ...Object.fromEntries([["script", "src"], ["iframe", "src"], ["embed", "src"], ["object", "data"], ["video", "src"], ["audio", "src"]]
      .map(([name, key]) => [name, () => { const node = document.createElement(name); node[key] = `${to}${name}`; document.body.append(node); }])),
    ...Object.fromEntries(["stylesheet", "prefetch", "preload", "modulepreload", "icon", "manifest"].map((rel) => [rel, () => {
      document.head.append(Object.assign(document.createElement("link"), { rel, as: "image", href: `${to}${rel}` }));
    }])),
    style: () => { const style = document.createElement("style"); style.textContent = `body { background: url(${to}style) }`; document.head.append(style); },
    font: () => new FontFace("x", `url(${to}font)`).load(),
    import: () => import(`${to}import`),
    worker: () => new Worker(URL.createObjectURL(new Blob([`try { importScripts("${to}scripts") } catch {} fetch("${to}worker").catch(() => {})`]))),
    form: () => { const form = document.createElement("form"); form.action = `${to}form`; document.body.append(form); form.submit(); },
    "form post": () => { const form = document.createElement("form"); Object.assign(form, { action: `${to}post`, method: "post" }); document.body.append(form); form.submit(); },
    link: () => { const a = document.createElement("a"); a.href = `${to}link`; document.body.append(a); a.click(); },
    ping: () => { const a = document.createElement("a"); Object.assign(a, { href: "#x", ping: `${to}ping` }); document.body.append(a); a.click(); },
    location: () => { location.href = `${to}location`; },
    refresh: () => { document.head.append(Object.assign(document.createElement("meta"), { httpEquiv: "refresh", content: `0;url=${to}refresh` })); },
  };
  for (const attempt of Object.values(tries)) {
    try {
      await Promise.race([attempt(), new Promise((resolve) => { setTimeout(resolve, 30); })]);
    } catch {
      // refused
    }
  }
  await new Promise((resolve) => { setTimeout(resolve, 500); });
  return Object.keys(tries).length;
}

async function sends(context, url, name) {
  const { page, errors } = await open(context, url), before = asked.length, requests = [];
  page.on("request", (request) => { if (!/^(data|blob):/.test(request.url())) requests.push(request.url()); });
  await context.setOffline(true);
  await drop(page, "study.csv");
  await pick(page, "outcome", "vertrouwen");
  await pick(page, "group", "provider");
  await page.click("#compare");
  await page.waitForSelector("#comparison table");
  check(`${name}: a session without a network`, (await page.$$("#result tbody tr")).length === 5 && errors.length === 0, errors.join("; "));
  await context.setOffline(false);
  await pick(page, "group", "geslacht");
  check(`${name}: the log of requests is empty`, requests.length === 0 && asked.slice(before).filter((one) => one !== "/favicon.ico").length === 0,
    [...requests, ...asked.slice(before)].join(" "));
  const count = await page.evaluate(`(${String(send)})(${JSON.stringify(`${home}/leak-`)})`).catch((error) => error);
  check(`${name}: none of 29 ways to send something gets out`, count === 29 && leaks().length === 0, `${count} ${leaks().join(" ")}`);
  check(`${name}: and the page is still there`, await page.isVisible("#result table"));
  await page.close();
}

const browser = await openBrowser();
try {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1200, height: 900 } });
  await keyboard(context, pathToFileURL(file).href, "keyboard");
  await waves(context, pathToFileURL(file).href, "waves");
  for (const [name, url] of [["from disk", pathToFileURL(file).href], ["from a server", `${home}/weeg.html`]]) await sends(context, url, name);
  const plain = await context.newPage();
  await plain.goto(`${home}/plain`);
  await plain.evaluate(`(${String(send)})(${JSON.stringify(`${home}/leak-`)})`).catch(() => {});
  check("a page without the policy does send", leaks().length >= 8 && leaks().some((one) => /location|link|form|refresh/.test(one)), leaks().join(" "));
  await sized(browser, "at 200 %", { locale: "en-GB", viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }, {});
  await sized(browser, "on a phone in Dutch", { locale: "nl-NL", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }, {});
  await sized(browser, "dark", { locale: "nl-NL", viewport: { width: 1200, height: 900 } }, { colorScheme: "dark" });
  await sized(browser, "forced colours", { locale: "en-GB", viewport: { width: 1200, height: 900 } }, { forcedColors: "active" });
} catch (error) {
  check("the session goes to its end", false, error.stack);
} finally {
  await browser.close();
  server.close();
}
