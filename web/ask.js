// Requests: what was clicked, as arguments of the program. The same words are the shell's line, which gives the same numbers.

import { wordOf } from "./waves.js";

// A name as formulas and conditions have it.
export const named = (name) => (/^[A-Za-z][A-Za-z0-9_.]*$/.test(name) ? name : `\`${name.replace(/[\\`]/g, "\\$&")}\``);

// Items of a list between commas.
export const listed = (items) => items.map((item) => item.replace(/,/g, "\\,")).join(",");

// {weights, strata, cluster, fpc}: names, or null; weighted: the file itself says so; panel: clusters are the same in all waves.
function designWords({ weights, strata, cluster, fpc, weighted, panel }) {
  return [
    ...(weights !== null ? ["--weights", weights] : weighted ? ["--weights", "1"] : []),
    ...(strata !== null ? ["--strata", strata] : []),
    ...(cluster !== null ? ["--cluster", cluster] : []),
    ...(fpc !== null ? ["--fpc", fpc] : []),
    ...(panel ? ["--panel"] : []),
  ];
}

export const askVariables = () => ["variables", "FILE"];
export const askColumns = () => ["columns", "FILES"];

const formulaOf = (left, groups) => (groups.length === 0 ? `~ ${left}` : `${left} ~ ${groups.map(named).join(" + ")}`);
const domainWords = ({ domain }) => (domain ? ["--domain", domain] : []);
const netWords = ({ net }) => (net ? ["--net", `${net.name}=${listed(net.answers)}`] : []);
// Counts below this are not shown.
export const THRESHOLD = 10;
const thresholdWords = ({ protect }) => (protect ? ["--threshold", String(THRESHOLD)] : []);
const percentWords = ({ percent, groups }) => (groups.length > 0 && ["column", "total"].includes(percent) ? ["--percent", percent] : []);
const commandOf = { mean: "mean", median: "quantile" };

// Of a multiple-response set of an SPSS file, $media, as it is.
const itemName = (name) => (/^\$\w+$/.test(name) ? name : named(name));

// {outcome, groups, measure, percent, items, yes, net, domain, protect, design}; percent: row, column, total, or count, which are the
// numbers behind those of rows; of several items, which are one question, no outcome.
export function askTable(request) {
  const { outcome, groups, items, yes, measure } = request;
  const end = [...domainWords(request), ...thresholdWords(request), ...designWords(request.design), "--format", "json"];
  if (items.length > 0) {
    return ["multiple", "FILE", formulaOf(items.map(itemName).join(" + "), groups), ...(yes === null ? [] : ["--yes", yes]), ...end];
  }
  const formula = formulaOf(named(outcome), groups);
  if (measure !== "share") return [commandOf[measure], "FILE", formula, ...end];
  return [groups.length === 0 ? "proportion" : "crosstab", "FILE", formula, ...netWords(request), ...percentWords(request), ...end];
}

// All respondents, for the row below groups (of items, the column after them); null: percentages of columns or of all have none. Where
// small counts are protected, they come behind the groups, of which they would tell what is hidden.
export function askTotal(request) {
  if (request.groups.length === 0 || (request.items.length === 0 && ["column", "total"].includes(request.percent))) return null;
  return request.protect ? [...askTable(request).slice(0, -2), "--total", "--format", "json"] : askTable({ ...request, groups: [] });
}

// Comparisons of all pairs of groups, or of each with `against`; answer: null, all of them. Means have none.
export const askComparison = (request, { answer, against }) => [
  "compare", "FILE", formulaOf(named(request.outcome), request.groups), "--measures", request.measure === "mean" ? "mean-difference" : "difference",
  ...(answer === null || request.measure === "mean" ? [] : ["--answers", answer]), ...(against === "pairs" ? [] : ["--against", against]),
  ...netWords(request), ...domainWords(request), ...thresholdWords(request), ...designWords(request.design), "--format", "json",
];

// The tally from which these figures come; its name is the last word. Null: means are not of a tally of answers,
// and it has no sets.
export function askTally({ outcome, groups, items, measure, within, design }) {
  if (items.length === 1 || (items.length === 0 && measure !== "share")) return null;
  const names = [...new Set([...(items.length > 0 ? items : [outcome]), ...groups, ...within])];
  return ["tally", "FILE", `~ ${names.map(named).join(" + ")}`, ...designWords(design), "--output", "table.weeg"];
}

const quoted = (word) => (/^[\w./~=:,+-]+$/.test(word) && !word.startsWith("~") ? word : `'${word.replace(/'/g, "'\\''")}'`);

// A name that is no option, and of which no blank gets lost.
const shellName = ({ name }) => (/^[\s-]/.test(name) ? `./${name}` : name);

// Without the format, as somebody at a terminal reads it.
export function shellLine(words, source) {
  const format = words.indexOf("--format");
  const plain = format < 0 ? words : words.slice(0, format);
  return ["weeg", ...plain.map((word, k) => quoted(k === 1 ? wordOf(source, shellName) : word))].join(" ");
}
