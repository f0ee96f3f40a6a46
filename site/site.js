// Search, by an index that is a script, as browsers fetch nothing beside a page from disk; and where one is.
"use strict";

const root = document.body.dataset.root;
const wordsOf = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").match(/[a-z0-9_.]+/g) ?? [];

for (const link of document.querySelectorAll("header nav a")) {
  if (link.href.split("#")[0] === location.href.split(/[#?]/)[0]) link.setAttribute("aria-current", "page");
}

// Every word must occur; a page counts by where they do: its title, a heading, its text.
function hits(query) {
  const asked = wordsOf(query);
  if (asked.length === 0) return [];
  return SEARCH_INDEX.map((page) => {
    let score = 0;
    for (const word of asked) {
      const titled = page.words.title.includes(word), text = page.words.text.includes(word);
      if (!titled && !page.words.heads.includes(word) && !text) return { page, score: 0 };
      score += (page.names.includes(word) ? 40 : 0) + (titled ? 12 : 0) + (page.words.heads.includes(word) ? 4 : 0) + (text ? 1 : 0);
    }
    return { page, score };
  }).filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || a.page.title.localeCompare(b.page.title));
}

// Some words around the first that was asked for.
function around(page, query) {
  const [word] = wordsOf(query), at = Math.max(0, page.text.toLowerCase().indexOf(word));
  const from = Math.max(0, page.text.lastIndexOf(" ", Math.max(0, at - 60)));
  return `${from > 0 ? "… " : ""}${page.text.slice(from, from + 180).trim()} …`;
}

function node(name, text, ...children) {
  const made = document.createElement(name);
  made.append(...(text === null ? children : [text]));
  return made;
}

// What is wider than its place can be scrolled by the keyboard.
function reachable() {
  for (const part of document.querySelectorAll("main pre, main .scrolls")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
}
reachable();
addEventListener("resize", reachable);
addEventListener("load", reachable);

const list = document.getElementById("hits");
if (list !== null) {
  for (const page of SEARCH_INDEX) {
    const all = { title: page.title, heads: page.heads, text: page.text };
    page.words = Object.fromEntries(Object.entries(all).map(([part, text]) => [part, wordsOf(text).join(" ")]));
  }
  const query = new URLSearchParams(location.search).get("q") ?? "";
  document.getElementById("q").value = query;
  const found = hits(query);
  document.getElementById("found").textContent = query.trim() === "" ? "Type a word in the box above." :
    `${found.length === 0 ? "No page has" : found.length === 1 ? "1 page has" : `${found.length} pages have`} “${query}”.`;
  for (const { page } of found.slice(0, 40)) {
    const link = node("a", page.title);
    link.href = root + page.url;
    list.append(node("li", null, link, node("p", around(page, query))));
  }
}
