// The program's answer as a table: groups in rows, answers in columns; and its test in words. No number is made here.
import { element } from "./dom.js";
import { number, pValue, percent, say } from "./words.js";

const unique = (list) => [...new Set(list)];
const signs = { review: "†", suppress: "‡" };

export const signOf = (row) => signs[row?.reliability] ?? "";
export const isProtected = (row) => row?.["reason.code"] === "protected";
export const isShown = (row) => typeof row?.estimate === "number";

// What tables and charts are made of: {title, kind, by, groups: [{names, rows}], answers}. label(name): of a variable.
export function laidOut(result, { outcome, groups, items, measure }, label) {
  const key = (row) => groups.map((group) => row[group]).join("\n"), rows = result.rows;
  const kind = items.length > 0 ? "items" : measure;
  const what = kind === "items" && items.length === 1 ? label(items[0]) : kind === "items" ? say("itemsTogether", { count: number(items.length) })
    : kind === "share" ? label(outcome) : say(`${kind}Of`, { outcome: label(outcome) });
  const by = groups.map(label);
  return {
    kind, by, title: by.length === 0 ? what : say("tableOf", { outcome: what, group: by.join(", ") }),
    answers: unique(rows.map((row) => (kind === "share" || kind === "items" ? row.level : row.outcome))),
    groups: unique(rows.map(key)).map((own) => {
      const those = rows.filter((row) => key(row) === own);
      return { names: groups.length === 0 ? [say("all")] : groups.map((group) => those[0][group] ?? "–"), rows: those };
    }),
  };
}

function cell(row, kind) {
  if (isProtected(row)) return element("td", { class: "number none", title: say("protectedSign") }, say("hiddenSign"));
  if (!isShown(row)) return element("td", { class: "number none", title: row?.reason }, "–");
  const figure = kind === "share" || kind === "items" ? percent : (x) => number(x, 1);
  const sign = signOf(row);
  return element("td", { class: sign === "" ? "number" : "number flagged" },
    element("span", { class: "share" }, figure(row.estimate) + sign),
    typeof row["conf.low"] !== "number" ? null
      : element("span", { class: "interval" }, say("interval", { low: figure(row["conf.low"]), high: figure(row["conf.high"]) })));
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

function sharesTable({ title, kind, by, groups, answers }) {
  const corner = (by.length === 0 ? [""] : by).map((text) => (text === "" ? element("td") : element("th", { scope: "col" }, text)));
  const single = kind === "mean" || kind === "median";
  const body = groups.map((group, at) => element("tr", {}, ...rowHeaders(groups, at),
    ...answers.map((answer) => cell(group.rows.find((row) => single || row.level === answer), kind)),
    figuresOf(sizeOf(group.rows[0], single ? "n" : "n.base")), figuresOf(group.rows.some(isProtected) ? say("hiddenSign")
      : number(weightedOf(group), 1))));
  return element("table", { class: "result" }, element("caption", {}, element("span", {}, title)),
    element("thead", {}, element("tr", {}, ...corner, ...(single ? [say(kind)] : answers).map(headOf), headOf(say("nRows")), headOf(say("nWeighted")))),
    element("tbody", {}, ...body));
}

// Items have long names: they stand in rows.
function itemsTable({ title, groups, answers }, label) {
  const head = groups.map(({ names, rows }) => headOf(`${names.join(", ")} (n = ${sizeOf(rows[0], "n.base")})`));
  return element("table", { class: "result" }, element("caption", {}, element("span", {}, title)),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, say("item")), ...head)),
    element("tbody", {}, ...answers.map((answer) => element("tr", {}, element("th", { scope: "row" }, label(answer)),
      ...groups.map(({ rows }) => cell(rows.find((row) => row.level === answer), "items"))))));
}

export const figuresTable = (laid, label) => (laid.kind === "items" ? itemsTable(laid, label) : sharesTable(laid));

export const whatFigures = ({ kind }) => say({ share: "percentages", items: "percentagesItems", mean: "meansWhat", median: "mediansWhat" }[kind]);

export function testInWords(result) {
  const test = result.test?.[0] ?? result.tests?.at(-1);
  if (test === undefined) return null;
  if (isProtected(test)) return say("testProtected");
  if (typeof test["p.value"] !== "number") return say("noTest", { reason: test.reason ?? "" });
  const digits = (df) => number(df, Number.isInteger(df) ? 0 : 1);
  const text = say("testF", { df1: digits(test["num.df"]), df2: digits(test["den.df"]), statistic: number(test.statistic, 2),
    p: pValue(test["p.value"]) });
  return say(test["p.value"] < 0.05 ? "differ" : "differNot", { test: text });
}

// What the signs beside figures mean, once.
export const flagNotes = ({ rows }) => [...unique(rows.map((row) => row.reliability)).filter((verdict) => verdict in signs),
  ...(rows.some(isProtected) ? ["protectedSign"] : [])].map((key) => say(key));
