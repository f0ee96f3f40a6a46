/*
 * How far counts can go in tables that agree with what is shown. Whatever table the simplex method comes by is kept: of most
 * counts one of these says that they can be 0, or large, and nothing is left to solve.
 */
#include "disclosure/reach.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

/* Far below a respondent, far above rounding. */
static const double NEAR = 1e-6, FAR = 1e-5;
enum { MOST_TABLES = 400, MOST_TRIES = 3 };
static const int64_t MOST_CELLS = (int64_t)1 << 22;

struct weeg_reach {
  int32_t atoms, counts, rows;
  int64_t *start;
  int32_t *atom;
  double *sign;
  double *n;          /* [rows] counts, then known sums */
  double *sum;        /* [rows] of the table at hand */
  simplex s;
  double *table;      /* [tables * rows] sums of those found; the last ones */
  int32_t tables, next, room, most;
  uint8_t *low, *high; /* [counts] what tables that agree prove */
  uint8_t *near;       /* [counts] whether it has atoms in common with one that is shown now */
  uint8_t *touched;    /* [atoms] */
  pulse beat;
};

void weeg_reach_free(weeg_reach *reach) {
  if (reach == NULL) return;
  weeg_i_simplex_clear(&reach->s);
  weeg_free(reach->start);
  weeg_free(reach->atom);
  weeg_free(reach->sign);
  weeg_free(reach->table);
  weeg_free(reach->low);
  weeg_free(reach);
}

int32_t weeg_reach_counts(const weeg_reach *reach) { return reach->counts; }

/* The atoms of each row. */
static void fill_rows(weeg_reach *w, const weeg_reach_system *of) {
  int64_t *end = w->start + 1; /* end[r] becomes start[r + 1] */
  for (int64_t i = 0; i < of->pairs; i++) end[of->count[i] + 1]++;
  for (int64_t i = 0; i < of->known_pairs; i++) end[of->counts + of->known_row[i] + 1]++;
  for (int32_t r = 0; r < w->rows; r++) end[r + 1] += end[r];
  for (int64_t i = 0; i < of->pairs; i++) {
    const int64_t at = end[of->count[i]]++;
    w->atom[at] = of->atom[i];
    w->sign[at] = 1;
  }
  for (int64_t i = 0; i < of->known_pairs; i++) {
    const int64_t at = end[of->counts + of->known_row[i]]++;
    w->atom[at] = of->known_atom[i];
    w->sign[at] = of->known_sign[i];
  }
  memcpy(w->n, of->n, (size_t)of->counts * sizeof *w->n);
  if (of->knowns > 0) memcpy(w->n + of->counts, of->known, (size_t)of->knowns * sizeof *w->n);
}

static double sum_of(const weeg_reach *w, int32_t r, const double *x) {
  double sum = 0;
  for (int64_t i = w->start[r]; i < w->start[r + 1]; i++) sum += w->sign[i] * x[w->atom[i]];
  return sum;
}

/* The table that all begins with, its sums as they add up. Whether it agrees. */
static bool begin_at(weeg_reach *w, const double *table) {
  bool agrees = true;
  for (int32_t a = 0; a < w->atoms; a++) {
    agrees = agrees && table[a] >= 0;
    w->s.begin[a] = table[a];
  }
  for (int32_t r = 0; r < w->rows; r++) {
    w->s.begin[w->atoms + r] = sum_of(w, r, table);
    agrees = agrees && fabs(w->s.begin[w->atoms + r] - w->n[r]) <= NEAR;
  }
  return agrees;
}

static bool all_below(const int32_t *x, int64_t count, int32_t size) {
  for (int64_t i = 0; i < count; i++) {
    if (x[i] < 0 || x[i] >= size) return false;
  }
  return true;
}

static weeg_status check_system(const weeg_reach_system *of, weeg_error *err) {
  const bool right = of->atoms >= 0 && of->counts >= 0 && of->knowns >= 0 && of->knowns <= INT32_MAX / 2 - of->counts &&
                     all_below(of->count, of->pairs, of->counts) && all_below(of->atom, of->pairs, of->atoms) &&
                     all_below(of->known_row, of->known_pairs, of->knowns) &&
                     all_below(of->known_atom, of->known_pairs, of->atoms);
  return right ? WEEG_OK : weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a sum is of atoms that there are not");
}

weeg_status weeg_reach_make(const weeg_reach_system *of, weeg_reach **reach, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_reach *w = NULL;
  *reach = NULL;
  WEEG_TRY(check_system(of, err));
  const int32_t rows = of->counts + of->knowns;
  const int64_t cells = (int64_t)rows * of->atoms;
  if (cells > MOST_CELLS) goto cleanup;
  WEEG_NEW(w, 1);
  *w = (weeg_reach){.atoms = of->atoms, .counts = of->counts, .rows = rows};
  w->most = rows == 0 || MOST_CELLS / rows > MOST_TABLES ? MOST_TABLES : (int32_t)(MOST_CELLS / rows) + 1;
  WEEG_NEW(w->start, rows + (int64_t)2);
  WEEG_NEW(w->atom, of->pairs + of->known_pairs + 1);
  WEEG_NEW(w->sign, of->pairs + of->known_pairs + 2 * (int64_t)rows + 1);
  w->n = w->sign + of->pairs + of->known_pairs;
  w->sum = w->n + rows;
  WEEG_NEW(w->low, 3 * (int64_t)of->counts + of->atoms + 1);
  w->high = w->low + of->counts;
  w->near = w->high + of->counts;
  w->touched = w->near + of->counts;
  fill_rows(w, of);
  WEEG_TRY(weeg_i_simplex_make(&w->s, of->atoms, rows, err));
  w->s.start = w->start;
  w->s.atom = w->atom;
  w->s.sign = w->sign;
  if (begin_at(w, of->table)) {
    weeg_i_simplex_restart(&w->s);
    *reach = w;
    w = NULL;
  }
cleanup:
  weeg_reach_free(w);
  return status;
}

/* ---- tables that were found ------------------------------------------------------------------------------------- */

static bool agrees(const weeg_reach *w, const double *sum) {
  for (int32_t r = 0; r < w->rows; r++) {
    if (w->s.fixed[w->atoms + r] && fabs(sum[r] - w->n[r]) > NEAR) return false;
  }
  return true;
}

/* Marks what a table proves that agrees. Whether that is more than was. */
static bool mark(weeg_reach *w, const double *sum, double high) {
  bool more = false;
  for (int32_t i = 0; i < w->counts; i++) {
    const uint8_t low = sum[i] <= NEAR, large = sum[i] >= high - NEAR;
    more = more || low > w->low[i] || large > w->high[i];
    w->low[i] |= low;
    w->high[i] |= large;
  }
  return more;
}

static weeg_status keep_table(weeg_reach *w, weeg_error *err) {
  weeg_status status = WEEG_OK;
  if (w->tables == w->room && w->room < w->most) {
    const int32_t room = w->room == 0 ? (w->most < 16 ? w->most : 16) : 2 * w->room < w->most ? 2 * w->room : w->most;
    WEEG_LARGER(w->table, (int64_t)w->tables * w->rows, (int64_t)room * w->rows + 1);
    w->room = room;
  }
  memcpy(w->table + (int64_t)w->next * w->rows, w->sum, (size_t)w->rows * sizeof *w->sum);
  w->tables = w->tables > w->next ? w->tables : w->next + 1;
  w->next = (w->next + 1) % w->most;
cleanup:
  return status;
}

/* Looks at the table at hand: its sums are added up anew. *agrees: whether it is one. */
static weeg_status look(weeg_reach *w, double high, bool *is_one, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *is_one = true;
  for (int32_t a = 0; a < w->atoms && *is_one; a++) *is_one = w->s.value[a] >= -NEAR;
  for (int32_t r = 0; r < w->rows; r++) w->sum[r] = sum_of(w, r, w->s.value);
  *is_one = *is_one && agrees(w, w->sum);
  if (*is_one && mark(w, w->sum, high)) WEEG_TRY(keep_table(w, err));
cleanup:
  return status;
}

/* What is shown now, and what tables found before say of it. */
static void show(weeg_reach *w, const uint8_t *hidden, const weeg_reach_question *q) {
  for (int32_t r = 0; r < w->rows; r++) {
    const bool known = r >= w->counts, shown = known ? r - w->counts < q->knowns : !hidden[r];
    w->s.fixed[w->atoms + r] = shown;
    w->s.open[w->atoms + r] = known && !shown;
  }
  memset(w->low, 0, 2 * (size_t)w->counts);
  mark(w, w->n, q->high);
  for (int32_t t = 0; t < w->tables; t++) {
    const double *sum = w->table + (int64_t)t * w->rows;
    if (agrees(w, sum)) mark(w, sum, q->high);
  }
  for (int32_t r = 0; r < w->rows; r++) w->sum[r] = w->s.value[w->atoms + r];
  if (!agrees(w, w->sum)) weeg_i_simplex_return(&w->s);
  w->s.still = 0;
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

typedef enum answer { CAN, CANNOT, UNSURE } answer;

/* After the last turn: a count that did not come where it should. */
static answer judge(weeg_reach *w, int32_t count, bool low, double high) {
  double bound;
  const int32_t of = w->atoms + count;
  if (!weeg_i_simplex_proves(&w->s, of, low ? -1 : 1, &bound) || fabs(bound - w->s.value[of]) > NEAR) return UNSURE;
  return (low ? bound > FAR : bound < high - FAR) ? CANNOT : UNSURE;
}

/* One attempt, in the basis at hand. */
static weeg_status attempt(weeg_reach *w, int32_t count, bool low, double high, answer *found, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const uint8_t *proved = (low ? w->low : w->high) + count;
  simplex_found turn = SIMPLEX_STILL;
  bool is_one = true;
  *found = UNSURE;
  WEEG_TRY(look(w, high, &is_one, err));
  while (is_one && !*proved && turn != SIMPLEX_BEST && turn != SIMPLEX_UNSURE) {
    turn = weeg_i_simplex_turn(&w->s, w->atoms + count, low ? -1 : 1, low ? 0 : high, &w->beat);
    if (turn == SIMPLEX_MOVED) WEEG_TRY(look(w, high, &is_one, err));
    if (w->beat.stopped) turn = SIMPLEX_UNSURE;
  }
  if (*proved) {
    *found = CAN;
  } else if (is_one && turn == SIMPLEX_BEST) {
    *found = judge(w, count, low, high);
  }
cleanup:
  return status;
}

/* Whether a hidden count can be 0 (low), or high. */
static weeg_status ask(weeg_reach *w, int32_t count, bool low, double high, answer *found, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *found = (low ? w->low : w->high)[count] ? CAN : UNSURE;
  for (int i = 0; i < MOST_TRIES && *found == UNSURE && !w->beat.stopped; i++) {
    if (i == 1) weeg_i_simplex_return(&w->s);
    if (i == 2) weeg_i_simplex_restart(&w->s);
    w->s.still = 0;
    WEEG_TRY(attempt(w, count, low, high, found, err));
  }
  WEEG_TRY(weeg_i_pulse_status(&w->beat, err));
cleanup:
  return status;
}

/* Whether a hidden count can be both; *low: which not. */
static weeg_status ask_both(weeg_reach *w, int32_t count, double high, bool *low, answer *found, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *low = true;
  WEEG_TRY(ask(w, count, true, high, found, err));
  if (*found != CAN) goto cleanup;
  *low = false;
  WEEG_TRY(ask(w, count, false, high, found, err));
cleanup:
  return status;
}

weeg_status weeg_reach_next(weeg_reach *w, const uint8_t *hidden, const weeg_reach_question *q, const weeg_hooks *hooks,
                            int32_t *count, bool *low, bool *sure, weeg_error *err) {
  weeg_status status = WEEG_OK;
  answer found = CAN;
  w->beat = (pulse){.hooks = hooks};
  *count = -1;
  *low = false;
  show(w, hidden, q);
  for (int32_t i = w->counts - 1; i >= 0 && found == CAN; i--) {
    if (!hidden[i] || !q->asked[i]) continue;
    WEEG_TRY(ask_both(w, i, q->high, low, &found, err));
    if (found != CAN) *count = i;
  }
  *sure = found != UNSURE;
cleanup:
  return status;
}

/* Which counts have atoms in common with those that are not hidden any more: these are likely to follow. */
static void find_near(weeg_reach *w, const uint8_t *hidden) {
  memset(w->touched, 0, (size_t)w->atoms);
  for (int32_t i = 0; i < w->counts; i++) {
    if (hidden[i] || w->s.fixed[w->atoms + i]) continue;
    for (int64_t k = w->start[i]; k < w->start[i + 1]; k++) w->touched[w->atom[k]] = 1;
  }
  for (int32_t i = 0; i < w->counts; i++) {
    w->near[i] = 0;
    for (int64_t k = w->start[i]; k < w->start[i + 1]; k++) w->near[i] |= w->touched[w->atom[k]];
  }
}

/* A hidden count that follows from what is shown, those near first; -1: none. */
static weeg_status find_shown(weeg_reach *w, const uint8_t *hidden, const weeg_reach_question *q, int32_t *count, bool *sure,
                              weeg_error *err) {
  weeg_status status = WEEG_OK;
  *count = -1;
  for (int near = 1; near >= 0; near--) {
    for (int32_t i = 0; i < w->counts; i++) {
      answer found;
      bool low;
      if (!hidden[i] || !q->asked[i] || w->near[i] != near) continue;
      WEEG_TRY(ask_both(w, i, q->high, &low, &found, err));
      *sure = found != UNSURE;
      if (found == CAN) continue;
      *count = i;
      goto cleanup;
    }
  }
cleanup:
  return status;
}

weeg_status weeg_reach_show(weeg_reach *w, uint8_t *hidden, const weeg_reach_question *q, const weeg_hooks *hooks, bool *safe,
                            bool *sure, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t count = 0;
  w->beat = (pulse){.hooks = hooks};
  *safe = *sure = true;
  find_near(w, hidden);
  while (count >= 0 && *safe && *sure) {
    show(w, hidden, q);
    WEEG_TRY(find_shown(w, hidden, q, &count, sure, err));
    if (count < 0 || !*sure) continue;
    *safe = !q->must[count];
    hidden[count] = 0;
  }
cleanup:
  return status;
}
