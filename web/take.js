// What is taken away: tables to paste, files to save. Nothing is sent: files are made here and saved by the browser.
import { element } from "./dom.js";

export const SVG = "http://www.w3.org/2000/svg";

export function save(name, type, ...parts) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = element("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // the browser reads it after the click
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

// A name for files: that of the data without its kind, and what is in them.
export const fileName = (data, what) => `${data.replace(/\.\w+$/, "")}-${what}`.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80);

// ---- tables ----

const plainWords = (node) => node.textContent.replace(/\s+/g, " ").trim();

// Rows of {text, head, number, span}. Intervals are a row of their own, so that a percentage is a number for a spreadsheet.
export function plainRows(table) {
  return [...table.rows].flatMap((row) => {
    const cells = [...row.cells].map((cell) => ({ text: plainWords(cell.querySelector(".share") ?? cell), span: cell.colSpan,
      head: cell.tagName === "TH", number: cell.classList.contains("number") }));
    if (row.querySelector(".interval") === null) return [cells];
    const below = [...row.cells].map((cell) => ({ text: plainWords(cell.querySelector(".interval") ?? document.createTextNode("")),
      span: cell.colSpan, head: false, number: cell.classList.contains("number") }));
    return [cells, below];
  });
}

// A table without classes and scripts, of texts alone, for other programs and for the report.
export function plainTable(table, page = document) {
  const made = page.createElement("table");
  made.setAttribute("border", "1");
  const body = made.appendChild(page.createElement("tbody"));
  for (const cells of plainRows(table)) {
    const row = body.appendChild(page.createElement("tr"));
    for (const { text, head, number, span } of cells) {
      const cell = row.appendChild(page.createElement(head ? "th" : "td"));
      if (number) cell.setAttribute("align", "right");
      if (span > 1) cell.setAttribute("colspan", span);
      cell.textContent = text;
    }
  }
  return made;
}

const tabbed = (table) => plainRows(table).map((cells) => cells.flatMap(({ text, span }) => [text, ...Array(span - 1).fill("")]).join("\t"))
  .join("\r\n");

// A copy event has no need of the permission that navigator.clipboard asks for, which a page from disk may not get.
export async function copy(plain, html = null) {
  let copied = false;
  const give = (event) => {
    event.preventDefault();
    event.stopPropagation();
    event.clipboardData.setData("text/plain", plain);
    if (html !== null) event.clipboardData.setData("text/html", html);
    copied = true;
  };
  document.addEventListener("copy", give, { capture: true, once: true });
  document.execCommand("copy");
  document.removeEventListener("copy", give, { capture: true });
  if (copied) return;
  const kinds = { "text/plain": new Blob([plain], { type: "text/plain" }) };
  if (html !== null) kinds["text/html"] = new Blob([html], { type: "text/html" });
  await navigator.clipboard.write([new ClipboardItem(kinds)]);
}

// Each under its title.
export function copyTables(tables) {
  const parts = tables.map((table) => {
    const title = table.caption === null ? "" : plainWords(table.caption);
    const heading = element("p", {}, element("b", {}, title));
    return { plain: `${title}\r\n${tabbed(table)}\r\n`, html: `${heading.outerHTML}${plainTable(table).outerHTML}` };
  });
  return copy(parts.map(({ plain }) => plain).join("\r\n"), `<meta charset="utf-8">${parts.map(({ html }) => html).join("")}`);
}

// ---- charts ----

const drawn = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "font-family", "font-size",
  "font-weight", "text-anchor", "dominant-baseline", "color"];

// The chart as a file of its own: with the page's style in it, on its paper.
export function chartText(chart) {
  const made = chart.cloneNode(true), from = [chart, ...chart.querySelectorAll("*")], to = [made, ...made.querySelectorAll("*")];
  const { width, height } = chart.getBoundingClientRect();
  from.forEach((node, k) => {
    const style = getComputedStyle(node);
    for (const name of drawn) to[k].setAttribute(name, style.getPropertyValue(name));
    to[k].removeAttribute("class");
    to[k].removeAttribute("style");
  });
  const box = chart.viewBox.baseVal;
  if (box === null || box.width === 0) made.setAttribute("viewBox", `0 0 ${width} ${height}`);
  made.setAttribute("width", width);
  made.setAttribute("height", height);
  made.setAttribute("xmlns", SVG);
  const paper = document.createElementNS(SVG, "rect"), view = made.viewBox.baseVal;
  for (const [name, value] of Object.entries({ x: view.x, y: view.y, width: "100%", height: "100%",
    fill: getComputedStyle(document.body).backgroundColor })) paper.setAttribute(name, value);
  made.prepend(paper);
  return new XMLSerializer().serializeToString(made);
}

// A picture of three dots per point, for print.
export async function chartPicture(chart) {
  const { width, height } = chart.getBoundingClientRect(), scale = 3;
  const url = URL.createObjectURL(new Blob([chartText(chart)], { type: "image/svg+xml" })), image = new Image();
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = () => reject(new Error("SVG"));
      image.src = url;
    });
  } finally {
    URL.revokeObjectURL(url);
  }
  const canvas = element("canvas", { width: Math.ceil(width * scale), height: Math.ceil(height * scale) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error("PNG")) : resolve(blob)), "image/png");
  });
}
