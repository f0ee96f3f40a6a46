// The program's answer as a table: groups in rows, answers in columns; and its test in words. No number is made here.
import { element } from "./dom.js";
import { number, pValue, percent, say } from "./words.js";

const unique = (list) => [...new Set(list)];
const signs = { review: "†", suppress: "‡" };

export const signOf = (row) => signs[row?.reliability] ?? "";
export const isProtected = (row) => row?.["reason.code"] === "protected";
export const isShown = (row) => typeof row?.estimate === "number";

// Of items, what their names begin with, as in "Problems: debts" and "Problems: work".
function titleOfItems(names) {
  const [start] = names[0].match(/^.{3,}?[:?–]\s/) ?? [], count = say("itemsTogether", { count: number(names.length) });
  return start !== undefined && names.every((name) => name.startsWith(start)) ? `${start.replace(/[:–]?\s$/, "")} (${count})` : count;
}

// A function that shows texts of which others differ in blanks alone, which pages do not show, with these.
function apart(texts) {
  const plain = (text) => text.trim().replace(/\s+/g, " "), seen = new Map();
  for (const text of texts) seen.set(plain(text), (seen.get(plain(text)) ?? 0) + 1);
  return (text) => (seen.get(plain(text)) > 1 && plain(text) !== text ? `“${text.replace(/\s/g, "\u00a0")}”` : text);
}

const titleOf = (what, by, only) => {
  const title = by.length === 0 ? what : say("tableOf", { outcome: what, group: by.join(", ") });
  return only === "" ? title : say("titleOnly", { title, only });
};

// The program has group.n where a group has the name of another column.
const groupIn = (row, name) => row[Object.hasOwn(row, `group.${name}`) ? `group.${name}` : name];

// What tables and charts are made of: {title, kind, percent, by, groups: [{names, rows}], answers, called, total}. label(name): of a
// variable; called(answer): as it is shown; total: the rows of all respondents, or null.
export function laidOut(result, { outcome, groups, items, measure, percent: of = "row", net, only = [] }, label, total = null) {
  const rows = result.rows, byGroup = new Map();
  for (const row of rows) {
    const key = JSON.stringify(groups.map((group) => groupIn(row, group)));
    if (!byGroup.has(key)) byGroup.set(key, []);
    byGroup.get(key).push(row);
  }
  const kind = items.length > 0 ? "items" : measure;
  const what = kind === "items" && items.length === 1 ? label(items[0]) : kind === "items" ? titleOfItems(items.map(label))
    : kind === "share" ? label(outcome) : say(`${kind}Of`, { outcome: label(outcome) });
  const by = groups.map(label), answers = unique(rows.map((row) => (kind === "share" || kind === "items" ? row.level : row.outcome)));
  const shown = apart(answers.filter((answer) => typeof answer === "string"));
  const named = groups.map((group) => apart(unique([...byGroup.values()].map(([row]) => groupIn(row, group) ?? "–"))));
  return {
    kind, percent: of, by, total, title: titleOf(what, by, only.map(([name, answers]) => `${label(name)}: ${answers.join(" / ")}`).join("; ")),
    called: kind === "items" ? label : (answer) => (answer === "(others)" && net ? say("others") : shown(answer)),
    answers,
    groups: [...byGroup.values()].map((those) => ({ names: groups.length === 0 ? [say("all")] : groups.map((group, k) => named[k](groupIn(those[0], group) ?? "–")),
      rows: those })),
  };
}

// What stands below a figure; who hears the cell, and does not see it, hears two numbers.
export const below = (text) => [element("span", { class: "unseen" }, "; "), element("span", { class: "interval" }, text)];

// Respondents, and what they weigh.
function countCell(row) {
  if (typeof row?.n !== "number") return element("td", { class: "number none" }, "–");
  return element("td", { class: "number" }, element("span", { class: "share" }, number(row.n)), ...below(number(row["n.weighted"], 1)));
}

function cell(row, kind, of = "row") {
  if (isProtected(row)) return element("td", { class: "number none", title: say("protectedSign") }, say("hiddenSign"));
  if (of === "count") return countCell(row);
  if (!isShown(row)) return element("td", { class: "number none", title: row?.reason }, "–");
  const figure = kind === "share" || kind === "items" ? percent : (x) => number(x, 1);
  const sign = signOf(row);
  return element("td", { class: sign === "" ? "number" : "number flagged" },
    element("span", { class: "share" }, figure(row.estimate) + sign),
    ...(typeof row["conf.low"] !== "number" ? [] : below(say("interval", { low: figure(row["conf.low"]), high: figure(row["conf.high"]) }))));
}

// Headers of a row of groups. Outer ones are there in each row, so that a copy of the table has them.
function rowHeaders(groups, at) {
  const before = groups[at - 1]?.names ?? [];
  return groups[at].names.map((name, depth) => element("th", { scope: "row", class: depth < groups[at].names.length - 1
    && groups[at].names.slice(0, depth + 1).join("\n") === before.slice(0, depth + 1).join("\n") ? "again" : null }, name));
}

const weightedOf = ({ rows }) => (rows.every((row) => typeof row["n.weighted"] === "number")
  ? rows.reduce((sum, row) => sum + row["n.weighted"], 0) : null);
const headOf = (text) => element("th", { scope: "col", class: "number" }, text);
const figuresOf = (text) => element("td", { class: "number base" }, text);

// How many are in a group, which may be hidden itself.
const sizeOf = (row, name) => (isProtected(row) && typeof row[name] !== "number" ? say("hiddenSign") : number(row?.[name]));

const cellsOf = ({ kind, percent: of, answers }, rows) => {
  const single = kind === "mean" || kind === "median";
  return [...answers.map((answer) => cell(rows.find((row) => single || row.level === answer), kind, of)),
    ...(of === "column" || of === "total" ? [] : [figuresOf(sizeOf(rows[0], single ? "n" : "n.base")),
      figuresOf(rows.some(isProtected) ? say("hiddenSign") : number(weightedOf({ rows }), 1))])];
};

// Below groups: all respondents; below percentages of columns or of all, how many those are of.
function footOf(laid) {
  const head = (text) => element("th", { scope: "row", colspan: laid.by.length > 1 ? laid.by.length : null }, text);
  if (laid.percent === "column" || laid.percent === "total") {
    const first = (answer) => laid.groups.map(({ rows }) => rows.find((row) => row.level === answer)).find((row) => typeof row?.["n.base"] === "number");
    return element("tfoot", {}, element("tr", {}, head(say("nRows")), ...laid.answers.map((answer) =>
      figuresOf(first(answer) === undefined ? say("hiddenSign") : number(first(answer)["n.base"])))));
  }
  return laid.total === null ? null : element("tfoot", {}, element("tr", {}, head(say("all")), ...cellsOf(laid, laid.total)));
}

function sharesTable(laid) {
  const { title, kind, by, groups, answers, called } = laid;
  const corner = (by.length === 0 ? [""] : by).map((text) => (text === "" ? element("td") : element("th", { scope: "col" }, text)));
  const body = groups.map((group, at) => element("tr", {}, ...rowHeaders(groups, at), ...cellsOf(laid, group.rows)));
  const sizes = laid.percent === "column" || laid.percent === "total" ? [] : ["nRows", "nWeighted"];
  return element("table", { class: "result" }, element("caption", {}, element("span", {}, title)),
    element("thead", {}, element("tr", {}, ...corner, ...(kind === "share" ? answers.map(called) : [say(kind)]).map(headOf),
      ...sizes.map((key) => headOf(say(key))))), element("tbody", {}, ...body), footOf(laid));
}

// Items have long names: they stand in rows.
export const withTotal = ({ groups, total }) => (total === null ? groups : [...groups, { names: [say("all")], rows: total }]);

// What those weigh who answered a question with several answers.
const weightOf = (rows) => rows.map((row) => row["n.base.weighted"]).find((weight) => typeof weight === "number");

function itemsTable(laid) {
  const { title, answers, called } = laid, groups = withTotal(laid);
  const head = groups.map(({ names, rows }) => headOf(`${names.join(", ")} (n = ${sizeOf(rows[0], "n.base")})`));
  return element("table", { class: "result" }, element("caption", {}, element("span", {}, title)),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, say("item")), ...head)),
    element("tbody", {}, ...answers.map((answer) => element("tr", {}, element("th", { scope: "row" }, called(answer)),
      ...groups.map(({ rows }) => cell(rows.find((row) => row.level === answer), "items"))))),
    element("tfoot", {}, element("tr", {}, element("th", { scope: "row" }, say("nWeighted")), ...groups.map(({ rows }) =>
      figuresOf(weightOf(rows) === undefined ? say("hiddenSign") : number(weightOf(rows), 1))))));
}

export const figuresTable = (laid) => (laid.kind === "items" ? itemsTable(laid) : sharesTable(laid));

const notesOf = { share: "percentages", items: "percentagesItems", mean: "meansWhat", median: "mediansWhat", column: "percentagesColumn",
  total: "percentagesTotal", count: "countsWhat" };

export const whatFigures = ({ kind, percent: of, total }) => [say(notesOf[kind === "share" && of !== "row" ? of : kind]),
  ...(total === null ? [] : [say("totalWhat")])].join(" ");

export function testInWords(result) {
  const test = result.test?.[0] ?? result.tests?.at(-1);
  if (test === undefined) return null;
  if (isProtected(test)) return say("testProtected");
  if (typeof test["p.value"] !== "number") return say("noTest", { reason: test.reason ?? "" });
  const digits = (df) => number(df, df >= 100 || Math.abs(df - Math.round(df)) < 0.05 ? 0 : 1);
  const text = say("testF", { df1: digits(test["num.df"]), df2: digits(test["den.df"]), statistic: number(test.statistic, 2),
    p: pValue(test["p.value"]) });
  return say(test["p.value"] < 0.05 ? "differ" : "differNot", { test: text });
}

// What the signs beside figures mean, once.
export const flagNotes = ({ rows }) => [...unique(rows.map((row) => row.reliability)).filter((verdict) => verdict in signs),
  ...(rows.some(isProtected) ? ["protectedSign"] : [])].map((key) => say(key)).concat(
  unique(rows.filter((row) => !isShown(row) && !isProtected(row) && row.reason).map(({ reason }) => say("noFigure", { reason }))));
