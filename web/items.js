// Several yes/no variables as one question with several answers; and answers of a question taken together.
import { element, fill, find } from "./dom.js";
import { chip } from "./domain.js";
import { labelOf } from "./variables.js";
import { number, say } from "./words.js";

const meansNamed = /^(1|yes|ja|j|y|true|waar|genoemd|mentioned|named|selected|gekozen|aangekruist)$/i;
const isItem = (variable, answers) => (variable.kind === "logical" || answers.length === 2 || answers.length === 1);

// Of variables that are not logical, the answer that means "named": that of the first item that looks like it; else its last.
export function yesOf({ variables, answers }, items) {
  const first = variables.find((variable) => variable.variable === items[0]);
  if (first === undefined || first.kind === "logical") return null;
  const own = answers.get(first.variable).map((row) => row.answer);
  return own.find((answer) => meansNamed.test(answer)) ?? own.at(-1);
}

let itemsOf = null; // the list of which the boxes are

// items: the Set of those that were chosen, which a click changes.
export function showItems(list, items, changed) {
  if (itemsOf === list) {
    for (const box of document.querySelectorAll("#items input")) box.checked = items.has(box.value);
    return;
  }
  itemsOf = list;
  const { variables, answers } = list;
  const fit = variables.filter((variable) => isItem(variable, answers.get(variable.variable)));
  find("items-part").hidden = fit.length < 2;
  fill("items", ...fit.map((variable) => element("label", { class: "tick" },
    element("input", { type: "checkbox", value: variable.variable, checked: items.has(variable.variable), onchange: (event) => {
      if (event.target.checked) items.add(variable.variable);
      else items.delete(variable.variable);
      changed();
    } }), element("span", {}, labelOf(variable)))));
}

// The answers of the outcome to take together as one, under a name. net: {name, answers} or null; changed(net).
export function showNet(answers, net, changed) {
  find("net-part").hidden = answers.length < 3;
  fill("net-answers", ...answers.map(({ answer, n }) => element("label", { class: "tick" },
    element("input", { type: "checkbox", value: answer, checked: net?.answers.includes(answer) }),
    element("span", {}, answer), element("span", { class: "count" }, number(n)))));
  fill("net", ...(net === null ? [] : [chip(`${net.name} = ${net.answers.join(" + ")}`, () => changed(null))]));
}

// What is ticked, as a net; null where nothing is, or all.
export function tickedNet() {
  const ticks = [...document.querySelectorAll("#net-answers input")], on = ticks.filter((tick) => tick.checked);
  if (on.length === 0 || on.length === ticks.length) return null;
  const answers = on.map((tick) => tick.value);
  return { name: (find("net-name").value.trim() || answers.join(" / ")).replace(/=/g, " "), answers };
}
