/* Results as Markdown and as HTML: the same blocks as the text, with tables that a program can tell as such. */
#include <string.h>

#include "results.h"

/* Text as it is meant, whatever marks it contains. */
static const char *escaped(const char *text, bool html) {
  cli_text out = {0};
  cli_add(&out, "");
  for (text = cli_visible(text); *text != '\0'; text++) {
    if (*text == '&') cli_add(&out, "&amp;");
    else if (*text == '<') cli_add(&out, "&lt;");
    else if (*text == '>') cli_add(&out, "&gt;");
    else if (html && *text == '"') cli_add(&out, "&quot;");
    else if (!html && strchr("\\`*_[]|~#", *text) != NULL) cli_addf(&out, "\\%c", *text);
    else cli_add_bytes(&out, text, 1);
  }
  return out.bytes;
}

static const char *stripped(const char *text) {
  while (*text == ' ') text++;
  size_t length = strlen(text);
  while (length > 0 && text[length - 1] == ' ') length--;
  return cli_copy(text, length);
}

/* The header of a column on one line, without what it and its neighbours are of. */
static const char *header_of(const cli_grid *grid, int32_t column) {
  const cli_list *lines = &grid->column[column].header;
  if (grid->paired > 0 && lines->count == 2 && strcmp(lines->item[0], "n") == 0) return "n (N)";
  cli_list parts = {0};
  for (int32_t i = grid->column[column].above; i < lines->count; i++) {
    if (stripped(lines->item[i])[0] != '\0') cli_push(&parts, stripped(lines->item[i]));
  }
  return cli_join(&parts, column == 0 ? ", " : " ");
}

/* A cell on one line: where lines are paired, the second one in brackets. */
static const char *cell_of(const cli_grid *grid, int32_t column, int32_t line, bool paired) {
  const char *first = stripped(grid->column[column].cells.item[line]);
  const char *second = paired ? stripped(grid->column[column].cells.item[line + 1]) : "";
  return second[0] == '\0' ? first : cli_format("%s (%s)", first, second);
}

/* ---- Markdown ---- */

static void markdown_grid(cli_text *out, const cli_grid *grid) {
  cli_add(out, "|");
  for (int32_t k = 0; k < grid->columns; k++) {
    const char *banner = grid->column[k].banner, *header = header_of(grid, k);
    cli_addf(out, " %s |", escaped(banner == NULL ? header : cli_format("%s: %s", banner, header), false));
  }
  cli_add(out, "\n|");
  for (int32_t k = 0; k < grid->columns; k++) cli_add(out, grid->column[k].left ? " :-- |" : " --: |");
  for (int32_t i = 0; i < grid->column[0].cells.count; i++) {
    const bool paired = i < 2 * grid->paired && (grid->heading == NULL || !grid->heading[i]);
    cli_add(out, "\n|");
    for (int32_t k = 0; k < grid->columns; k++) {
      const char *cell = escaped(cell_of(grid, k, i, paired), false);
      const bool bold = k == 0 && grid->heading != NULL && grid->heading[i];
      cli_addf(out, bold ? " **%s** |" : " %s |", cell);
    }
    i += paired;
  }
  cli_add(out, "\n");
}

void cli_markdown_format(const cli_result *result, cli_text *out) {
  for (int32_t i = 0; i < result->blocks; i++) {
    const cli_block *block = &result->block[i];
    switch (block->kind) {
    case CLI_TITLE:
      cli_addf(out, "## %s", escaped(block->text, false));
      if (block->by != NULL) cli_addf(out, " %s", escaped(block->by, false));
      cli_add(out, "\n\n");
      break;
    case CLI_CAPTION: cli_addf(out, "**%s**\n\n", escaped(block->text, false)); break;
    case CLI_NOTE: cli_addf(out, "%s: %s\n\n", escaped(block->text, false), escaped(block->by, false)); break;
    case CLI_GRID:
      markdown_grid(out, block->grid);
      cli_add(out, "\n");
      break;
    case CLI_SPACE: break;
    case CLI_PIECES:
    case CLI_WORDS:
    case CLI_LINE: cli_addf(out, "%s\n\n", escaped(block->text, false)); break;
    }
  }
  if (result->conventions != NULL) cli_addf(out, "%s\n", escaped(result->conventions, false));
}

/* ---- HTML ---- */

static const char style[] =
    "body { font: 16px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; color: #1a1a1a; }\n"
    "h1 { font-size: 1.3em; }\n"
    "h2 { font-size: 1.15em; margin-top: 2em; }\n"
    ".wide { overflow-x: auto; margin: 1em 0; }\n"
    "table { border-collapse: collapse; font-variant-numeric: tabular-nums; }\n"
    "caption { text-align: left; font-weight: 600; padding-bottom: 0.4em; max-width: calc(100vw - 2em); }\n"
    "caption.repeats { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }\n"
    "th, td { padding: 0.2em 0.8em; text-align: right; vertical-align: top; white-space: nowrap; }\n"
    "th:first-child { padding-left: 0; }\n"
    "th[scope=row], th[scope=rowgroup], .text { text-align: left; font-weight: 400; white-space: normal; }\n"
    "th[scope=row], td.text { min-width: 6em; }\n"
    "th[scope=rowgroup] { font-weight: 600; padding-top: 0.6em; }\n"
    "th[scope=colgroup] { text-align: center; border-bottom: 1px solid #bbb; }\n"
    ".mark { display: inline-block; min-width: 2.5em; text-align: left; font-size: 0.8em; color: #154273; }\n"
    ".bases { color: #555; }\n"
    ".book { max-width: 90em; }\n"
    ".book thead th { white-space: normal; min-width: 5em; max-width: 14em; overflow-wrap: break-word; }\n"
    ".book thead th[scope=colgroup] { max-width: none; background: #eef2f6; }\n"
    ".book th[scope=row] { min-width: min(15em, 40vw); max-width: 30em; }\n"
    ".book caption { font-weight: 400; color: #444; }\n"
    ".letter { display: block; font-weight: 400; color: #555; }\n"
    ".first { border-left: 1px solid #bbb; }\n"
    ".search input { font: inherit; padding: 0.35em 0.6em; width: min(100%, 26em); border: 1px solid #777; }\n"
    "[hidden] { display: none; }\n"
    "thead th { border-bottom: 1px solid #444; vertical-align: bottom; font-weight: 600; }\n"
    ".note { font-size: 0.9em; color: #444; }\n"
    "@media (max-width: 30em) { body { margin: 1em auto; } th, td { padding: 0.2em 0.35em; } }\n"
    "@media print { body { font-size: 11pt; margin: 0; max-width: none; padding: 0; } .wide { overflow: visible; }\n"
    "  h1, h2, caption { break-after: avoid; } tr { break-inside: avoid; }\n"
    "  tr:has(th[scope=rowgroup]) { break-after: avoid; } }\n";

/* Whether the columns of a variable begin with this one. */
static bool is_first(const cli_grid *grid, int32_t k) {
  const char *banner = grid->column[k].banner, *before = k == 0 ? NULL : grid->column[k - 1].banner;
  return banner != NULL && (before == NULL || strcmp(before, banner) != 0);
}

static void html_cell(cli_text *out, const cli_grid *grid, int32_t column, int32_t line, bool paired) {
  const char *cell = escaped(cell_of(grid, column, line, paired), true);
  const char *mark = grid->column[column].mark == NULL ? NULL : grid->column[column].mark[line];
  if (mark != NULL) {
    const char *both = grid->column[column].cells.item[line];
    const char *figure = cli_copy(both, strlen(both) - strlen(mark));
    cli_addf(out, "<td%s>%s<span class=\"mark\">%s</span></td>", is_first(grid, column) ? " class=\"first\"" : "",
             escaped(stripped(figure), true), escaped(stripped(mark), true));
    return;
  }
  if (column < cli_grid_keys(grid)) cli_addf(out, "<th scope=\"row\">%s</th>", cell);
  else cli_addf(out, "<td%s>%s</td>", grid->column[column].left ? " class=\"text\"" : "", cell);
}

/* The header of a column whose last line is a letter. */
static const char *lettered_header(const cli_grid *grid, int32_t column) {
  const cli_list *lines = &grid->column[column].header;
  const char *letter = lines->count == 0 ? "" : lines->item[lines->count - 1];
  if (letter[0] == '\0' || lines->count < 2) return escaped(header_of(grid, column), true);
  cli_list parts = {0};
  for (int32_t i = grid->column[column].above; i < lines->count - 1; i++) {
    if (stripped(lines->item[i])[0] != '\0') cli_push(&parts, stripped(lines->item[i]));
  }
  return cli_format("%s<span class=\"letter\">%s</span>", escaped(cli_join(&parts, " "), true), escaped(letter, true));
}

/* What columns are of above them, where they are of something. */
static void html_header(cli_text *out, const cli_grid *grid) {
  bool banners = false;
  cli_text below = {0}, groups = {0};
  for (int32_t k = 0; k < grid->columns; k++) banners = banners || grid->column[k].banner != NULL;
  cli_add(&below, "");
  cli_add(&groups, "");
  cli_text above = {0};
  for (int32_t k = 0; k < grid->columns; k++) {
    const bool text = k == 0 || grid->column[k].left;
    const char *banner = grid->column[k].banner, *header = escaped(header_of(grid, k), true);
    if (banner != NULL) {
      int32_t span = 1;
      while (k + span < grid->columns && grid->column[k + span].banner != NULL &&
             strcmp(grid->column[k + span].banner, banner) == 0) {
        span++;
      }
      const bool first = is_first(grid, k);
      if (first) cli_addf(&groups, "<colgroup span=\"%d\"></colgroup>", (int)span);
      if (first) {
        cli_addf(&above, "<th scope=\"colgroup\" class=\"first\" colspan=\"%d\">%s</th>", (int)span, escaped(banner, true));
      }
      cli_addf(&below, "<th scope=\"col\"%s>%s</th>", first ? " class=\"first\"" : "", lettered_header(grid, k));
      continue;
    }
    if (banners) cli_add(&groups, "<colgroup span=\"1\"></colgroup>");
    cli_addf(&above, "<th scope=\"col\"%s%s>%s</th>", text ? " class=\"text\"" : "", banners ? " rowspan=\"2\"" : "", header);
  }
  cli_addf(out, "%s%s<thead>\n<tr>%s</tr>\n", groups.bytes, banners ? "\n" : "", above.bytes);
  if (banners) cli_addf(out, "<tr>%s</tr>\n", below.bytes);
  cli_add(out, "</thead>\n");
}

/* On a narrow screen the table moves within its own frame, which the keyboard can reach. A title that stands above already is
 * there for those who do not see the page. */
static void html_grid(cli_text *out, const cli_grid *grid, const char *label, const char *caption, bool repeats) {
  cli_addf(out, "<div class=\"wide\" role=\"group\" tabindex=\"0\" aria-label=\"%s\">\n", escaped(label, true));
  cli_addf(out, "<table>\n<caption%s>%s</caption>\n", repeats ? " class=\"repeats\"" : "", escaped(caption, true));
  html_header(out, grid);
  cli_add(out, "<tbody>\n");
  for (int32_t i = 0; i < grid->column[0].cells.count; i++) {
    const bool paired = i < 2 * grid->paired;
    if (grid->heading != NULL && grid->heading[i]) {
      if (i > 0) cli_add(out, "</tbody>\n<tbody>\n");
      cli_addf(out, "<tr><th scope=\"rowgroup\" colspan=\"%d\">%s</th></tr>\n", (int)grid->columns,
               escaped(cell_of(grid, 0, i, false), true));
      continue;
    }
    if (i > 0 && i == grid->foot) cli_add(out, "</tbody>\n<tbody class=\"bases\">\n");
    cli_add(out, "<tr>");
    for (int32_t k = 0; k < grid->columns; k++) html_cell(out, grid, k, i, paired);
    cli_add(out, "</tr>\n");
    i += paired;
  }
  cli_add(out, "</tbody>\n</table>\n</div>\n");
}

/* As the page of weeg_save() in R has it: without scripts all questions are there, and no field. */
static const char search[] =
    "<p class=\"search\" hidden=\"\"><label for=\"search\">%s</label><br/>"
    "<input type=\"search\" id=\"search\"/> <span role=\"status\" id=\"found\"></span></p>\n";

static const char script[] =
    "(function () {\n"
    "  var field = document.getElementById('search'), found = document.getElementById('found');\n"
    "  var sections = document.querySelectorAll('.question'), links = document.querySelectorAll('nav li');\n"
    "  field.parentNode.hidden = false;\n"
    "  field.addEventListener('input', function () {\n"
    "    var words = field.value.toLowerCase().split(/\\s+/), count = 0;\n"
    "    sections.forEach(function (section, k) {\n"
    "      var text = section.textContent.toLowerCase();\n"
    "      var shown = words.every(function (word) { return text.indexOf(word) >= 0; });\n"
    "      section.hidden = !shown;\n"
    "      if (links[k]) links[k].hidden = !shown;\n"
    "      count += shown;\n"
    "    });\n"
    "    found.textContent = field.value ? count + '%s' + sections.length + '%s' : '';\n"
    "  });\n"
    "})();\n";

static const char *title_of(const cli_block *block) {
  return block->by == NULL ? block->text : cli_format("%s %s", block->text, block->by);
}

/* A list of all titles but the first, with links. */
static void html_contents(cli_text *out, const cli_result *result) {
  int titles = 0;
  cli_addf(out, "<nav aria-label=\"%s\">\n<ul>\n", cli_said("Contents"));
  for (int32_t i = 0; i < result->blocks; i++) {
    if (result->block[i].kind != CLI_TITLE || titles++ == 0) continue;
    cli_addf(out, "<li><a href=\"#question-%d\">%s</a></li>\n", titles - 1, escaped(title_of(&result->block[i]), true));
  }
  cli_add(out, "</ul>\n</nav>\n");
  cli_addf(out, search, cli_said("Search questions and answers"));
}

/* The section of a question, which ends behind what is said of its table. */
static void html_question(cli_text *out, const char *title, int number) {
  cli_addf(out, "<section class=\"question\" aria-labelledby=\"question-%d\">\n<h2 id=\"question-%d\">%s</h2>\n", number, number,
           escaped(title, true));
}

void cli_html_format(const cli_result *result, cli_text *out) {
  const char *title = result->command, *caption = NULL;
  int titles = 0;
  bool open = false;
  for (int32_t i = result->blocks - 1; i >= 0; i--) {
    if (result->block[i].kind == CLI_TITLE) title = title_of(&result->block[i]);
  }
  cli_addf(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>%s</title>\n<style>\n%s"
                "</style>\n</head>\n<body%s>\n<main>\n",
           cli_language(), escaped(title, true), style, result->contents ? " class=\"book\"" : "");
  for (int32_t i = 0; i < result->blocks; i++) {
    const cli_block *block = &result->block[i];
    switch (block->kind) {
    case CLI_TITLE:
      title = title_of(block);
      if (titles == 0) cli_addf(out, "<h1>%s</h1>\n", escaped(title, true));
      else if (result->contents) html_question(out, title, titles);
      else cli_addf(out, "<h2>%s</h2>\n", escaped(title, true));
      if (titles++ == 0 && result->contents) html_contents(out, result);
      open = result->contents && titles > 1;
      break;
    case CLI_CAPTION: caption = block->text; break;
    case CLI_NOTE: cli_addf(out, "<p class=\"note\">%s: %s</p>\n", escaped(block->text, true), escaped(block->by, true)); break;
    case CLI_GRID:
      html_grid(out, block->grid, caption == NULL ? title : result->contents ? cli_format("%s; %s", title, caption) : caption,
                caption == NULL ? title : caption, caption == NULL);
      caption = NULL;
      break;
    case CLI_SPACE:
      /* one of a question stands before its table, the other ends it */
      if (open && (i + 1 == result->blocks || result->block[i + 1].kind != CLI_GRID)) cli_add(out, "</section>\n");
      open = open && i + 1 < result->blocks && result->block[i + 1].kind == CLI_GRID;
      break;
    case CLI_PIECES:
    case CLI_WORDS:
    case CLI_LINE: cli_addf(out, "<p>%s</p>\n", escaped(block->text, true)); break;
    }
  }
  if (result->conventions != NULL) cli_addf(out, "<p class=\"note\">%s</p>\n", escaped(result->conventions, true));
  cli_add(out, "</main>\n");
  if (result->contents) {
    cli_add(out, "<script>\n");
    cli_addf(out, script, cli_said(" of "), cli_said(" questions"));
    cli_add(out, "</script>\n");
  }
  cli_add(out, "</body>\n</html>\n");
}
