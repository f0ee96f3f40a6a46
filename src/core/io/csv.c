/* The sole user of libcsv: fields and records of some bytes, strictly. */
#include "io/reader.h"

#if defined(WEEG_NO_LIBCSV)

/* No file is opened without it: schema.c. */
weeg_problem weeg_i_csv_parse(const char *from, const char *to, char delimiter, char quote, bool blank,
                              const weeg_csv_events *events) {
  (void)from, (void)to, (void)delimiter, (void)quote, (void)blank, (void)events;
  return WEEG_PROBLEM_QUOTE;
}

bool weeg_csv_available(void) { return false; }

#else

#include <csv.h>
#include <string.h>

#include "base/memory.h"

/*
 * libcsv grows the buffer of a field by a constant, and knows realloc only. This one doubles, on top of the core's allocator,
 * keeps the size in front of the bytes, and leaves WEEG_PADDING behind them.
 */
enum { FRONT = 16, FIRST_SIZE = 1024 };

static void *resize(void *memory, size_t size) {
  char *old = memory == NULL ? NULL : (char *)memory - FRONT;
  size_t had = 0;
  if (old != NULL) memcpy(&had, old, sizeof had);
  if (size <= had) return memory;
  size_t room = had == 0 ? FIRST_SIZE : 2 * had;
  while (room < size) room *= 2;
  char *new = weeg_i_alloc((int64_t)(FRONT + room + WEEG_PADDING), 1);
  if (new == NULL) return NULL;
  if (had > 0) memcpy(new + FRONT, memory, had);
  memcpy(new, &room, sizeof room);
  weeg_free(old);
  return new + FRONT;
}

static void release(void *memory) { weeg_free((char *)memory - FRONT); }

/* libcsv calls back without asking whether to go on: after a stop, what it says is not listened to. */
typedef struct listener {
  const weeg_csv_events *events;
  bool stopped;
  bool any;        /* fields in the record at hand */
  int last_end;    /* the character that ended the last record, when nothing came after it */
} listener;

static void hear_field(void *s, size_t n, void *ctx) {
  listener *l = ctx;
  static const char nothing[WEEG_PADDING] = "";
  l->any = true;
  if (!l->stopped) l->stopped = !l->events->field(l->events->ctx, s == NULL ? nothing : s, n);
}

/* With CSV_REPALL_NL, every CR and LF ends a record; that of CR LF is one, and an empty one is a field without text. */
static void hear_record(int ending, void *ctx) {
  listener *l = ctx;
  const bool second_half = !l->any && ending == '\n' && l->last_end == '\r';
  l->last_end = second_half ? 0 : ending;
  if (l->stopped || second_half) return;
  if (!l->any) hear_field(NULL, 0, l);
  l->any = false;
  if (!l->stopped) l->stopped = !l->events->record(l->events->ctx);
}

/* Handed to libcsv at a time: where a listener stops it, little is parsed in vain. */
enum { AT_A_TIME = 1 << 12 };

/*
 * libcsv says nothing of the blanks between CR and LF, which make them two ends of lines. Bytes up to a CR without LF behind it
 * are therefore parsed alone, where that matters.
 */
static size_t to_lone_cr(const char *from, size_t size, const char *to, listener *l) {
  const char *cr = from;
  if (*from != '\n') l->last_end = 0;
  while ((cr = memchr(cr, '\r', size - (size_t)(cr - from))) != NULL) {
    cr++;
    if (cr == to || *cr != '\n') return (size_t)(cr - from);
  }
  return size;
}

weeg_problem weeg_i_csv_parse(const char *from, const char *to, char delimiter, char quote, bool blank,
                              const weeg_csv_events *events) {
  struct csv_parser parser;
  listener l = {.events = events};
  weeg_problem problem = WEEG_PROBLEM_NONE;
  (void)csv_init(&parser, (unsigned char)(CSV_STRICT | CSV_STRICT_FINI | (blank ? CSV_REPALL_NL : 0))); /* there is a parser */
  csv_set_realloc_func(&parser, resize);
  csv_set_free_func(&parser, release);
  csv_set_blk_size(&parser, 1); /* resize() takes more; and libcsv does not try again with half of it */
  csv_set_delim(&parser, (unsigned char)delimiter);
  csv_set_quote(&parser, (unsigned char)quote);
  while (from < to && !l.stopped && problem == WEEG_PROBLEM_NONE) {
    size_t size = to - from < AT_A_TIME ? (size_t)(to - from) : AT_A_TIME;
    if (blank) size = to_lone_cr(from, size, to, &l);
    const size_t done = csv_parse(&parser, from, size, hear_field, hear_record, &l);
    if (done != size) problem = csv_error(&parser) == CSV_EPARSE ? WEEG_PROBLEM_QUOTE : WEEG_PROBLEM_MEMORY;
    from += size;
  }
  /* after a failure, csv_fini would make up a record */
  if (problem == WEEG_PROBLEM_NONE && !l.stopped && csv_fini(&parser, hear_field, hear_record, &l) != 0) {
    problem = WEEG_PROBLEM_UNCLOSED; /* the sole thing that is wrong at the end */
  }
  csv_free(&parser);
  return l.stopped ? WEEG_PROBLEM_NONE : problem;
}

bool weeg_csv_available(void) { return true; }

#endif

/* Records of a part, of which libcsv does not say where they begin. */
typedef struct quoted_records {
  weeg_part *part;
  const char *to;
  weeg_csv_walk walk;
  int64_t record;   /* from 0 */
} quoted_records;

static bool put_field(void *ctx, const char *s, size_t n) {
  weeg_i_part_put(((quoted_records *)ctx)->part, s, n);
  return true;
}

static bool put_record(void *ctx) {
  quoted_records *q = ctx;
  weeg_i_csv_walk_to(&q->walk, q->part->dialect, q->to, q->record++);
  q->part->begun = q->walk.line;
  return weeg_i_part_end(q->part);
}

bool weeg_i_part_read_quoted(weeg_part *part, const char *from, const char *to) {
  const weeg_dialect *dialect = part->dialect;
  quoted_records records = {part, to, {from, 0, part->begun}, 0};
  const weeg_csv_events events = {&records, put_field, put_record};
  const weeg_problem problem = weeg_i_csv_parse(from, to, dialect->delimiter, dialect->quote, dialect->columns == 1, &events);
  if (problem != WEEG_PROBLEM_NONE) part->fatal = (weeg_trouble){problem, part->field, part->record};
  return part->fatal.problem == WEEG_PROBLEM_NONE;
}
