// Which rows count: answers that were clicked, as a condition of the program; and chips, which take things off again.
import { element, fill, find } from "./dom.js";
import { named } from "./ask.js";
import { showOptions } from "./variables.js";
import { number, say } from "./words.js";

// A thing that was chosen, with a button that takes it off.
export const chip = (text, remove) => element("li", { class: "chip" }, element("span", {}, text),
  element("button", { type: "button", "aria-label": say("takeOff", { what: text }), onclick: remove }, "×"));

const textOf = (answer) => `"${answer.replace(/[\\"]/g, "\\$&")}"`;

// domain: Map of a variable's name to the Set of its answers that count. As a condition, or null without one.
export function conditionOf(domain) {
  const parts = [...domain].map(([name, answers]) => {
    const all = [...answers].map((answer) => `${named(name)} == ${textOf(answer)}`);
    return all.length === 1 ? all[0] : `(${all.join(" | ")})`;
  });
  return parts.length === 0 ? null : parts.join(" & ");
}

// The answers of the variable that is picked, to click; and what was clicked, of all variables. changed() after a click.
export function showDomain({ listed: variables, answers }, domain, label, changed) {
  const picker = find("domain-variable"), before = picker.value;
  showOptions("domain-variable", variables, say("pick"));
  picker.value = before;
  const name = picker.value;
  const toggle = (answer, on) => {
    const chosen = domain.get(name) ?? new Set();
    if (on) chosen.add(answer);
    else chosen.delete(answer);
    if (chosen.size > 0) domain.set(name, chosen);
    else domain.delete(name);
    changed();
  };
  fill("domain-answers", ...(answers.get(name) ?? []).map(({ answer, n }) => element("label", { class: "tick" },
    element("input", { type: "checkbox", checked: domain.get(name)?.has(answer), onchange: (event) => toggle(answer, event.target.checked) }),
    element("span", {}, answer), element("span", { class: "count" }, number(n)))));
  fill("domain", ...[...domain].map(([variable, chosen]) => chip(`${label(variable)}: ${[...chosen].join(", ")}`, () => {
    domain.delete(variable);
    changed();
  })));
}
