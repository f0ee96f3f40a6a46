// Charts of the program's figures, as SVG: bars of 100 % and points with intervals. Colours, shapes and signs are those of reports.
import { isProtected, isShown, signOf } from "./table.js";
import { number, percent, say } from "./words.js";

const INK = "#1f2933", SOFT = "#52606d", GRID = "#dde3e8", HIGH = 13;
const shades = { 1: ["#1d5c96"], 2: ["#cfe6f2", "#0b2f5c"], 3: ["#cfe6f2", "#3f8fbf", "#0b2f5c"],
  4: ["#cfe6f2", "#78b2d3", "#296da3", "#0b2f5c"], 5: ["#cfe6f2", "#8cc3dd", "#3f8fbf", "#1d5c96", "#0b2f5c"],
  6: ["#cfe6f2", "#99cae1", "#5ea4cb", "#3884b6", "#1a5284", "#0b2f5c"] };
const hues = ["#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#0072B2", "#D55E00", "#F0E442", "#999999"];
const strokes = ["#0b5a8a", "#b34700", "#2f6b3a", "#7a3e8e"];

export const mostColours = hues.length;

const colours = (count) => shades[count] ?? hues;

function svg(name, given = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(given)) made.setAttribute(key, typeof value === "number" ? value.toFixed(1) : value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

// The widths of letters are those that the browser will draw.
const measuring = document.createElement("canvas").getContext("2d");

function wide(text, size = HIGH) {
  measuring.font = `${size}px system-ui, sans-serif`;
  return measuring.measureText(text).width;
}

// A text in lines of a width; a word that is wider itself is cut.
function wrapped(text, width) {
  const made = [];
  for (let word of text.split(/\s+/)) {
    while (word.length > 8 && wide(word) > width) {
      const fits = Math.max(8, Math.floor(word.length * width / wide(word)) - 1);
      made.push(word.slice(0, fits));
      word = word.slice(fits);
    }
    const joined = made.length === 0 ? word : `${made.at(-1)} ${word}`;
    if (made.length > 0 && wide(joined) <= width) made[made.length - 1] = joined;
    else made.push(word);
  }
  return made;
}

const written = (x, y, all, given = {}) => all.map((text, k) => svg("text", { x, y: y + 16 * k, "font-size": "13", fill: INK, ...given }, text));

// WCAG's luminance: of black and white, the one that is easier to read on a colour.
function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  const light = r * 0.2126 + g * 0.7152 + b * 0.0722;
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

const square = (x, y, colour) => svg("rect", { x, y: y - 11, width: 14, height: 14, fill: colour, stroke: SOFT, "stroke-width": "0.7" });

// Series differ in colour and in shape.
function mark(x, y, level, colour) {
  const at = (path) => svg("path", { d: `M${x.toFixed(1)} ${(y - 6).toFixed(1)}${path}`, fill: colour });
  return [() => svg("circle", { cx: x, cy: y, r: 5, fill: colour }),
    () => svg("rect", { x: x - 4.5, y: y - 4.5, width: 9, height: 9, fill: colour }),
    () => at("l6 10h-12z"), () => at("l6 6l-6 6l-6 -6z")][level % 4]();
}

function legend(names, width, drawn) {
  const parts = [];
  let x = 2, y = 12;
  names.forEach((name, k) => {
    const text = wrapped(name, width - 60), needs = 24 + Math.max(...text.map((line) => wide(line)));
    if (x > 2 && x + needs > width - 10) {
      x = 2;
      y += 22;
    }
    parts.push(drawn(x, y, k), ...written(x + 20, y, text));
    y += 16 * (text.length - 1);
    x += needs + 16;
  });
  return { parts, height: names.length === 0 ? 0 : y + 16 };
}

function labelled(names, y, left, more = null) {
  const all = wrapped(names.join(", "), left - 20), top = y + 4.5 - 8 * (all.length - (more === null ? 1 : 0));
  return [...written(left - 12, top, all, { "text-anchor": "end" }),
    ...(more === null ? [] : written(left - 12, top + 16 * all.length, [more], { "text-anchor": "end", fill: SOFT }))];
}

const heightOf = (names, left, least, more) => Math.max(least, 16 * (wrapped(names.join(", "), left - 20).length + more) + 10);

function drawing(laid, width, height, parts) {
  return svg("svg", { viewBox: `0 0 ${width} ${Math.ceil(height)}`, width: "100%", role: "img", class: "chart",
    "font-family": "system-ui, sans-serif", "aria-label": laid.title },
  svg("title", {}, laid.title), svg("desc", {}, say("chartSays")),
  svg("rect", { x: 0, y: 0, width, height: Math.ceil(height), fill: "#ffffff" }), ...parts);
}

// width: in which it will be seen, so that texts have their size.
export function barChart(laid, width) {
  const left = Math.min(220, Math.round(0.34 * width)), full = width - left - 12, colour = colours(laid.answers.length), parts = [];
  const key = legend(laid.answers, width, (x, y, k) => square(x, y, colour[k]));
  let y = key.height + 4;
  for (const { names, rows } of laid.groups) {
    const high = heightOf(names, left, 40, 1), middle = y + high / 2;
    let from = left;
    parts.push(...labelled(names, middle, left, `n = ${number(rows[0]?.["n.base"])}`));
    laid.answers.forEach((answer, k) => {
      const row = rows.find((one) => one.level === answer);
      if (!isShown(row) || row.estimate <= 0) return;
      const long = full * row.estimate, text = percent(row.estimate) + signOf(row);
      parts.push(svg("rect", { x: from, y: middle - 13, width: long, height: 26, fill: colour[k], stroke: "#ffffff", "stroke-width": "0.7" },
        svg("title", {}, `${answer}: ${percent(row.estimate)}%`)));
      if (wide(text) + 8 < long) parts.push(...written(from + long / 2, middle + 4.5, [text], { "text-anchor": "middle", fill: inkOn(colour[k]) }));
      from += long;
    });
    if (rows.some(isProtected)) parts.push(...written(from + 4, middle + 4.5, [say("hiddenSign")]));
    else if (!rows.some(isShown)) parts.push(...written(left + 4, middle + 4.5, ["–"]));
    y += high;
  }
  return drawing(laid, width, y + 6, [...key.parts, ...parts]);
}

// Round ticks from `low` to `high`.
function ticksOf(low, high, most) {
  const rough = (high - low || 1) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((by) => by * power).find((by) => by >= rough), ticks = [];
  for (let k = Math.floor(low / step + 1e-9); k * step < high + step * (1 - 1e-9); k++) ticks.push(k * step);
  return ticks;
}

// Of items and means a row each, of answers a row for each group and a mark for each answer; of items, a mark for each group.
export function pointChart(laid, width) {
  const items = laid.kind === "items", single = laid.kind === "mean" || laid.kind === "median", left = Math.min(260, Math.round(0.4 * width));
  const places = items ? laid.answers.map((answer) => ({ names: [laid.called(answer)],
    rows: laid.groups.map(({ rows }) => rows.find((row) => row.level === answer)) }))
    : laid.groups.map(({ names, rows }) => ({ names, rows: single ? rows : laid.answers.map((answer) => rows.find((row) => row.level === answer)) }));
  const series = items ? laid.groups.map(({ names }) => names.join(", ")) : single ? [] : laid.answers;
  const colour = series.length <= 4 ? strokes : [...strokes, ...hues], known = places.flatMap(({ rows }) => rows).filter(isShown);
  const values = known.flatMap((row) => [row.estimate, row["conf.low"], row["conf.high"]]).filter((x) => typeof x === "number");
  const ticks = ticksOf(single ? Math.min(...values) : 0, Math.max(...values), Math.max(2, Math.floor((width - left) / 80))).filter((tick) => single || tick <= 1 + 1e-9);
  const from = ticks[0], to = Math.max(ticks.at(-1), ...values), parts = [];
  const place = (x) => left + 6 + (width - left - 46) * (x - from) / (to - from || 1);
  const key = legend(series.length > 1 ? series : [], width, (x, y, k) => mark(x + 7, y - 4.5, k, colour[k % colour.length]));
  const top = key.height + 4, heights = places.map(({ names, rows }) => heightOf(names, left, 18 * rows.length + 14, 0));
  const end = top + heights.reduce((sum, high) => sum + high, 0);
  for (const tick of ticks) {
    parts.push(svg("line", { x1: place(tick), y1: top, x2: place(tick), y2: end, stroke: GRID }),
      ...written(place(tick), end + 18, [single ? number(tick, Math.abs(ticks[1] - ticks[0]) < 1 ? 1 : 0) : `${number(100 * tick)}%`],
        { "text-anchor": "middle", "font-size": "12", fill: SOFT }));
  }
  let y = top;
  places.forEach(({ names, rows }, at) => {
    parts.push(...labelled(names, y + heights[at] / 2, left));
    rows.forEach((row, k) => {
      if (!isShown(row)) return;
      const own = colour[k % colour.length], middle = y + heights[at] / 2 + 18 * (k - (rows.length - 1) / 2);
      if (typeof row["conf.low"] === "number") parts.push(svg("line", { x1: place(row["conf.low"]), y1: middle, x2: place(row["conf.high"]), y2: middle,
        stroke: own, "stroke-width": "2" }));
      parts.push(mark(place(row.estimate), middle, k, own),
        ...written(place(row["conf.high"] ?? row.estimate) + 5, middle + 4, [signOf(row)], { "font-size": "12" }));
    });
    y += heights[at];
  });
  return drawing(laid, width, end + 26, [...key.parts, ...parts]);
}
