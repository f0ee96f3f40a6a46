// Every page of the site from disk in headless Chromium: node tests/site/pages.mjs SITE [PAGE.html...]
//
// Prints a line "ok ..." or "not ok ..." for each thing that is looked at, and leaves pictures in build/screenshots.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { axe, check, file, openBrowser, PATIENCE, shots } from "../web/user.mjs";
import { listen, showsStudy } from "./live.mjs";

const site = join(process.cwd(), file);
const only = process.argv.slice(3);
const pages = readdirSync(site, { recursive: true }).filter((name) => name.endsWith(".html") && name !== "live/weeg.html").sort();
const urlOf = (name) => pathToFileURL(join(site, name)).href;
const usual = { locale: "en-GB", viewport: { width: 1280, height: 900 } };
const phone = { locale: "en-GB", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const pictured = ["index.html", "reference/index.html", "reference/weeg_test.html", "reference/weeg_plot.html", "articles/index.html", "articles/study.html",
  "articles/coming-from.html", "articles/c-library.html", "articles/program.html", "nederlands.html", "news.html"];

async function open(context, url) {
  const page = await context.newPage(), said = listen(page);
  page.setDefaultTimeout(PATIENCE);
  await page.goto(url);
  return { page, said };
}

// What is seen of a page, and where its links lead.
const look = (page) => page.evaluate(() => ({
  heads: document.querySelectorAll("h1").length,
  wide: document.documentElement.scrollWidth - innerWidth,
  elsewhere: [...document.querySelectorAll("script[src], link[href], img[src], iframe, source, object, embed")]
    .map((node) => node.getAttribute("src") ?? node.getAttribute("href")).filter((to) => !to || /^([a-z]+:)?\/\//i.test(to)),
  lost: [...document.images].filter((image) => image.naturalWidth === 0).map((image) => image.getAttribute("src")),
  ids: [...document.querySelectorAll("[id]")].map((node) => node.id),
  links: [...document.querySelectorAll("a[href]")].map((link) => link.href),
}));

// Links to a folder above, or to a page, picture or place that is not there.
function broken(all) {
  const wrong = [];
  for (const [name, { links }] of all) {
    for (const link of links.filter((one) => one.startsWith("file:"))) {
      const url = new URL(link), path = fileURLToPath(new URL(url.pathname, "file:///")), to = relative(site, path), place = decodeURIComponent(url.hash.slice(1));
      if (to.startsWith("..") || !existsSync(path) || statSync(path).isDirectory()) wrong.push(`${name}: ${to}`);
      else if (place !== "" && all.has(to) && !all.get(to).ids.includes(place)) wrong.push(`${name}: ${to}#${place}`);
    }
  }
  return [...new Set(wrong)];
}

async function search(context) {
  for (const [query, wanted] of [["weeg_crosstab", "reference/weeg_crosstab.html"], ["jackknife", "reference/weeg_replicates.html"],
    ["calibrate weights", "reference/weeg_calibrate.html"], ["gesimuleerd", "nederlands.html"]]) {
    const { page, said } = await open(context, urlOf("index.html"));
    await page.fill("#q", query);
    await page.press("#q", "Enter");
    await page.waitForURL(/search\.html/);
    await page.waitForSelector("#hits li");
    const found = await page.$$eval("#hits a", (links) => links.map((link) => link.getAttribute("href")));
    const first = query === "weeg_crosstab" ? found.slice(0, 1) : found.slice(0, 5);
    check(`search for ${query}`, first.includes(wanted) && said.length === 0, [...found.slice(0, 5), ...said].join(" "));
    if (query === "jackknife") await axe(page, "search");
    await page.close();
  }
  const { page } = await open(context, `${urlOf("search.html")}?q=${encodeURIComponent("<img src=x>zzqq")}`);
  check("search for what is not there", /^No page has/.test(await page.textContent("#found")) && await page.$("main img") === null);
  await page.close();
}

async function live(browser, name, settings) {
  const context = await browser.newContext(settings), { page, said } = await open(context, urlOf("index.html"));
  await page.click("header nav a[href^='live/']");
  await showsStudy(page, said, `live page ${name}`);
  await context.close();
}

const browser = await openBrowser();
try {
  const context = await browser.newContext(usual), all = new Map();
  check("the site has its pages", pages.length > 80, pages.length);
  for (const name of only.length > 0 ? only : pages) {
    const { page, said } = await open(context, urlOf(name));
    const seen = await look(page);
    all.set(name, seen);
    check(`${name}: one heading, nothing from elsewhere, all pictures`, seen.heads === 1 && seen.elsewhere.length === 0 && seen.lost.length === 0,
      [seen.heads, ...seen.elsewhere, ...seen.lost].join(" "));
    check(`${name}: the console is empty`, said.length === 0, said.join("; "));
    await axe(page, name);
    if (pictured.includes(name)) await page.screenshot({ path: join(shots, `site-${name.replace("/", "-")}.png`), fullPage: false });
    await page.close();
  }
  const wrong = broken(all);
  check("every link leads somewhere", wrong.length === 0, wrong.slice(0, 12).join("; "));
  const index = readFileSync(join(site, "search-index.js"), "utf8");
  check("search knows every page", pages.filter((name) => name !== "search.html" && !index.includes(`"url":"${name}"`)).length === 0);
  check("search knows no style of tables", !/text-align/.test(index));
  await search(context);
  await context.close();

  const small = await browser.newContext(phone);
  for (const name of pictured.filter((one) => all.has(one))) {
    const { page } = await open(small, urlOf(name));
    const { wide } = await look(page);
    check(`${name} fits a phone`, wide <= 0, wide);
    await axe(page, `${name} on a phone`);
    await page.screenshot({ path: join(shots, `site-phone-${name.replace("/", "-")}.png`) });
    await page.close();
  }
  await small.close();
  const dark = await browser.newContext({ ...usual, colorScheme: "dark" });
  for (const name of ["index.html", "reference/weeg_test.html"]) {
    const { page } = await open(dark, urlOf(name));
    await axe(page, `${name}, dark`);
    await page.screenshot({ path: join(shots, `site-dark-${name.replace("/", "-")}.png`) });
    await page.close();
  }
  await dark.close();
  await live(browser, "desktop", usual);
  await live(browser, "phone", phone);
} catch (error) {
  check("the pages are looked at to their end", false, error.stack);
} finally {
  await browser.close();
}
