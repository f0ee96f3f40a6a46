// The list of variables of a file: searched, and each with its answers.
import { element, fill, find } from "./dom.js";
import { number, say } from "./words.js";

// {variables, answers: Map of name to [{answer, n}], sets: [{variable, label}], outcomes, listed} of the program's answer: sets are
// those of multiple responses in an SPSS file; listed: variables of which the answers are.
export function readVariables(result) {
  const answers = new Map(result.rows.map((row) => [row.variable, []]));
  for (const row of result.answers) answers.get(row.variable)?.push(row);
  const sets = result.answers.filter((row) => !answers.has(row.variable)).map((row) => ({ variable: row.variable, label: row.answer }));
  return { variables: result.rows, answers, sets, outcomes: [...sets, ...result.rows],
    listed: result.rows.filter(({ variable }) => answers.get(variable).length > 0) };
}

export const labelOf = (variable) => variable.label ?? variable.variable;

function matches(variable, answers, sought) {
  const text = [variable.variable, variable.label ?? "", ...answers.map((row) => row.answer)].join("\n").toLowerCase();
  return sought.split(/\s+/).every((word) => text.includes(word));
}

// use(role, name): what its buttons do.
function row(variable, answers, use) {
  const listed = answers.length === 0
    ? element("span", {}, variable.answers === null
      ? say("differentMore", { count: number(variable["more.than"]) }) : say("different", { count: number(variable.answers) }))
    : element("details", {}, element("summary", {}, number(variable.answers)),
      element("ul", {}, ...answers.map(({ answer, n }) => element("li", {}, `${answer} (${number(n)})`))));
  return element("tr", {},
    element("th", { scope: "row" }, element("span", { class: "label" }, labelOf(variable)),
      variable.label === null ? null : element("span", { class: "name" }, variable.variable)),
    element("td", { class: "uses" }, ...["outcome", "group"].map((role) => element("button", { type: "button",
      "aria-label": `${say(role)}: ${labelOf(variable)}`, onclick: () => use(role, variable.variable) }, say(role)))),
    element("td", {}, listed),
    element("td", { class: "number" }, number(variable.n)),
    element("td", { class: "number" }, number(variable.missing)));
}

// So many are listed at once; a search finds the others.
const MOST = 300;

export function showVariables({ variables, answers }, use) {
  const sought = find("search").value.trim().toLowerCase();
  const shown = variables.filter((variable) => matches(variable, answers.get(variable.variable), sought));
  fill("variables-head", ...["variable", "useAs", "answers", "rows", "missing"].map((key) => element("th", { scope: "col" }, say(key))));
  fill("variables-body", ...shown.slice(0, MOST).map((variable) => row(variable, answers.get(variable.variable), use)));
  fill("found", say(shown.length > MOST ? "foundMany" : "found", { count: number(shown.length), all: number(variables.length),
    most: number(MOST) }));
}

// What pickers have now, as thousands of options take a while to make: {variables, none} by id.
const pickers = new Map();

export function showOptions(id, variables, none) {
  const now = pickers.get(id);
  if (now?.variables === variables && now.none === none) return;
  pickers.set(id, { variables, none });
  fill(id, ...options(variables, none));
}

// The options of a picker.
function options(variables, none) {
  return [element("option", { value: "" }, none),
    ...variables.map((variable) => element("option", { value: variable.variable },
      variable.label === null ? variable.variable : `${variable.label} (${variable.variable})`))];
}
