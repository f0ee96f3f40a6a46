/*
 * A book as a workbook of Office Open XML (ECMA-376): a sheet of contents with links, and one for each question, laid out as
 * weeg_save() in R does; and any other table as a workbook. Numbers are numbers with a format; texts are inline strings, so
 * that none is a formula. Written here, and not by a library, as it takes less than is written for a library's calls and for
 * its absence.
 */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "show/workbook.h"

#define OF_FORMATS "http://schemas.openxmlformats.org/"

/* The styles of cells. Each has a twin with a line at its left, where a variable begins, at the next number. */
enum { PLAIN, TITLE = 2, QUIET = 4, LINK = 6, BANNER = 8, HEAD = 10, LETTER = 12, SHARE = 14, COUNT = 16, WEIGHTED = 18,
       PVALUE = 20, MARKS = 22, BASE = 24, WRAP = 26, NUMBER = 28, BASE_COUNT = 30, BASE_WEIGHTED = 32, MEAN = 34 };

/* Means have as many decimals as their question, behind MEAN: none that are fixed, then 0, 1, ... of them. */
enum { MOST_DECIMALS = 10, FORMATS = 167 };

enum { REGULAR, LARGE, SMALL_GREY, BLUE, BOLD, SMALL_BLUE, GREY };

static const char fonts[] =
    "<fonts count=\"7\"><font><sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font>"
    "<font><b/><sz val=\"12\"/><name val=\"Calibri\"/><family val=\"2\"/></font>"
    "<font><sz val=\"9\"/><color rgb=\"FF595959\"/><name val=\"Calibri\"/><family val=\"2\"/></font>"
    "<font><u/><sz val=\"11\"/><color rgb=\"FF0B5A8A\"/><name val=\"Calibri\"/><family val=\"2\"/></font>"
    "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font>"
    "<font><sz val=\"9\"/><color rgb=\"FF154273\"/><name val=\"Calibri\"/><family val=\"2\"/></font>"
    "<font><sz val=\"11\"/><color rgb=\"FF595959\"/><name val=\"Calibri\"/><family val=\"2\"/></font></fonts>"
    "<fills count=\"3\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill>"
    "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFEEF2F6\"/></patternFill></fill></fills>"
    "<borders count=\"4\"><border/><border><left style=\"thin\"><color rgb=\"FFC5CED6\"/></left></border>"
    "<border><left/><right/><top/><bottom style=\"medium\"/></border>"
    "<border><left style=\"thin\"><color rgb=\"FFC5CED6\"/></left><right/><top/><bottom style=\"medium\"/></border></borders>"
    "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>";

/* number: of its format. */
typedef struct look {
  int font, fill, border, number;
  const char *alignment;
} look;

static const look looks[] = {
    [PLAIN / 2] = {REGULAR, 0, 0, 0, "vertical=\"center\" wrapText=\"1\""},
    [TITLE / 2] = {LARGE, 0, 0, 0, ""},
    [QUIET / 2] = {SMALL_GREY, 0, 0, 0, ""},
    [LINK / 2] = {BLUE, 0, 0, 0, "vertical=\"center\""},
    [BANNER / 2] = {BOLD, 2, 0, 0, "horizontal=\"center\" vertical=\"center\" wrapText=\"1\""},
    [HEAD / 2] = {BOLD, 0, 0, 0, "horizontal=\"center\" vertical=\"bottom\" wrapText=\"1\""},
    [LETTER / 2] = {SMALL_GREY, 0, 2, 0, "horizontal=\"center\""},
    [SHARE / 2] = {REGULAR, 0, 0, 164, "horizontal=\"right\" vertical=\"center\""},
    [COUNT / 2] = {REGULAR, 0, 0, 3, "horizontal=\"right\" vertical=\"center\""},
    [WEIGHTED / 2] = {REGULAR, 0, 0, 165, "horizontal=\"right\" vertical=\"center\""},
    [PVALUE / 2] = {REGULAR, 0, 0, 166, "horizontal=\"right\" vertical=\"center\""},
    [MARKS / 2] = {SMALL_BLUE, 0, 0, 0, "horizontal=\"right\" vertical=\"center\""},
    [BASE / 2] = {GREY, 0, 0, 0, ""},
    [WRAP / 2] = {REGULAR, 0, 0, 0, "vertical=\"center\" wrapText=\"1\""},
    [NUMBER / 2] = {BOLD, 0, 2, 0, "horizontal=\"center\" vertical=\"bottom\" wrapText=\"1\""},
    [BASE_COUNT / 2] = {GREY, 0, 0, 3, "horizontal=\"right\""},
    [BASE_WEIGHTED / 2] = {GREY, 0, 0, 165, "horizontal=\"right\""},
};

static void add_look(cli_text *out, look x) {
  for (int edge = 0; edge < 2; edge++) {
    cli_addf(out, "<xf numFmtId=\"%d\" fontId=\"%d\" fillId=\"%d\" borderId=\"%d\" xfId=\"0\" applyNumberFormat=\"1\" "
                  "applyFont=\"1\" applyFill=\"1\" applyBorder=\"1\" applyAlignment=\"1\"><alignment %s/></xf>",
             x.number, x.font, x.fill, x.border + edge, x.alignment);
  }
}

static cli_text styles_of(void) {
  cli_text out = {0};
  cli_addf(&out, "<styleSheet xmlns=\"" OF_FORMATS "spreadsheetml/2006/main\"><numFmts count=\"%d\">"
                 "<numFmt numFmtId=\"164\" formatCode=\"0.0%%\"/><numFmt numFmtId=\"165\" formatCode=\"#,##0.0\"/>"
                 "<numFmt numFmtId=\"166\" formatCode=\"[&lt;0.001]&quot;&lt; 0.001&quot;;0.000\"/>",
           3 + MOST_DECIMALS + 1);
  for (int d = 0; d <= MOST_DECIMALS; d++) {
    cli_addf(&out, "<numFmt numFmtId=\"%d\" formatCode=\"#,##0%.*s\"/>", FORMATS + d, d == 0 ? 0 : d + 1, ".0000000000");
  }
  cli_addf(&out, "</numFmts>%s<cellXfs>", fonts);
  for (size_t k = 0; k < sizeof looks / sizeof *looks; k++) add_look(&out, looks[k]);
  for (int d = -1; d <= MOST_DECIMALS; d++) {
    add_look(&out, (look){REGULAR, 0, 0, d < 0 ? 0 : FORMATS + d, "horizontal=\"right\" vertical=\"center\""});
  }
  cli_add(&out, "</cellXfs></styleSheet>\n");
  return out;
}

static int style_of(const cli_value *value, bool base) {
  static const int of[] = {[CLI_SHARE] = SHARE, [CLI_COUNT] = COUNT, [CLI_WEIGHTED] = WEIGHTED, [CLI_PVALUE] = PVALUE};
  if (base && value->kind == CLI_COUNT) return BASE_COUNT;
  if (base && value->kind == CLI_WEIGHTED) return BASE_WEIGHTED;
  if (value->kind != CLI_MEAN) return of[value->kind];
  return MEAN + 2 * (1 + (value->decimals > MOST_DECIMALS ? MOST_DECIMALS : value->decimals));
}

/* ---- cells ---- */

static void add_escaped(cli_text *out, const char *text) {
  enum { MOST = 32000 };  /* a cell has at most 32767 characters */
  int32_t count = 0;
  for (text = cli_visible(text); *text != '\0' && (count < MOST || ((unsigned char)*text & 0xc0) == 0x80); text++, count++) {
    if (*text == '&') cli_add(out, "&amp;");
    else if (*text == '<') cli_add(out, "&lt;");
    else if (*text == '>') cli_add(out, "&gt;");
    else if (*text == '"') cli_add(out, "&quot;");
    /* _x0041_ would be read as A */
    else if (*text == '_' && text[1] == 'x') cli_add(out, "_x005F_");
    else cli_add_bytes(out, text, 1);
  }
}

/* "AB" for column 27, from 0. */
static const char *column_name(int32_t column) {
  const char *before = column < 26 ? "" : column_name(column / 26 - 1);
  return cli_format("%s%c", before, 'A' + column % 26);
}

typedef struct sheet {
  cli_text rows, merged, links;
  int32_t row;   /* that was begun last, from 1 */
} sheet;

static void begin_row(sheet *s, int32_t row, double height) {
  if (s->row > 0) cli_add(&s->rows, "</row>\n");
  s->row = row;
  cli_addf(&s->rows, "<row r=\"%d\"", (int)row);
  if (height > 0) cli_addf(&s->rows, " ht=\"%g\" customHeight=\"1\"", height);
  cli_add(&s->rows, ">");
}

static void put_text(sheet *s, int32_t column, const char *text, int style) {
  cli_addf(&s->rows, "<c r=\"%s%d\" s=\"%d\"", column_name(column), (int)s->row, style);
  if (text[0] == '\0') {
    cli_add(&s->rows, "/>");
    return;
  }
  cli_add(&s->rows, " t=\"inlineStr\"><is><t>");
  add_escaped(&s->rows, text);
  cli_add(&s->rows, "</t></is></c>");
}

static void put_number(sheet *s, int32_t column, double x, int style) {
  cli_addf(&s->rows, "<c r=\"%s%d\" s=\"%d\"><v>%.17g</v></c>", column_name(column), (int)s->row, style, x);
}

static void put_link(sheet *s, const char *text, const char *to) {
  put_text(s, 0, text, LINK);
  cli_addf(&s->links, "<hyperlink ref=\"A%d\" location=\"'", (int)s->row);
  for (; *to != '\0'; to++) {
    if (*to == '\'') cli_add(&s->links, "''");
    else add_escaped(&s->links, cli_copy(to, 1));
  }
  cli_add(&s->links, "'!A1\"/>");
}

static void put_line(sheet *s, const char *text, int style) {
  begin_row(s, s->row + 1, 0);
  put_text(s, 0, text, style);
}

/* frozen: rows above those that move; width: of the columns from the first, the last one of all others. */
static cli_text finish_sheet(sheet *s, int32_t frozen, const double *width, int32_t widths) {
  cli_text out = {0};
  cli_add(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
                "<worksheet xmlns=\"" OF_FORMATS "spreadsheetml/2006/main\">"
                "<sheetPr><pageSetUpPr fitToPage=\"1\"/></sheetPr>"
                "<sheetViews><sheetView showGridLines=\"0\" workbookViewId=\"0\">");
  cli_addf(&out, "<pane xSplit=\"1\" ySplit=\"%d\" topLeftCell=\"B%d\" activePane=\"bottomRight\" state=\"frozen\"/>",
           (int)frozen, (int)frozen + 1);
  cli_add(&out, "</sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/><cols>");
  for (int32_t k = 0; k < widths; k++) {
    cli_addf(&out, "<col min=\"%d\" max=\"%d\" width=\"%g\" customWidth=\"1\"/>", (int)k + 1,
             k + 1 == widths ? 16384 : (int)k + 1, width[k]);
  }
  cli_add(&out, "</cols><sheetData>\n");
  cli_add_bytes(&out, s->rows.bytes, s->rows.used);
  cli_add(&out, "</row>\n</sheetData>");
  if (s->merged.used > 0) cli_addf(&out, "<mergeCells>%s</mergeCells>", s->merged.bytes);
  if (s->links.used > 0) cli_addf(&out, "<hyperlinks>%s</hyperlinks>", s->links.bytes);
  cli_add(&out, "<pageSetup orientation=\"landscape\" fitToHeight=\"0\"/></worksheet>\n");
  return out;
}

/* ---- names of sheets ---- */

/* At most `most` units of UTF-16, without blanks and apostrophes at its ends. */
static const char *cut_name(const char *name, int most) {
  size_t end = 0;
  int units = 0;
  while (name[end] != '\0') {
    size_t length = 1;
    while (((unsigned char)name[end + length] & 0xc0) == 0x80) length++;
    units += length == 4 ? 2 : 1;
    if (units > most) break;
    end += length;
  }
  while (end > 0 && strchr(" '", name[end - 1]) != NULL) end--;
  return cli_copy(name, end);
}

static bool is_taken(const cli_list *names, const char *name) {
  bool found = false;
  for (int32_t i = 0; i < names->count; i++) found = found || strcasecmp(names->item[i], name) == 0;
  return found;
}

/* At most 31 characters, none of []:*?/\, each its own whatever the case of letters. */
static const char *sheet_name(const cli_list *taken, const char *text) {
  enum { MOST = 31 };
  char *name = cli_copy(cli_visible(text), strlen(cli_visible(text)));
  for (char *c = name; *c != '\0'; c++) {
    if (strchr("[]:*?/\\", *c) != NULL) *c = '-';
    if (strchr("&<>", *c) != NULL) *c = '_';
  }
  while (*name == ' ' || *name == '\'') name++;
  const bool none = cut_name(name, MOST)[0] == '\0' || strcasecmp(name, "history") == 0;
  const char *whole = none ? "Table" : name, *one = cut_name(whole, MOST);
  for (int number = 2; is_taken(taken, one); number++) {
    const char *behind = cli_format(" (%d)", number);
    one = cli_format("%s%s", cut_name(whole, MOST - (int)strlen(behind)), behind);
  }
  return one;
}

/* ---- questions ---- */

/* The lines first .. last - 1 of a header, as they were before they were broken. */
static const char *joined(const cli_list *lines, int32_t first, int32_t last) {
  cli_list parts = {0};
  for (int32_t i = first; i < last; i++) {
    if (lines->item[i][0] != '\0') cli_push(&parts, lines->item[i]);
  }
  return cli_join(&parts, " ");
}

static bool same_banner(const cli_column *a, const cli_column *b) {
  return a->banner != NULL && b->banner != NULL && strcmp(a->banner, b->banner) == 0;
}

static const char *level_of(const cli_column *column) {
  return joined(&column->header, column->above, column->header.count - 1);
}

/* Whether a variable begins at column k: a line stands at its left. */
static bool begins(const cli_grid *grid, int32_t k) {
  return grid->column[k].banner != NULL && !same_banner(&grid->column[k], &grid->column[k - 1]);
}

/* As wide as the longest word, within limits. */
static double column_width(const cli_column *column) {
  cli_list words = {0};
  double width = 8;
  cli_wrap(&words, level_of(column), 1, 0);
  for (int32_t i = 0; i < words.count; i++) width = fmax(width, cli_width(words.item[i]));
  return fmin(width, 22) + 2;
}

/* Lines that a text takes in a width, at most six. */
static int lines_in(const char *text, double width) {
  cli_list lines = {0};
  cli_wrap(&lines, text, (int)(0.9 * width), 0);
  return lines.count < 1 ? 1 : lines.count > 6 ? 6 : lines.count;
}

/* The column behind those of the same variable as column k. */
static int32_t end_of_banner(const cli_grid *grid, int32_t k) {
  int32_t end = k + 1;
  while (end < grid->columns && same_banner(&grid->column[k], &grid->column[end])) end++;
  return end;
}

/* What columns are of, the columns, and their letters, in rows 4 to 6; width[columns]. */
static void put_header(sheet *s, const cli_grid *grid, const double *width) {
  int above = 1, lines = 1;
  for (int32_t k = 1; k < grid->columns; k++) {
    const int own = lines_in(level_of(&grid->column[k]), width[k]);
    double whole = 0;
    for (int32_t i = k; i < end_of_banner(grid, k); i++) whole += width[i];
    if (own > lines) lines = own;
    if (begins(grid, k) && lines_in(grid->column[k].banner, whole) > above) above = lines_in(grid->column[k].banner, whole);
  }
  begin_row(s, 4, 15.0 * above);
  for (int32_t k = 1; k < grid->columns; k++) {
    const int32_t last = end_of_banner(grid, k) - 1;
    put_text(s, k, begins(grid, k) ? grid->column[k].banner : "", BANNER + begins(grid, k));
    if (begins(grid, k) && last > k) cli_addf(&s->merged, "<mergeCell ref=\"%s4:%s4\"/>", column_name(k), column_name(last));
  }
  begin_row(s, 5, 15.0 * lines);
  for (int32_t k = 1; k < grid->columns; k++) put_text(s, k, level_of(&grid->column[k]), HEAD + begins(grid, k));
  begin_row(s, 6, 0);
  put_text(s, 0, "", LETTER);
  for (int32_t k = 1; k < grid->columns; k++) {
    put_text(s, k, grid->column[k].header.item[grid->column[k].header.count - 1], LETTER + begins(grid, k));
  }
}

static const char *mark_of(const cli_column *column, int32_t line) {
  const char *mark = column->mark == NULL ? "" : column->mark[line];
  size_t length = strlen(mark);
  while (length > 0 && mark[length - 1] == ' ') length--;
  return cli_copy(mark, length);
}

/* Figures and, under those of an answer, what stands behind them. */
static void put_lines(sheet *s, const cli_grid *grid, double width) {
  for (int32_t i = 0; i < grid->column[0].cells.count; i++) {
    const bool base = i > grid->foot, answer = i < grid->foot;
    const int lines = lines_in(grid->column[0].cells.item[i], width);
    begin_row(s, s->row + 1, 15.0 * lines);
    put_text(s, 0, grid->column[0].cells.item[i], base ? BASE : PLAIN);
    for (int32_t k = 1; k < grid->columns; k++) {
      const cli_value *value = &grid->column[k].value[i];
      const int edge = begins(grid, k);
      if (value->kind == CLI_NO_VALUE) {
        if (edge) put_text(s, k, "", PLAIN + edge);
      } else if (isnan(value->x)) {
        put_text(s, k, "-", MARKS + edge);
      } else {
        put_number(s, k, value->x, style_of(value, base) + edge);
      }
    }
    if (!answer) continue;
    begin_row(s, s->row + 1, 0);
    for (int32_t k = 1; k < grid->columns; k++) put_text(s, k, mark_of(&grid->column[k], i), MARKS + begins(grid, k));
  }
}

static double text_width(const char *text, double least, double most) {
  return fmin(fmax(cli_width(text) + 2, least), most);
}

/* Of the blocks from `at`, the title, to `end`. */
static cli_text write_question(const cli_result *result, int32_t at, int32_t end, const char *contents) {
  sheet s = {.row = 0};
  cli_list about = {0};
  double one = 22, *width = &one;
  int32_t widths = 1;
  begin_row(&s, 1, 0);
  put_link(&s, contents, contents);
  for (int32_t i = at; i < end; i++) {
    const cli_block *block = &result->block[i];
    if (block->kind == CLI_TITLE) put_line(&s, block->text, TITLE);
    else if (block->kind != CLI_SPACE && block->kind != CLI_GRID) put_line(&s, block->text, QUIET);
    if (block->kind != CLI_GRID) continue;
    const cli_grid *grid = block->grid;
    about = grid->about;
    widths = grid->columns;
    width = CLI_NEW(double, widths);
    width[0] = 22;
    for (int32_t k = 0; k < grid->column[0].cells.count; k++) {
      width[0] = fmax(width[0], text_width(grid->column[0].cells.item[k], 22, 50));
    }
    for (int32_t k = 1; k < widths; k++) width[k] = column_width(&grid->column[k]);
    put_header(&s, grid, width);
    put_lines(&s, grid, width[0]);
    begin_row(&s, s.row + 1, 0);
  }
  for (int32_t k = 0; k < about.count; k++) put_line(&s, about.item[k], QUIET);
  return finish_sheet(&s, 6, width, widths);
}

/* ---- contents ---- */

typedef struct questions {
  const cli_result *result;
  int32_t count, *first, *end;  /* blocks */
  cli_list sheets;              /* the first is the contents */
} questions;

static const cli_grid *grid_of(const questions *q, int32_t k) {
  for (int32_t i = q->first[k]; i < q->end[k]; i++) {
    if (q->result->block[i].kind == CLI_GRID) return q->result->block[i].grid;
  }
  return NULL;
}

/* A question's blocks end with the space that stands before no table. Tests have its name, as many times as there are columns. */
static questions find_questions(const cli_result *result) {
  questions q = {.result = result, .first = CLI_NEW(int32_t, result->blocks), .end = CLI_NEW(int32_t, result->blocks)};
  int titles = 0;
  for (int32_t i = 0; i < result->blocks; i++) {
    if (result->block[i].kind != CLI_TITLE || titles++ == 0) continue;
    int32_t end = i;
    while (end + 1 < result->blocks && (result->block[end].kind != CLI_SPACE || result->block[end + 1].kind == CLI_GRID)) end++;
    q.first[q.count] = i;
    q.end[q.count++] = end;
  }
  cli_push(&q.sheets, cli_said("Contents"));
  for (int32_t k = 0; k < q.count; k++) {
    cli_push(&q.sheets, sheet_name(&q.sheets, cli_texts(result->second, "outcome")[k * (result->second->rows / q.count)]));
  }
  return q;
}

/* What its caption says besides n. */
static const char *shown_of(const questions *q, int32_t k) {
  for (int32_t i = q->first[k]; i < q->end[k]; i++) {
    const cli_block *block = &q->result->block[i];
    if (block->kind == CLI_CAPTION) return block->by;
  }
  return "";
}

static cli_text write_contents(const questions *q) {
  enum { FIXED = 4 };
  const cli_result *result = q->result;
  const int64_t tests = result->second->rows / q->count;
  const int32_t last = q->end[q->count - 1];
  sheet s = {.row = 0};
  double width[] = {12, 60, 24, 9, 12};
  for (int32_t i = 0; i < q->first[0]; i++) {
    if (result->block[i].kind != CLI_SPACE) put_line(&s, result->block[i].text, i == 0 ? TITLE : QUIET);
  }
  begin_row(&s, s.row + 2, 0);
  const int32_t top = s.row;
  const char *const header[] = {cli_said("Sheet"), cli_said("Question"), cli_said("Shown"), "n"};
  for (int32_t k = 0; k < FIXED; k++) put_text(&s, k, header[k], NUMBER);
  for (int32_t k = 0; k < tests; k++) {
    put_text(&s, FIXED + k, cli_format("p: %s", cli_texts(result->second, "group")[k]), NUMBER);
  }
  for (int32_t k = 0; k < q->count; k++) {
    const cli_grid *grid = grid_of(q, k);
    const char *title = result->block[q->first[k]].text, *shown = shown_of(q, k);
    const int lines = lines_in(title, width[1]), more = lines_in(shown, width[2]);
    begin_row(&s, s.row + 1, 15.0 * (lines > more ? lines : more));
    put_link(&s, q->sheets.item[k + 1], q->sheets.item[k + 1]);
    put_text(&s, 1, title, WRAP);
    put_text(&s, 2, shown, WRAP);
    put_number(&s, 3, grid == NULL ? 0 : grid->column[1].value[grid->foot + 1].x, COUNT);
    for (int32_t t = 0; t < tests; t++) {
      const double p = cli_numbers(result->second, "p.value")[k * tests + t];
      if (!isnan(p)) put_number(&s, FIXED + t, p, PVALUE);
    }
    width[0] = fmax(width[0], text_width(q->sheets.item[k + 1], 12, 34));
  }
  begin_row(&s, s.row + 1, 0);
  for (int32_t i = last; i < result->blocks; i++) {
    const cli_block *block = &result->block[i];
    if (block->kind == CLI_NOTE) put_line(&s, cli_format("%s: %s", block->text, block->by), QUIET);
    else if (block->kind != CLI_SPACE) put_line(&s, block->text, QUIET);
  }
  put_line(&s, result->conventions, QUIET);
  return finish_sheet(&s, top, width, FIXED + 1);
}

/* ---- a table ---- */

static const cli_field *field_of(const cli_table *t, const char *name, bool text) {
  for (int32_t k = 0; k < t->fields; k++) {
    const cli_field *field = &t->field[k];
    if (!field->group && strcmp(field->name, name) == 0 && (text ? field->text != NULL : field->number != NULL)) return field;
  }
  return NULL;
}

/* All rows, with the columns of CSV. */
static cli_text write_rows(const cli_table *t) {
  sheet s = {.row = 0};
  const double width[] = {22, 13};
  int32_t at = 0;
  begin_row(&s, 1, 0);
  for (int32_t k = 0; k < t->fields; k++) {
    if (!t->field[k].only_json) put_text(&s, at++, cli_field_name(t, k), HEAD);
  }
  for (int64_t i = 0; i < t->rows; i++) {
    begin_row(&s, s.row + 1, 0);
    at = 0;
    for (int32_t k = 0; k < t->fields; k++) {
      const cli_field *field = &t->field[k];
      if (field->only_json) continue;
      if (field->text != NULL) put_text(&s, at, field->text[i] == NULL ? "" : field->text[i], PLAIN);
      else if (isinf(field->number[i])) put_text(&s, at, field->number[i] > 0 ? "Inf" : "-Inf", PLAIN);
      else if (!isnan(field->number[i])) put_number(&s, at, field->number[i], PLAIN);
      at++;
    }
  }
  return finish_sheet(&s, 1, width, 2);
}

static bool same_at(const cli_field *field, int64_t i, int64_t k) {
  const char *a = field->text[i], *b = field->text[k];
  return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The row behind those of the group that begins at `from`. */
static int64_t group_end(const cli_table *t, int64_t from) {
  int64_t to = from;
  for (bool same = true; same && to < t->rows;) {
    to++;
    for (int32_t k = 0; k < t->fields && to < t->rows; k++) {
      const bool names = t->field[k].group || strcmp(t->field[k].name, "outcome") == 0;
      same = same && (!names || same_at(&t->field[k], from, to));
    }
  }
  return to;
}

static bool is_hidden(const cli_table *t, int64_t row) {
  const char *code = field_of(t, "reason.code", true)->text[row];
  return code != NULL && strcmp(code, weeg_reason_code(WEEG_REASON_PROTECTED)) == 0;
}

static bool hides_some(const cli_table *t) {
  for (int64_t i = 0; i < t->rows; i++) {
    if (is_hidden(t, i)) return true;
  }
  return false;
}

/* Whether the rows from .. to - 1 are of the answers of the header that was made of those from `above` on. */
static bool same_answers(const cli_table *t, int64_t above, int64_t from, int64_t to) {
  const cli_field *level = field_of(t, "level", true);
  bool same = group_end(t, above) - above == to - from;
  for (int64_t k = 0; same && k < to - from; k++) same = same_at(level, above + k, from + k);
  return same;
}

/* Groups' names, answers, and what they are based on; of an outcome whose first group is from .. to - 1. */
static void put_answers(sheet *s, const cli_table *t, int64_t from, int64_t to) {
  int32_t at = 0;
  begin_row(s, s->row + 1, 0);
  for (int32_t k = 0; k < t->fields; k++) {
    if (t->field[k].group) put_text(s, at++, t->field[k].name, HEAD);
  }
  if (at == 0) put_text(s, at++, field_of(t, "outcome", true)->text[from], HEAD);
  for (int64_t i = from; i < to; i++) put_text(s, at++, field_of(t, "level", true)->text[i], HEAD);
  put_text(s, at, "n", HEAD);
  put_text(s, at + 1, "N", HEAD);
}

/* A group: shares, and n and N where they are those of all its answers. */
static void put_group(sheet *s, const cli_table *t, int64_t from, int64_t to) {
  const double *share = field_of(t, "estimate", false)->number, *base = field_of(t, "n.base", false)->number;
  const double *weighted = field_of(t, "n.weighted", false)->number;
  int32_t at = 0;
  bool same = true;
  double sum = 0;
  begin_row(s, s->row + 1, 0);
  for (int32_t k = 0; k < t->fields; k++) {
    if (t->field[k].group) put_text(s, at++, t->field[k].text[from] == NULL ? "" : t->field[k].text[from], PLAIN);
  }
  if (at == 0) put_text(s, at++, "", PLAIN);
  for (int64_t i = from; i < to; i++) {
    if (isnan(share[i])) put_text(s, at, is_hidden(t, i) ? "x" : "-", MARKS);
    else put_number(s, at, share[i], SHARE);
    at++;
    same = same && base[i] == base[from];
    sum += weighted[i];
  }
  if (same) put_number(s, at, base[from], COUNT);
  if (same && !isnan(sum)) put_number(s, at + 1, sum, WEIGHTED);
}

/* Shares with groups in rows and answers in columns; then all that is said of them. */
static cli_text write_shares(const cli_result *result) {
  sheet s = {.row = 0};
  const cli_table *t = result->table;
  const cli_field *outcome = field_of(t, "outcome", true);
  const double width[] = {30, 13};
  put_line(&s, result->block[0].by == NULL ? result->block[0].text
                                           : cli_format("%s %s", result->block[0].text, result->block[0].by), TITLE);
  for (int64_t from = 0, to = 0, above = 0; from < t->rows; from = to) {
    to = group_end(t, from);
    if (from == 0 || !same_at(outcome, from, from - 1) || !same_answers(t, above, from, to)) {
      put_answers(&s, t, from, to);
      above = from;
    }
    put_group(&s, t, from, to);
  }
  begin_row(&s, s.row + 1, 0);
  if (hides_some(t)) put_line(&s, cli_format("x: %s", cli_said(weeg_reason_text(WEEG_REASON_PROTECTED))), QUIET);
  for (int32_t i = 0; i < result->blocks; i++) {
    const cli_block *block = &result->block[i];
    if (block->kind != CLI_GRID && block->kind != CLI_SPACE && i > 0) {
      put_line(&s, block->kind == CLI_NOTE ? cli_format("%s: %s", block->text, block->by) : block->text, QUIET);
    }
  }
  put_line(&s, result->conventions, QUIET);
  return finish_sheet(&s, 2, width, 2);
}

/* ---- the file ---- */

static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

static cli_text content_types(int32_t sheets) {
  cli_text out = {0};
  cli_addf(&out, "%s<Types xmlns=\"" OF_FORMATS "package/2006/content-types\"><Default Extension=\"rels\" ContentType=\""
                 "application/vnd.openxmlformats-package.relationships+xml\"/>"
                 "<Default Extension=\"xml\" ContentType=\"application/xml\"/>",
           head);
  const char *type = "application/vnd.openxmlformats-officedocument.spreadsheetml.";
  cli_addf(&out, "<Override PartName=\"/xl/workbook.xml\" ContentType=\"%ssheet.main+xml\"/>", type);
  cli_addf(&out, "<Override PartName=\"/xl/styles.xml\" ContentType=\"%sstyles+xml\"/>", type);
  for (int32_t k = 1; k <= sheets; k++) {
    cli_addf(&out, "<Override PartName=\"/xl/worksheets/sheet%d.xml\" ContentType=\"%sworksheet+xml\"/>", (int)k, type);
  }
  cli_add(&out, "</Types>\n");
  return out;
}

static cli_text relations_of_package(void) {
  cli_text out = {0};
  cli_addf(&out, "%s<Relationships xmlns=\"" OF_FORMATS "package/2006/relationships\"><Relationship Id=\"rId1\" "
                 "Type=\"" OF_FORMATS "officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/>"
                 "</Relationships>\n", head);
  return out;
}

static cli_text relations_of_workbook(int32_t sheets) {
  cli_text out = {0};
  const char *type = OF_FORMATS "officeDocument/2006/relationships/";
  cli_addf(&out, "%s<Relationships xmlns=\"" OF_FORMATS "package/2006/relationships\">", head);
  for (int32_t k = 1; k <= sheets; k++) {
    cli_addf(&out, "<Relationship Id=\"rId%d\" Type=\"%sworksheet\" Target=\"worksheets/sheet%d.xml\"/>", (int)k, type, (int)k);
  }
  cli_addf(&out, "<Relationship Id=\"rId%d\" Type=\"%sstyles\" Target=\"styles.xml\"/></Relationships>\n", (int)sheets + 1, type);
  return out;
}

static cli_text workbook_of(const cli_list *sheets) {
  cli_text out = {0};
  cli_addf(&out, "%s<workbook xmlns=\"" OF_FORMATS "spreadsheetml/2006/main\" xmlns:r=\"" OF_FORMATS
                 "officeDocument/2006/relationships\"><sheets>", head);
  for (int32_t k = 0; k < sheets->count; k++) {
    cli_add(&out, "<sheet name=\"");
    add_escaped(&out, sheets->item[k]);
    cli_addf(&out, "\" sheetId=\"%d\" r:id=\"rId%d\"/>", (int)k + 1, (int)k + 1);
  }
  cli_add(&out, "</sheets></workbook>\n");
  return out;
}

enum { OTHERS = 5 };

/* A file of sheets with these names, of which the caller adds files[OTHERS ...]. */
static zip_file *new_workbook(const cli_list *sheets) {
  zip_file *files = CLI_NEW(zip_file, sheets->count + OTHERS);
  cli_text of_styles = {0};
  cli_addf(&of_styles, "%s%s", head, styles_of().bytes);
  files[0] = (zip_file){"[Content_Types].xml", content_types(sheets->count)};
  files[1] = (zip_file){"_rels/.rels", relations_of_package()};
  files[2] = (zip_file){"xl/workbook.xml", workbook_of(sheets)};
  files[3] = (zip_file){"xl/_rels/workbook.xml.rels", relations_of_workbook(sheets->count)};
  files[4] = (zip_file){"xl/styles.xml", of_styles};
  for (int32_t k = 0; k < sheets->count; k++) files[OTHERS + k].name = cli_format("xl/worksheets/sheet%d.xml", (int)k + 1);
  return files;
}

static void write_book(const cli_result *result, cli_text *out) {
  enum { MOST_COLUMNS = 16384 };
  const questions q = find_questions(result);
  zip_file *files = new_workbook(&q.sheets);
  files[OTHERS].bytes = write_contents(&q);
  for (int32_t k = 0; k < q.count; k++) {
    const cli_grid *grid = grid_of(&q, k);
    if (grid != NULL && grid->columns > MOST_COLUMNS) {
      cli_fail("a sheet has no room for %d columns; take fewer variables, or write .csv", (int)grid->columns);
    }
    files[OTHERS + 1 + k].bytes = write_question(result, q.first[k], q.end[k], q.sheets.item[0]);
  }
  cli_zip(files, q.sheets.count + OTHERS, out);
}

/* Shares as a table, all figures, and what there is besides, as a test: a sheet each. */
static void write_table(const cli_result *result, cli_text *out) {
  const cli_table *t = result->table;
  const bool shares = field_of(t, "outcome", true) != NULL && field_of(t, "level", true) != NULL &&
                      field_of(t, "n.base", false) != NULL && field_of(t, "n.weighted", false) != NULL &&
                      field_of(t, "estimate", false) != NULL && field_of(t, "reason.code", true) != NULL;
  cli_list sheets = {0};
  if (shares) cli_push(&sheets, cli_said("Table"));
  cli_push(&sheets, cli_said("Figures"));
  if (result->second != NULL) cli_push(&sheets, cli_said(result->second->rows == 1 ? "Test" : "Tests"));
  zip_file *files = new_workbook(&sheets);
  if (shares) files[OTHERS].bytes = write_shares(result);
  files[OTHERS + shares].bytes = write_rows(t);
  if (result->second != NULL) files[OTHERS + shares + 1].bytes = write_rows(result->second);
  cli_zip(files, sheets.count + OTHERS, out);
}

void cli_workbook_format(const cli_result *result, cli_text *out) {
  if (strcmp(result->command, "book") == 0) write_book(result, out);
  else write_table(result, out);
}
