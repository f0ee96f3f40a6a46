// The report: tables that were kept, with titles and notes of the user's, to print or to save as one file.
import { element, fill, find } from "./dom.js";
import { printedTable, save } from "./take.js";
import { currentLanguage, say } from "./words.js";

const kept = []; // {title, note, table, picture, texts: [{text, lang}, ...], lines: [{title, lines}, ...]}

const reportStyle = `body { font: 11pt/1.4 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { border: 1px solid #999; padding: .2rem .5rem; text-align: left; }
td[align=right], th[align=right] { text-align: right; } small, td[align=right] { white-space: nowrap; } tr, img { break-inside: avoid; } h2 { break-after: avoid; } pre { white-space: pre-wrap; } img { max-width: 100%; }`;

const paragraphs = ({ texts }) => texts.map(({ text, lang }) => element("p", { lang }, text));
const picture = (one) => (one.picture === null ? null
  : element("img", { src: `data:image/svg+xml,${encodeURIComponent(one.picture)}`, alt: say("chartOf", { title: one.title }) }));

// One HTML file that needs nothing beside it and runs nothing.
export function reportFile(title, items) {
  const made = document.implementation.createHTMLDocument(title);
  made.documentElement.lang = currentLanguage();
  const policy = { "http-equiv": "Content-Security-Policy", content: "default-src 'none'; style-src 'unsafe-inline'; img-src data:" };
  made.head.prepend(element("meta", { charset: "utf-8" }), element("meta", policy));
  made.body.append(element("h1", {}, title), ...items.map((one) => element("section", {},
    items.length === 1 && one.title === title ? null : element("h2", {}, one.title),
    one.note === "" ? null : element("p", {}, one.note), titled(one).cloneNode(true), ...paragraphs(one), picture(one),
    ...one.lines.flatMap(({ title: heading, lines }) => [element("p", {}, heading), element("pre", {}, lines)]))));
  // the style comes as text, as the page's policy is for elements, also for those of a document that is not shown
  return `<!DOCTYPE html>\n${made.documentElement.outerHTML.replace("</head>", `<style>${reportStyle}</style></head>`)}\n`;
}

// A title is the name of its table, too.
function titled(one) {
  one.table.setAttribute("aria-label", one.title);
  return one.table;
}

// {title, note, ...} of what is shown.
export function reportItem(table, texts, lines, chart) {
  return { title: table.caption?.textContent ?? "", note: "", table: printedTable(table), picture: chart, texts, lines };
}

function move(one, by) {
  const from = kept.indexOf(one), to = from + by;
  if (to < 0 || to >= kept.length) return;
  kept.splice(from, 1);
  kept.splice(to, 0, one);
  showReport();
  find("report-list").children[to].querySelector(by < 0 ? ".up" : ".down").focus();
}

function remove(one) {
  kept.splice(kept.indexOf(one), 1);
  showReport();
  find(kept.length > 0 ? "report-title" : "outcome").focus();
}

const button = (key, one, act, name) => element("button", { type: "button", class: name, "aria-label": `${say(key)}: ${one.title}`,
  onclick: act }, say(key));

function shownItem(one, k) {
  // paper has texts in place of boxes, which cut off what is long
  const heading = element("h3", { class: "printed" }, one.title), below = element("p", { class: "printed" }, one.note);
  const title = element("input", { id: `kept-title-${k}`, oninput: ({ target: { value } }) => { one.title = heading.textContent = value; } });
  const note = element("textarea", { id: `kept-note-${k}`, rows: 2, oninput: ({ target: { value } }) => { one.note = below.textContent = value; } });
  title.value = one.title;
  note.value = one.note;
  return element("li", { class: "kept" }, heading, below, element("p", {}, element("label", { for: title.id }, say("keptTitle")), title),
    element("p", {}, element("label", { for: note.id }, say("keptNote")), note),
    titled(one), ...paragraphs(one), picture(one),
    element("p", { class: "buttons" }, button("up", one, () => move(one, -1), "up"), button("down", one, () => move(one, 1), "down"),
      button("remove", one, () => remove(one), "remove")));
}

export function showReport() {
  find("report").hidden = kept.length === 0;
  document.body.classList.toggle("reporting", kept.length > 0);
  fill("report-list", ...kept.map(shownItem));
}

addEventListener("beforeprint", () => { find("report-label").textContent = ownTitle(); });
addEventListener("afterprint", () => { find("report-label").textContent = say("report"); });

export function keep(one) {
  kept.push(one);
  showReport();
}

const ownTitle = () => find("report-title").value.trim() || say("reportTitle");

export const saveReport = () => save("weeg-report.html", "text/html", reportFile(ownTitle(), kept));
