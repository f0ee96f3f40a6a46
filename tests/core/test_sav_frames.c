/*
 * What the process that reads SPSS files says (sav.h has the frames), here without a process of its own: it writes to a file.
 * The SPSS files are made by hand, as the developers' guide of PSPP has the System File Format.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "csv_sample.h"
#include "io/bytes.h"
#include "io/file.h"
#include "io/sav.h"

/* ---- an SPSS file ---- */

enum { F8_2 = 5 << 16 | 8 << 8 | 2, A8 = 1 << 16 | 8 << 8, A255 = 1 << 16 | 255 << 8 };

static bool swapped; /* numbers have their high bytes first */

static void put_number(byte_writer *w, const void *number, int size) {
  for (int k = 0; k < size; k++) weeg_i_put_u8(w, ((const uint8_t *)number)[swapped ? size - 1 - k : k]);
}

static void put_word(byte_writer *w, uint32_t word) { put_number(w, &word, 4); }
static void put_real(byte_writer *w, double x) { put_number(w, &x, 8); }

static void put_padded(byte_writer *w, const char *text, size_t size) {
  const size_t used = strlen(text);
  weeg_i_put_bytes(w, text, used);
  for (size_t i = used; i < size; i++) weeg_i_put_u8(w, ' ');
}

static void put_header(byte_writer *w, uint32_t weight, uint32_t rows) {
  put_padded(w, "$FL2", 4);
  put_padded(w, "@(#) SPSS DATA FILE by hand", 60);
  put_word(w, 2);
  put_word(w, UINT32_MAX); /* segments of a row: not said */
  put_word(w, 0);          /* not compressed */
  put_word(w, weight);
  put_word(w, rows);
  put_real(w, 100);
  put_padded(w, "29 Nov 2612:00:00", 17 + 64);
  for (int k = 0; k < 3; k++) weeg_i_put_u8(w, 0);
}

/* width 0: numbers; -1: the next 8 bytes of a text. Its missing values follow. */
static void put_variable(byte_writer *w, int width, const char *name, const char *label, int missing, uint32_t format) {
  put_word(w, 2);
  put_word(w, (uint32_t)width);
  put_word(w, label != NULL);
  put_word(w, (uint32_t)missing);
  put_word(w, format);
  put_word(w, format);
  put_padded(w, name, 8);
  if (label == NULL) return;
  put_word(w, (uint32_t)strlen(label));
  put_padded(w, label, (strlen(label) + 3) / 4 * 4);
}

/* After its value of 8 bytes. */
static void put_label(byte_writer *w, const char *label) {
  weeg_i_put_u8(w, (uint8_t)strlen(label));
  put_padded(w, label, (strlen(label) + 8) / 8 * 8 - 1);
}

static void put_labelled(byte_writer *w, uint32_t variable) {
  put_word(w, 4);
  put_word(w, 1);
  put_word(w, variable);
}

static void put_extension(byte_writer *w, uint32_t subtype, const char *text) {
  const uint32_t head[] = {7, subtype, 1, (uint32_t)strlen(text)};
  for (int k = 0; k < 4; k++) put_word(w, head[k]);
  weeg_i_put_bytes(w, text, strlen(text));
}

/* Measures 2, 1 and 3 of three variables: ordinal, nominal, scale; each with a width of 8 and an alignment of 0. */
static void put_measures(byte_writer *w) {
  const uint32_t words[] = {7, 11, 4, 9, 2, 8, 0, 1, 8, 0, 3, 8, 0};
  for (size_t k = 0; k < sizeof words / sizeof *words; k++) put_word(w, words[k]);
}

static void put_end(byte_writer *w) {
  put_word(w, 999);
  put_word(w, 0);
}

static void store(byte_writer *w) {
  CHECK(!w->failed);
  sample_write(w->bytes, w->used);
  weeg_free(w->bytes);
  *w = (byte_writer){0};
}

/* An ordinal number, a nominal text and a weight, with labels, missing values, long names and two sets. */
static void write_small(void) {
  byte_writer w = {0};
  put_header(&w, 3, 3);
  put_variable(&w, 0, "X", "A question", 2, F8_2);
  put_real(&w, 8);
  put_real(&w, 9);
  put_variable(&w, 8, "T", NULL, 1, A8);
  put_padded(&w, "zz", 8);
  put_variable(&w, 0, "R", "A weight", -2, F8_2);
  put_real(&w, 97);
  put_real(&w, 99);
  put_word(&w, 3);
  put_word(&w, 2);
  put_real(&w, 1);
  put_label(&w, "yes");
  put_real(&w, 2);
  put_label(&w, "no thanks");
  put_labelled(&w, 1);
  put_word(&w, 3);
  put_word(&w, 1);
  put_padded(&w, "a", 8);
  put_label(&w, "the a");
  put_labelled(&w, 2);
  put_word(&w, 6); /* a document of two lines */
  put_word(&w, 2);
  put_padded(&w, "Lines of a document", 160);
  put_extension(&w, 7, "$s=C 8 Two of 3 x r\n$d=D2 10 6 M\xe9" "dium R\n");
  put_measures(&w);
  put_extension(&w, 13, "XR=other\tX=long_x\tT=Text\tR=r");
  put_extension(&w, 19, "$e=E 1 1 1 5 Items x\n");
  put_extension(&w, 20, "UTF-8");
  put_end(&w);
  const double x[] = {1, -1.7976931348623157e308 /* system-missing */, 9}, r[] = {2.5, 0, 98};
  static const char *const t[] = {"a", "", "zz"};
  for (int i = 0; i < 3; i++) {
    put_real(&w, x[i]);
    put_padded(&w, t[i], 8);
    put_real(&w, r[i]);
  }
  store(&w);
}

/* ---- frames as text ---- */

static char shown[1 << 14];
static size_t shown_used;

static void show(const char *text) { shown_used += (size_t)snprintf(shown + shown_used, sizeof shown - shown_used, "%s", text); }

static void show_number(double x) {
  char text[32];
  snprintf(text, sizeof text, "%.17g", x);
  show(text);
}

static void show_string(byte_reader *r) {
  char *text = weeg_i_get_text(r);
  CHECK(text != NULL);
  if (text != NULL) show(text);
  weeg_free(text);
}

static void show_value(byte_reader *r, bool text) {
  if (text) show_string(r);
  else show_number(weeg_i_get_double(r));
}

static void show_texts(byte_reader *r, int count) {
  for (int k = 0; k < count; k++) {
    show_string(r);
    show("|");
  }
}

static void show_variable(byte_reader *r) {
  const bool text = weeg_i_get_u8(r) != 0;
  show(text ? "text " : "number ");
  show(weeg_i_get_u8(r) != 0 ? "ordinal " : "");
  show_texts(r, 4);
  for (uint32_t ranges = weeg_i_get_u32(r); ranges > 0 && !r->failed; ranges--) {
    show(" ");
    show_value(r, text);
    show("..");
    show_value(r, text);
  }
}

static void show_label(byte_reader *r) {
  show("label ");
  show_string(r);
  const bool text = weeg_i_get_u8(r) != 0;
  show(text ? " text " : " number ");
  show_value(r, text);
  show("=");
  show_string(r);
}

static void show_set(byte_reader *r) {
  show("set ");
  show_texts(r, 2);
  show(weeg_i_get_u8(r) != 0 ? "C" : "");
  show(weeg_i_get_u8(r) != 0 ? "E" : "");
  show("|");
  show_texts(r, 1);
  show_texts(r, (int)weeg_i_get_u32(r));
}

static uint32_t rows_of[8]; /* of each frame of rows */
static double share_of[8];
static int frames_of_rows;

/* texts: which of the wanted variables are, as characters t and n */
static void show_rows(byte_reader *r, const char *texts) {
  const double share = weeg_i_get_double(r);
  const uint32_t rows = weeg_i_get_u32(r);
  if (!CHECK(frames_of_rows < 8)) return;
  share_of[frames_of_rows] = share;
  rows_of[frames_of_rows++] = rows;
  if (rows > 10) {
    r->at = r->size;
    return;
  }
  show("rows");
  for (; *texts != '\0'; texts++) {
    for (uint32_t i = 0; i < rows; i++) {
      show(i == 0 ? " " : ",");
      show_value(r, *texts == 't');
    }
  }
}

/* All frames of a file, a line each; what is wrong with their form fails. */
static void show_frames(const uint8_t *bytes, int64_t size, const char *texts) {
  byte_reader all = {.bytes = bytes, .size = (size_t)size};
  shown_used = 0;
  shown[0] = '\0';
  frames_of_rows = 0;
  while (all.at < all.size && !all.failed) {
    const uint32_t tag = weeg_i_get_u32(&all), length = weeg_i_get_u32(&all);
    if (!CHECK(!all.failed && length <= all.size - all.at)) return;
    byte_reader r = {.bytes = bytes + all.at, .size = length};
    switch (tag) {
      case SAV_VARIABLE: show_variable(&r); break;
      case SAV_LABEL: show_label(&r); break;
      case SAV_WEIGHT: show("weight "), show_number(weeg_i_get_u32(&r)); break;
      case SAV_SET: show_set(&r); break;
      case SAV_ROWS: show_rows(&r, texts); break;
      case SAV_ERROR: show("error "), show_string(&r), show(" ("), show_string(&r), show(")"); break;
      case SAV_END: show("end "), show_number((double)weeg_i_get_u64(&r)); break;
      default: CHECK(false);
    }
    show("\n");
    CHECK(!r.failed && r.at == r.size);
    all.at += length;
  }
}

static char said_path[64];

/* Runs it, and gives what it wrote, to be freed. */
static bool run(const char *path, const sav_request *request, uint8_t **bytes, int64_t *size) {
  const int file = open(said_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (!CHECK(file >= 0)) return false;
  const bool sent = weeg_i_sav_child(path, request, file);
  CHECK(close(file) == 0);
  CHECK_OK(weeg_i_file_read(said_path, bytes, size, NULL));
  return sent;
}

static void run_and_show(const char *path, const sav_request *request, const char *texts) {
  uint8_t *bytes = NULL;
  int64_t size = 0;
  CHECK(run(path, request, &bytes, &size));
  show_frames(bytes, size, texts);
  weeg_free(bytes);
}

/* ---- cases ---- */

static const int32_t text_and_number[] = {1, 0}, weight_only[] = {2}, all_three[] = {0, 1, 2};
static const sav_request nothing = {.last = -1};


static const char variables[] =
    "number ordinal long_x|A question|labels0|F8.2| 8..8 9..9\n"
    "text Text||labels1|A8| zz..zz\n"
    "number r|A weight||F8.2| 97..99\n"
    "weight 2\n";
static const char labels[] = "label labels0 number 1=yes\nlabel labels0 number 2=no thanks\nlabel labels1 text a=the a\n";
static const char sets[] = "set $s|Two of 3|C||long_x|r|\nset $d|M\xc3\xa9" "dium||10|r|\nset $e|Items|E|1|long_x|\n";

/* Sets only where no values are wanted; values in the order of the request. */
static void check_small(void) {
  static const struct { sav_request request; const char *texts, *rows; } cases[] = {
      {{.last = -1}, "", "end 0\n"},
      {{.count = 2, .last = 0, .variable = text_and_number}, "tn", "rows a,,zz 1,nan,9\nend 3\n"},
      {{.count = 1, .last = 0, .variable = weight_only}, "n", "rows 2.5,0,98\nend 3\n"},
      {{.count = 3, .last = 2, .variable = all_three}, "ntn", "rows 1,nan,9 a,,zz 2.5,0,98\nend 3\n"},
  };
  char expected[2048];
  for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
    const size_t k = i / 2;
    swapped = i % 2 == 1;
    write_small();
    swapped = false;
    run_and_show(sample_path(), &cases[k].request, cases[k].texts);
    snprintf(expected, sizeof expected, "%s%s%s%s", variables, k == 0 ? sets : "", labels, cases[k].rows);
    CHECK_TEXT(shown, expected);
    CHECK(frames_of_rows == (k > 0));
  }
}

/* Frames of at most 8192 rows, and less where their values take 2^24 bytes: here 80 texts of 4 + 255 bytes, 810 rows. */
static void check_many(void) {
  enum { ROWS = 20000, WIDE = 80, TALL = 1000 };
  static const int32_t first[] = {0};
  static int32_t all[WIDE];
  static char text[256];
  const sav_request one = {.count = 1, .last = 0, .variable = first}, wide = {.count = WIDE, .last = WIDE - 1, .variable = all};
  byte_writer w = {0};
  put_header(&w, 0, ROWS);
  put_variable(&w, 0, "X", NULL, 0, F8_2);
  put_end(&w);
  for (int i = 0; i < ROWS; i++) put_real(&w, i);
  store(&w);
  run_and_show(sample_path(), &one, "n");
  CHECK(frames_of_rows == 3 && rows_of[0] == 8192 && rows_of[1] == 8192 && rows_of[2] == 3616);
  for (int k = 0; k < 3; k++) CHECK_CLOSE(share_of[k], k == 2 ? 1 : (k + 1) * 8192.0 / ROWS, 0.02);
  CHECK(strstr(shown, "end 20000\n") != NULL);
  put_header(&w, 0, TALL);
  for (int k = 0; k < WIDE; k++) {
    snprintf(text, sizeof text, "T%d", k);
    all[k] = k;
    put_variable(&w, 255, text, NULL, 0, A255);
    for (int part = 1; part < 32; part++) put_variable(&w, -1, "", NULL, 0, A255);
  }
  put_end(&w);
  memset(text, 'y', 255);
  for (int i = 0; i < TALL * WIDE; i++) put_padded(&w, text, 256);
  store(&w);
  run_and_show(sample_path(), &wide, "");
  CHECK(frames_of_rows == 2 && rows_of[0] == 810 && rows_of[1] == 190 && strstr(shown, "end 1000\n") != NULL);
}

/*
 * By PSPP's EXPORT, but with one place for each digit in the table of characters, as SPSS has it, for ReadStat takes the last:
 * two numbers and a text, with labels and missing values of two of them. Names are in capitals.
 */
static void check_portable(void) {
  static const char file[] =
    "ASCII SPSS PORT FILE                    ASCII SPSS PORT FILE                    \r\n"
    "ASCII SPSS PORT FILE                    ASCII SPSS PORT FILE                    \r\n"
    "ASCII SPSS PORT FILE                    0000000000000000000000000000000000000000\r\n"
    "0000000000000000000000000123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst\r\n"
    "uvwxyz .<(+|&[]!$*);^-/|,%_>\?`:$@'=\"000000~000000000000000000000{}\\0000000000000\r\n"
    "00000000000000000000000000000000000000000000000000000000SPSSPORTA8/202611296/121\r\n"
    "7241E/GNU pspp 1.6.23J/x86_64-pc-linux-gnu43/5B/70/1/W5/5/1/5/5/1/70/1/X5/2/0/5/\r\n"
    "2/0/89/C9/Een vraag73/1/T1/3/0/1/3/0/83/dk D1/1/X3/1/2/ja2/3/nee9/9/weet nietD1/\r\n"
    "1/T1/3/a  5/the aF1.F/1/3/a  2/*.3/b  .7F/9/3/dk -3/2/3/   ZZZZZZZZZZZZZZZZZZZZZ\r\n";
  static const int32_t backward[] = {2, 1, 0};
  static const sav_request all = {.portable = true, .count = 3, .last = 0, .variable = backward};
  sample_write(file, sizeof file - 1);
  run_and_show(sample_path(), &all, "tnn");
  CHECK_TEXT(shown, "number W|||F5.1|\nnumber X|Een vraag|labels0|F2.0| 9..9\ntext T||labels1|A3| dk ..dk \n"
                    "label labels0 number 1=ja\nlabel labels0 number 2=nee\nlabel labels0 number 9=weet niet\n"
                    "label labels1 text a  =the a\nrows a,b,dk, 1,nan,9,2 1.5,2,0.25,-3\nend 4\n");
  /* which it is by its name, capitals or not */
  static const struct { const char *name; bool portable; } names[] = {
      {".por", true}, {"x.POR", true}, {".sav", false}, {"por", false}};
  for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
    char path[80];
    weeg_sav *sav = NULL;
    weeg_error err = {0};
    snprintf(path, sizeof path, "%s%s", sample_path(), names[k].name);
    CHECK(symlink(sample_path(), path) == 0);
    CHECK_STATUS(weeg_sav_open(path, NULL, &sav, &err), names[k].portable ? WEEG_OK : WEEG_ERR_FILE);
    if (sav != NULL) CHECK(sav->portable && sav->variables == 3 && sav->weight == -1 && sav->sets == 0);
    weeg_sav_close(sav);
    CHECK(unlink(path) == 0);
  }
}

/*
 * So many different values, one level each in the order of the values, whatever the order of the rows: codes of one byte up
 * to 255 levels, of two up to 65535, else of four. As long as a step has no divisor of the number, it meets all of them.
 */
static void check_levels(void) {
  static const struct { int values, step; weeg_code_type type; } cases[] = {
      {255, 7, WEEG_CODE_U8}, {256, 7, WEEG_CODE_U16}, {65535, 7919, WEEG_CODE_U16}, {65536, 7919, WEEG_CODE_I32}};
  const weeg_field field = {0, false};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const int values = cases[k].values;
    byte_writer w = {0};
    weeg_sav *sav = NULL;
    weeg_sav_column c = {0};
    weeg_error err = {0};
    put_header(&w, 0, (uint32_t)values);
    put_variable(&w, 0, "X", NULL, 0, F8_2);
    put_end(&w);
    for (int i = 0; i < values; i++) put_real(&w, i * cases[k].step % values - 100);
    store(&w);
    CHECK_OK(weeg_sav_open(sample_path(), NULL, &sav, &err));
    CHECK_OK(weeg_sav_collect(sav, &(weeg_fields){&field, 1}, &c, &err));
    if (!CHECK(c.rows == values && c.levels.count == values && c.type == cases[k].type && c.scale)) continue;
    int wrong = 0;
    for (int i = 0; i < values; i++) {
      const int32_t code = c.type == WEEG_CODE_U8    ? ((uint8_t *)c.codes)[i]
                           : c.type == WEEG_CODE_U16 ? ((uint16_t *)c.codes)[i]
                                                     : ((int32_t *)c.codes)[i];
      char text[16];
      snprintf(text, sizeof text, "%d", i - 100);
      wrong += code != i * cases[k].step % values + 1 || c.number[i] != i - 100 || strcmp(c.levels.text[i], text) != 0;
    }
    CHECK(wrong == 0);
    weeg_sav_column_clear(&c);
    weeg_sav_close(sav);
  }
}

enum { NAMED = 5 };

/* The names of levels: labels, else numbers in 15 digits, or 17 where those are alike; and whether they are a scale. */
static void check_names(void) {
  static const struct {
    double value[NAMED];
    const char *label[NAMED]; /* of the values; NULL: none */
    const char *level[NAMED];
    bool scale;
  } cases[] = {
      {{1, 2, 3, 4, 5}, {"a", "b", "c", "d", "e"}, {"a", "b", "c", "d", "e"}, false},
      {{1, 2, 3, 4, 5}, {"a", NULL, "c", "d", "e"}, {"a", "2", "c", "d", "e"}, true},
      {{5, 4, 3, 2, 1}, {"e 9", "d 7", "c 7", "b 2", "a 1"}, {"a 1", "b 2", "c 7", "d 7", "e 9"}, true},
      {{1, 2, 3, 4, 5}, {"1", "2", "4", "3", "5"}, {"1", "2", "4", "3", "5"}, false},
      {{1, 2, 3, 4, 5}, {"x 3", "y 3", "z 3", "u 3", "v 3"}, {"x 3", "y 3", "z 3", "u 3", "v 3"}, false},
      {{1, 2, 3, 4, 5}, {"1.25", "v1.5.9", "1.75x", "2. two", "10"}, {"1.25", "v1.5.9", "1.75x", "2. two", "10"}, true},
      {{1, 2, 3, 4, 5}, {"1.5", "1.25", "2", "3", "4"}, {"1.5", "1.25", "2", "3", "4"}, false},
      {{1, 2, 3, 4, 5}, {"1", "2", "3", "4", "none"}, {"1", "2", "3", "4", "none"}, false},
      {{1, 2, 3, 4, 5}, {"one", "2", "3", "4", "5"}, {"one", "2", "3", "4", "5"}, false},
      {{1, 2, 3, 4, 5}, {"a", "b", "a", "d", "a"}, {"a [1]", "b", "a [3]", "d", "a [5]"}, false},
      {{1, 2, 3, 4, 5}, {"2", NULL, "x", "y", "z"}, {"2 [1]", "2", "x", "y", "z"}, true},
      {{0.1, 0.10000000000000002, 1e15, 1e-7, -2.5}, {NULL},
       {"-2.5", "1e-07", "0.10000000000000001", "0.10000000000000002", "1e+15"}, true},
      {{-0.0, 0, 7, 7, 7}, {NULL}, {"0", "7"}, true},
  };
  const weeg_field field = {0, false};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    byte_writer w = {0};
    weeg_sav *sav = NULL;
    weeg_sav_column c = {0};
    weeg_error err = {0};
    uint32_t labelled = 0;
    put_header(&w, 0, NAMED);
    put_variable(&w, 0, "X", NULL, 0, F8_2);
    for (int i = 0; i < NAMED; i++) labelled += cases[k].label[i] != NULL;
    if (labelled > 0) {
      put_word(&w, 3);
      put_word(&w, labelled);
    }
    for (int i = 0; i < NAMED; i++) {
      if (cases[k].label[i] == NULL) continue;
      put_real(&w, cases[k].value[i]);
      put_label(&w, cases[k].label[i]);
    }
    if (labelled > 0) put_labelled(&w, 1);
    put_end(&w);
    for (int i = 0; i < NAMED; i++) put_real(&w, cases[k].value[i]);
    store(&w);
    CHECK_OK(weeg_sav_open(sample_path(), NULL, &sav, &err));
    CHECK_OK(weeg_sav_collect(sav, &(weeg_fields){&field, 1}, &c, &err));
    for (int i = 0; i < NAMED && cases[k].level[i] != NULL && CHECK(i < c.levels.count); i++) {
      CHECK_TEXT(c.levels.text[i], cases[k].level[i]);
    }
    CHECK(c.levels.count == NAMED || cases[k].level[c.levels.count] == NULL);
    if (!CHECK(c.scale == cases[k].scale)) printf("case %d\n", (int)k);
    weeg_sav_column_clear(&c);
    weeg_sav_close(sav);
  }
}

/* What is no SPSS file, or ends too early: an error as the last frame, in words. */
static void check_errors(void) {
  const sav_request two = {.count = 2, .last = 0, .variable = text_and_number};
  static const sav_request portable = {.portable = true, .last = -1};
  uint8_t *bytes = NULL;
  int64_t size = 0;
  run_and_show("/nowhere/x.sav", &nothing, "");
  CHECK(strncmp(shown, "error ", 6) == 0 && strstr(shown, "open") != NULL);
  write_small();
  run_and_show(sample_path(), &portable, ""); /* which this is not */
  CHECK(strncmp(shown, "error ", 6) == 0 && strlen(shown) > 10 && strchr(shown, '\n') == shown + strlen(shown) - 1);
  CHECK_OK(weeg_i_file_read(sample_path(), &bytes, &size, NULL));
  sample_write(bytes, (size_t)size - 5);
  run_and_show(sample_path(), &two, "tn");
  CHECK(strstr(shown, "error ") != NULL && strstr(shown, "end ") == NULL);
  /* the file has no XR, of which it gives a long name: not what is wrong with it, but what ReadStat says of it */
  CHECK(strstr(shown, " (Failed to find XR)\n") != NULL && strstr(shown, "error Failed") == NULL);
  sample_write(bytes, 100);
  run_and_show(sample_path(), &nothing, "");
  CHECK(strncmp(shown, "error ", 6) == 0);
  weeg_free(bytes);
}

/* Wherever writing stops, that is said. */
static void check_cut(void) {
  const sav_request requests[] = {nothing, {.count = 2, .last = 0, .variable = text_and_number}};
  const struct sigaction ignored = {.sa_handler = SIG_IGN};
  struct rlimit before;
  write_small();
  CHECK(sigaction(SIGXFSZ, &ignored, NULL) == 0 && getrlimit(RLIMIT_FSIZE, &before) == 0);
  for (int k = 0; k < 2; k++) {
    uint8_t *whole = NULL, *some = NULL;
    int64_t size = 0, written = 0;
    CHECK(run(sample_path(), &requests[k], &whole, &size));
    for (int64_t most = 0; most <= size; most++) {
      const struct rlimit limit = {(rlim_t)most, before.rlim_max};
      CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
      CHECK(run(sample_path(), &requests[k], &some, &written) == (most == size));
      CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
      CHECK(written <= most && memcmp(some, whole, (size_t)written) == 0);
      weeg_free(some);
    }
    weeg_free(whole);
  }
}

/* The time of computing that is left after something was written: a minute, or what the system allows at most. */
static void check_time(void) {
  struct rlimit limit;
  struct rusage used;
  weeg_i_sav_more_time();
  CHECK(getrlimit(RLIMIT_CPU, &limit) == 0 && getrusage(RUSAGE_SELF, &used) == 0);
  const double until = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 60;
  const bool bounded = limit.rlim_max != RLIM_INFINITY && (double)limit.rlim_max <= until;
  CHECK(bounded ? limit.rlim_cur == limit.rlim_max : limit.rlim_cur <= until && limit.rlim_cur >= until - 1);
}

int main(void) {
  if (!weeg_sav_available()) return CHECK(true) ? test_report("sav_frames") : EXIT_FAILURE;
  snprintf(said_path, sizeof said_path, "%s-said", sample_path());
  check_small();
  check_many();
  check_portable();
  check_levels();
  check_names();
  check_errors();
  check_cut();
  check_time();
  CHECK(unlink(said_path) == 0);
  return test_report("sav_frames");
}
