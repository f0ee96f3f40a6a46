// Several files as the waves of one survey: their names, which are proposed after those of the files and confirmed in a panel; and
// what is open, {files, labels, wave, confirmed, own}, as a word of the program. Of one file there is no wave: null.
import { element, fill, find } from "./dom.js";
import { say } from "./words.js";

export const isTallyFile = (name) => /\.weeg$/i.test(name);
const plainName = (name) => name.replace(/(\.(sav|zsav|por|csv|tsv|txt|gz))+$/i, "");

// ---- proposals ----

const collator = new Intl.Collator(undefined, { numeric: true });
const isEach = (labels) => labels.every((label) => label !== "" && label.length <= 40) && new Set(labels).size === labels.length;

// Of texts cut into words, numbers and what is between: what is not the same in all at the beginning and the end.
function differing(names) {
  const parts = names.map((name) => name.match(/\d+|\p{L}+|[^\d\p{L}]+/gu) ?? []), shortest = Math.min(...parts.map((list) => list.length));
  const same = (place) => parts.every((list) => list.at(place) === parts[0].at(place));
  let start = 0, end = 0;
  while (start < shortest && same(start)) start++;
  while (end < shortest - start && same(-1 - end)) end++;
  return parts.map((list) => list.slice(start, list.length - end).join("").replace(/^[\s_.-]+|[\s_.-]+$/g, ""));
}

// The year in the name of each file; else what differs in the names; else a number.
export function proposeLabels(names) {
  const plain = names.map(plainName), years = plain.map((name) => name.match(/(?<!\d)(19|20)\d\d(?!\d)/g) ?? []);
  const first = years.every((list) => list.length === 1) ? years.map(([year]) => year) : [""];
  if (isEach(first)) return first;
  const differ = differing(plain);
  return isEach(differ) ? differ : names.map((name, k) => say("waveNumber", { k: k + 1 }));
}

// A name of the variable that no column has.
function proposeName(columns) {
  const taken = new Set(columns.map((name) => name.toLowerCase()));
  const list = [...say("waveVariables").split(" "), ..."wave_1 wave_2 wave_3 wave_4".split(" ")];
  return list.find((name) => !taken.has(name)) ?? "wave_of_file";
}

// ---- what is open ----

// Why files cannot be opened together, or null.
export function refusalOf(files) {
  const names = files.map(({ name }) => name), twice = names.find((name, k) => names.indexOf(name) < k);
  if (files.length > 1 && names.some(isTallyFile)) return say("talliesAlone");
  return twice === undefined ? null : say("sameName", { file: twice });
}

// Files in the order of their names, or behind those of `before`, which keep the names that the user gave them.
export function sourceOf(given, before = null) {
  const old = before?.files ?? [], sorted = [...given].sort((a, b) => collator.compare(a.name, b.name));
  const source = { files: [...old, ...sorted], wave: before?.wave ?? null, confirmed: false, own: before?.own ?? false };
  source.labels = proposeLabels(source.files.map(({ name }) => name));
  if (before === null || !before.own) {
    const order = source.files.map((file, k) => k).sort((a, b) => collator.compare(source.labels[a], source.labels[b]));
    return { ...source, files: order.map((k) => source.files[k]), labels: order.map((k) => source.labels[k]) };
  }
  before.labels.forEach((label, k) => { source.labels[k] = label; });
  return isEach(source.labels) ? source
    : { ...source, labels: source.labels.map((label, k) => before.labels[k] ?? say("waveNumber", { k: k + 1 })) };
}

export const isSeveral = (source) => source !== null && source.files.length > 1;
export const waveOf = (source) => (isSeveral(source) ? source.wave : null);

// columns: names of all in the files.
export function nameWave(source, columns) {
  if (isSeveral(source) && (source.wave === null || !source.own)) source.wave = proposeName(columns);
}

// ---- words ----

// What would end a part of the word has a backslash before it.
const marked = (text, ends) => text.replace(ends, "\\$&");

// As the program takes it; nameOf(file): how each is called.
export const wordOf = (source, nameOf) => (!isSeveral(source) ? nameOf(source.files[0])
  : `${marked(source.wave, /[\\=]/g)}=${source.files.map((file, k) => `${marked(source.labels[k], /[\\,:]/g)}:${marked(nameOf(file), /[\\,]/g)}`).join(",")}`);

export const shownNames = ({ files }) => files.map(({ name }) => name).join(", ");

// What files that are saved are named after.
export const sourceName = (source) => (isSeveral(source) ? `${plainName(source.files[0].name).slice(0, 40)}-${source.labels.at(-1)}`
  : source.files[0].name.replace(/\.\w+$/, ""));

// ---- the panel ----

const waveButton = (key, file, act) => element("button", { type: "button", "aria-label": `${say(key)}: ${file.name}`, onclick: act }, say(key));

function waveLine(source, k, act) {
  const file = source.files[k], input = element("input", { id: `wave-${k}`, autocomplete: "off", onchange: act.named });
  input.value = source.labels[k];
  const without = (list) => list.filter((one, at) => at !== k);
  const earlier = (list) => [...list.slice(0, k - 1), list[k], list[k - 1], ...list.slice(k + 1)];
  const moved = (how) => {
    Object.assign(source, { files: how(source.files), labels: how(source.labels) });
    act.moved();
  };
  return element("li", {}, element("label", { for: input.id }, say("waveIn", { file: file.name })),
    element("div", { class: "buttons" }, input, ...(k === 0 ? [] : [waveButton("earlier", file, () => moved(earlier))]),
      waveButton("remove", file, () => moved(without))));
}

// Whether names are a proposal. act: {named, moved, confirmed}, called when names were changed, files were moved or taken out, or all
// was confirmed.
export function showProposal(source, act) {
  const open = isSeveral(source) && !source.confirmed;
  fill("waves-what", say(open ? "wavesProposed" : "wavesWhat"));
  fill("waves-buttons", ...(open ? [element("button", { type: "button", id: "waves-confirm", onclick: act.confirmed }, say("confirm"))] : []));
  fill("unconfirmed-waves", open ? say("unconfirmedWaves", { names: source.labels.join(", ") }) : "");
}

// That, and the list. While names are typed it stays as it is, lest the focus get lost.
export function showWaves(source, act) {
  const several = isSeveral(source);
  find("waves").hidden = !several;
  find("add-part").hidden = source === null || isTallyFile(source.files[0].name);
  fill("wave-list", ...(several ? source.files.map((file, k) => waveLine(source, k, act)) : []));
  find("wave-name").value = several ? source.wave ?? "" : "";
  showProposal(source, act);
}

// Takes the names that stand in the panel; false: a wave has none, or one has that of another.
export function takeNames(source) {
  const labels = source.files.map((file, k) => find(`wave-${k}`).value.trim()), wave = find("wave-name").value.trim();
  if (wave === "" || !isEach(labels)) return false;
  Object.assign(source, { labels, wave, own: true, confirmed: true });
  return true;
}
