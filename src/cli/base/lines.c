/* Widths of text, lines of a given width, and names that are nearly alike. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* One character of UTF-8 from *text, which moves on; a byte that is none stands for itself. */
static uint32_t next_character(const char **text) {
  const unsigned char *p = (const unsigned char *)*text;
  const int extra = p[0] < 0xC0 ? 0 : p[0] < 0xE0 ? 1 : p[0] < 0xF0 ? 2 : 3;
  uint32_t value = extra == 0 ? p[0] : p[0] & (0x3Fu >> extra);
  int taken = 1;
  for (; taken <= extra && (p[taken] & 0xC0) == 0x80; taken++) value = (value << 6) | (p[taken] & 0x3Fu);
  *text += taken;
  return value;
}

typedef struct range { uint32_t first, last; } range;

static bool is_in(uint32_t c, const range *ranges, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (c >= ranges[i].first && c <= ranges[i].last) return true;
  }
  return false;
}

/* The blocks that matter: combining marks take no column, East Asian letters and pictures take two. */
static int character_width(uint32_t c) {
  static const range none[] = {{0x300, 0x36F}, {0x200B, 0x200F}, {0x20D0, 0x20F0}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}};
  static const range two[] = {{0x1100, 0x115F}, {0x2E80, 0x303E}, {0x3041, 0xA4CF}, {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},
                              {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
  if (c < 0x300) return 1;
  if (is_in(c, none, sizeof none / sizeof *none)) return 0;
  return is_in(c, two, sizeof two / sizeof *two) ? 2 : 1;
}

int cli_width(const char *text) {
  int width = 0;
  text = cli_visible(text);
  while (*text != '\0') width += character_width(next_character(&text));
  return width;
}

static const char *pad(const char *text, int width, bool before) {
  const int blanks = width - cli_width(text);
  if (blanks <= 0) return text;
  return before ? cli_format("%*s%s", blanks, "", text) : cli_format("%s%*s", text, blanks, "");
}

const char *cli_pad_left(const char *text, int width) { return pad(text, width, true); }

const char *cli_pad_right(const char *text, int width) { return pad(text, width, false); }

static bool always_utf8 = false;

void cli_use_utf8(void) { always_utf8 = true; }

bool cli_utf8(void) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (int i = 0; i < 3 && !always_utf8; i++) {
    const char *value = getenv(names[i]);
    if (value == NULL || value[0] == '\0') continue;
    return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL || strstr(value, "utf-8") != NULL ||
           strstr(value, "UTF8") != NULL;
  }
  return always_utf8;
}

const char *cli_either(const char *utf8, const char *ascii) { return cli_utf8() ? utf8 : ascii; }

/* ---- names that are nearly alike ---- */

enum { LONGEST_NAME = 63 };

/* Levenshtein's distance, upper and lower case alike. */
static int edits(const char *a, const char *b) {
  int row[LONGEST_NAME + 1];
  const int m = (int)strlen(a), n = (int)strlen(b);
  if (m > LONGEST_NAME || n > LONGEST_NAME) return LONGEST_NAME;
  for (int j = 0; j <= n; j++) row[j] = j;
  for (int i = 1; i <= m; i++) {
    int diagonal = row[0];
    row[0] = i;
    for (int j = 1; j <= n; j++) {
      const bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
      const int replaced = diagonal + (same ? 0 : 1);
      diagonal = row[j];
      row[j] = row[j] + 1 < row[j - 1] + 1 ? row[j] + 1 : row[j - 1] + 1;
      if (replaced < row[j]) row[j] = replaced;
    }
  }
  return row[n];
}

const char *cli_near(const char *name, const cli_list *known) {
  const char *nearest = NULL;
  const int length = (int)strlen(name);
  int best = 3, beside = 0;
  for (int32_t i = 0; i < known->count; i++) {
    const int distance = edits(name, known->item[i]), off = abs((int)strlen(known->item[i]) - length);
    /* at most two edits, but not every letter, nor the first two of four */
    if (distance > 2 || distance > length - 1) continue;
    if (distance == 2 && length <= 4 && tolower((unsigned char)name[0]) != tolower((unsigned char)known->item[i][0])) continue;
    if (distance > best || (distance == best && off >= beside)) continue;
    nearest = known->item[i];
    best = distance;
    beside = off;
  }
  return nearest;
}

/* ---- lines ---- */

int cli_line_width(void) {
  enum { WIDTH = 80, LEAST_WIDTH = 40 };
  const char *columns = getenv("COLUMNS");
  const long width = columns == NULL ? WIDTH : strtol(columns, NULL, 10);
  if (width < 1 || width > 10000) return WIDTH;
  return width < LEAST_WIDTH ? LEAST_WIDTH : (int)width;
}

void cli_wrap(cli_list *lines, const char *text, int width, int indent) {
  cli_text line = {0};
  const int32_t before = lines->count;
  int used = 0;
  bool empty = true;
  text = cli_visible(text);
  while (true) {
    text += strspn(text, " \t\n");
    const size_t length = strcspn(text, " \t\n");
    if (length == 0) break;
    const char *word = cli_copy(text, length);
    const int needed = cli_width(word);
    text += length;
    if (!empty && used + 1 + needed > width) {
      cli_push(lines, line.bytes);
      line = (cli_text){0};
      cli_addf(&line, "%*s", indent, "");
      used = indent;
      empty = true;
    }
    if (!empty) cli_add(&line, " ");
    used += needed + (empty ? 0 : 1);
    cli_add(&line, word);
    empty = false;
  }
  if (!empty) cli_push(lines, line.bytes);
  else if (lines->count == before) cli_push(lines, "");
}

void cli_wrap_pieces(cli_list *lines, const char *text, int width) {
  cli_list found = {0};
  const size_t indent = strspn(text, " ");
  const char *before = cli_copy(text, indent);
  text += indent;
  width -= (int)indent;
  while (*text != '\0') {
    const char *end = strstr(text, "; ");
    const char *piece = end == NULL ? text : cli_copy(text, (size_t)(end - text) + 1);
    text = end == NULL ? text + strlen(text) : end + 2;
    const char *last = found.count > 0 ? found.item[found.count - 1] : NULL;
    if (last != NULL && cli_width(last) + 1 + cli_width(piece) <= width) {
      found.item[found.count - 1] = cli_format("%s %s", last, piece);
    } else {
      cli_push(&found, last == NULL ? piece : cli_format("  %s", piece));
    }
  }
  for (int32_t i = 0; i < found.count; i++) {
    cli_list wrapped = {0};
    if (cli_width(found.item[i]) > width) cli_wrap(&wrapped, found.item[i], width, 2);
    else cli_push(&wrapped, found.item[i]);
    for (int32_t k = 0; k < wrapped.count; k++) cli_push(lines, cli_format("%s%s", before, wrapped.item[k]));
  }
}

const char *cli_listed(const cli_list *list, const char *between) {
  enum { MOST = 12 };
  cli_list first = *list;
  if (list->count < MOST + 2) return cli_join(list, between);
  first.count = MOST;
  return cli_format("%s%s... (%s more)", cli_join(&first, between), between, cli_count(list->count - MOST));
}
